package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Section 3.3: PUBLISH, its flags, its properties, and what subscribers see of them. */
class PublishOnEveryWireTest extends OnEveryWire {

  // ---- quality of service

  @ParameterizedTest(name = "published {0}, granted {1}: {2}, from {3} to {4}")
  @CsvSource({
    "0, 0, 0, 4, 5",
    "0, 1, 0, 5, 4",
    "0, 2, 0, 4, 4",
    "1, 0, 0, 5, 5",
    "1, 1, 1, 4, 5",
    "1, 2, 1, 5, 4",
    "2, 0, 0, 4, 4",
    "2, 1, 1, 5, 5",
    "2, 2, 2, 4, 5",
    "2, 2, 2, 5, 4",
    "2, 2, 2, 3, 5",
    "1, 1, 1, 3, 3"
  })
  void aSubscriberGetsTheLowerOfBothQualities(
      int published, int granted, int delivered, int publisherVersion, int subscriberVersion) {
    try (Dialog publisher = client(publisherVersion, "p");
        Dialog subscriber = client(subscriberVersion, "s")) {
      subscriber.subscribe(1, topic("+"), granted);
      publisher.say(Say.publish(topic("x"), "hello").qos(published, 7));
      switch (published) { // [MQTT-3.3.4-1] [MQTT3-3.3.4-1]
        case 1 -> publisher.hear(Heard.PUBACK, 7, 0);
        case 2 -> publisher.hear(Heard.PUBREC, 7, 0);
        default -> {}
      }

      Heard publish = subscriber.hear(Heard.PUBLISH);
      assertThat(publish.qos()).isEqualTo(delivered); // [MQTT-3.8.4-8] [MQTT3-3.8.4-6]
      assertThat(publish.again()).isFalse(); // [MQTT-4.3.1-1] [MQTT-4.3.2-2] [MQTT-4.3.3-2]
      assertThat(publish.retained()).isFalse();
      assertThat(publish.topic()).isEqualTo(topic("x")); // [MQTT-3.3.2-1] [MQTT-3.3.2-3]
      assertThat(publish.text()).isEqualTo("hello");
      if (delivered > 0) {
        assertThat(publish.packetId()).isPositive(); // [MQTT-2.2.1-4]
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void dupIsNotPassedOn(int version) { // [MQTT-3.3.1-3] [MQTT3-3.3.1-3]
    try (Dialog client = client(version, "both")) {
      client.subscribe(1, topic("x"), 1);
      client.say(Say.publish(topic("x"), "again?").qos(1, 9).again());

      client.hearAmongPublications(Heard.PUBACK);
      assertThat(client.hear(Heard.PUBLISH).again()).isFalse();
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 4", "150000, 4", "0, 5", "128, 5", "16384, 5", "150000, 5"})
  void payloadsOfAllSizesArriveUnaltered(int size, int version) {
    byte[] payload = new byte[size];
    for (int i = 0; i < size; i++) {
      payload[i] = (byte) (i * 31 >> 3);
    }
    try (Dialog client = client(version, "both")) {
      client.subscribe(1, topic("x"), 0).say(Say.publish(topic("x"), payload));

      assertThat(Arrays.equals(client.hear(Heard.PUBLISH).payload(), payload)).isTrue();
    }
  }

  // ---- retained messages

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void theLastRetainedMessageWaitsForNewSubscribers(int version) {
    try (Dialog publisher = client(version, "p");
        Dialog subscriber = client(version, "s")) {
      publisher.say(
          Say.publish(topic("a"), "old").qos(1, 1).retained(),
          Say.publish(topic("a"), "new").qos(1, 2).retained(), // [MQTT-3.3.1-5] [MQTT3-3.3.1-5]
          Say.publish(topic("a"), "not kept").qos(1, 3)); // [MQTT-3.3.1-8] [MQTT3-3.3.1-12]
      publisher.hear(Heard.PUBACK);
      publisher.hear(Heard.PUBACK);
      publisher.hear(Heard.PUBACK);

      subscriber.subscribe(1, topic("#"), 1);
      Heard kept = subscriber.hear(Heard.PUBLISH); // [MQTT-3.3.1-9] [MQTT3-3.3.1-6]
      assertThat(kept.text()).isEqualTo("new");
      assertThat(kept.retained()).isTrue(); // [MQTT3-3.3.1-8]
      assertThat(kept.qos()).isEqualTo(1);
      subscriber.say(Say.puback(kept.packetId())).hearNothing();
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 4", "1, 4", "0, 5", "1, 5"})
  void anEmptyRetainedMessageIsPassedOnAndClearsTheOld(int qos, int version) {
    try (Dialog client = client(version, "both");
        Dialog late = client(version, "late")) {
      client.say(Say.publish(topic("a"), "kept").retained());
      client.subscribe(1, topic("a"), 0).hear(Heard.PUBLISH);
      client.say(Say.publish(topic("a"), "").qos(qos, 5).retained());
      if (qos == 1) {
        client.hearAmongPublications(Heard.PUBACK);
      }
      Heard empty = client.hear(Heard.PUBLISH);
      assertThat(empty.text()).isEmpty(); // processed as any other
      assertThat(empty.retained()).isFalse(); // [MQTT-3.3.1-12] [MQTT3-3.3.1-9]
      client.say(Say.unsubscribe(2, topic("a")), Say.subscribe(3, topic("a"), 0));
      client.hear(Heard.UNSUBACK);
      client.hear(Heard.SUBACK); // the removal has been applied by now
      client.hearNothing();

      late.subscribe(1, topic("#"), 0).hearNothing(); // [MQTT-3.3.1-6] [MQTT-3.3.1-7]
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void subscribingRightAfterARetainedPublishSeesItRetainedAndOnce(int version) {
    try (Dialog client = client(version, "both")) {
      for (int i = 1; i <= 30; i++) {
        client.say(
            Say.publish(topic("r" + i), "x").qos(i % 2, i).retained(),
            Say.subscribe(i + 100, topic("r" + i), 1));
        Heard publish = null;
        for (int n = 0; n < 2 + i % 2; n++) {
          Heard heard = client.hear();
          if (heard.type() == Heard.PUBLISH) {
            publish = heard;
          }
        }
        assertThat(publish).as("the retained message").isNotNull();
        assertThat(publish.retained()).isTrue();
        if (publish.qos() > 0) {
          client.say(Say.puback(publish.packetId()));
        }
        client.hearNothing();
      }
    }
  }

  @ParameterizedTest(name = "options {0}, then {1}: {2} then {3} retained messages")
  @CsvSource({
    "0x01, 0x01, 2, 2", // send always [MQTT-3.3.1-9] [MQTT-3.8.4-4]
    "0x11, 0x11, 2, 0", // send when new [MQTT-3.3.1-10]
    "0x21, 0x21, 0, 0", // do not send [MQTT-3.3.1-11]
    "0x21, 0x01, 0, 2",
    "0x11, 0x01, 2, 2",
    "0x01, 0x11, 2, 0",
    "0x21, 0x11, 0, 0",
  })
  void retainHandlingDecidesWhetherRetainedMessagesAreSent(
      int options, int again, int first, int second) {
    try (Dialog client = client(5, "both")) {
      client.say(Say.publish(topic("a"), "1").retained(), Say.publish(topic("b"), "2").retained());
      client.subscribe(1, topic("+"), options);
      for (int i = 0; i < first; i++) {
        assertThat(client.hear(Heard.PUBLISH).retained()).isTrue();
      }
      client.hearNothing();

      client.subscribe(2, topic("+"), again);
      for (int i = 0; i < second; i++) {
        assertThat(client.hear(Heard.PUBLISH).retained()).isTrue();
      }
      client.hearNothing();
    }
  }

  @ParameterizedTest(name = "retain {0}, retain as published {1}: {2}")
  @CsvSource({"0, 0, 0", "1, 0, 0", "0, 1, 0", "1, 1, 1"})
  void retainAsPublishedDecidesWhatOthersSeeOfTheFlag(int retain, int asPublished, int seen) {
    try (Dialog client = client(5, "both")) { // [MQTT-3.3.1-12] [MQTT-3.3.1-13]
      for (int qos = 0; qos <= 1; qos++) {
        client.subscribe(1, topic("q" + qos), 0x20 | asPublished << 3 | qos);
        Say.Publish publish = Say.publish(topic("q" + qos), "x").qos(qos, 3);
        client.say(retain == 1 ? publish.retained() : publish);
        if (qos == 1) {
          client.hearAmongPublications(Heard.PUBACK);
        }
        Heard heard = client.hear(Heard.PUBLISH);
        assertThat(heard.retained()).isEqualTo(seen == 1);
      }
    }
  }

  @Test
  void aRetainedMessageOutlivesTheSessionThatSentIt() { // [MQTT3-3.1.2-7]
    try (Dialog publisher = client(4, "p")) {
      publisher.say(Say.publish(topic("a"), "kept").qos(1, 1).retained());
      publisher.hear(Heard.PUBACK);
      publisher.say(Say.disconnect()).isClosed();
    }
    try (Dialog subscriber = client(4, "s")) {
      subscriber.subscribe(1, topic("a"), 0);
      assertThat(subscriber.hear(Heard.PUBLISH).text()).isEqualTo("kept");
    }
  }

  // ---- properties

  @ParameterizedTest(name = "QoS {0}, {1}")
  @CsvSource({
    "0, live",
    "1, live",
    "2, live",
    "0, retained",
    "1, retained",
    "2, offline",
    "1, offline"
  })
  void propertiesArriveUnalteredAndInTheirOrder(int qos, String way) {
    Property[] properties = {
      Property.user("b", "1"),
      Property.number(Property.PAYLOAD_FORMAT, 1), // [MQTT-3.3.2-4]
      Property.text(Property.CONTENT_TYPE, "text/plain; \u00e4"), // [MQTT-3.3.2-20]
      Property.user("a", "2"),
      Property.text(Property.RESPONSE_TOPIC, topic("answers")), // [MQTT-3.3.2-15]
      Property.data(Property.CORRELATION_DATA, new byte[] {0, 1, (byte) 0xFF}), // [MQTT-3.3.2-16]
      Property.user("b", "3"),
      Property.user("", "")
    };
    Say.Connect connect = Say.connect(id("s")).with(Property.number(Property.SESSION_EXPIRY, 60));
    Say publish = Say.publish(topic("x"), "payload").qos(qos, 1).with(properties);
    try (Dialog publisher = client(5, "p")) {
      if (way.equals("offline")) {
        try (Dialog subscriber = client(5, connect)) {
          subscriber.subscribe(1, topic("x"), qos).say(Say.disconnect()).isClosed();
        }
      }
      try (Dialog subscriber = way.equals("live") ? client(5, connect) : dialog(5)) {
        if (way.equals("live")) {
          subscriber.subscribe(1, topic("x"), qos);
        }
        publisher.say(
            way.equals("retained")
                ? Say.publish(topic("x"), "payload").qos(qos, 1).with(properties).retained()
                : publish);
        if (qos > 0) {
          publisher.hear(qos == 1 ? Heard.PUBACK : Heard.PUBREC);
        } else {
          publisher.hearNothing();
        }
        if (way.equals("retained")) {
          subscriber.enter(connect);
          subscriber.subscribe(1, topic("x"), qos);
        } else if (way.equals("offline")) {
          subscriber.enter(
              Say.connect(id("s")).resuming().with(Property.number(Property.SESSION_EXPIRY, 60)));
        }

        Heard heard = subscriber.hear(Heard.PUBLISH);
        assertThat(heard.number(Property.PAYLOAD_FORMAT, 0)).isEqualTo(1);
        assertThat(heard.text(Property.CONTENT_TYPE)).isEqualTo("text/plain; \u00e4");
        assertThat(heard.text(Property.RESPONSE_TOPIC)).isEqualTo(topic("answers"));
        assertThat(
                heard.properties().stream()
                    .filter(p -> p.id() == Property.CORRELATION_DATA)
                    .findFirst()
                    .orElseThrow()
                    .value())
            .isEqualTo(properties[5].value());
        assertThat(heard.userProperties()) // [MQTT-3.3.2-17] [MQTT-3.3.2-18]
            .containsExactly("b=1", "a=2", "b=3", "=");
        assertThat(heard.properties()).as("and no others").hasSize(8);
        assertThat(heard.text()).isEqualTo("payload");
      }
    }
  }

  @Test
  void anOlderSubscriberGetsTheMessageWithoutItsProperties() {
    try (Dialog publisher = client(5, "p");
        Dialog subscriber = client(4, "s")) {
      subscriber.subscribe(1, topic("x"), 1);
      publisher.say(
          Say.publish(topic("x"), "payload")
              .qos(1, 1)
              .with(Property.user("a", "b"), Property.text(Property.CONTENT_TYPE, "c")));

      assertThat(subscriber.hear(Heard.PUBLISH).text()).isEqualTo("payload");
    }
  }

  @Test
  void theTimeAMessageStillHasIsToldToItsReceiver() { // [MQTT-3.3.2-6]
    try (Dialog client = client(5, "both")) {
      client.subscribe(1, topic("x"), 1);
      client.say(Say.publish(topic("x"), "x").with(Property.number(Property.MESSAGE_EXPIRY, 60)));
      assertThat(client.hear(Heard.PUBLISH).number(Property.MESSAGE_EXPIRY, 0)).isBetween(30L, 60L);
      client.say(Say.publish(topic("x"), "x"));
      assertThat(client.hear(Heard.PUBLISH).has(Property.MESSAGE_EXPIRY)).isFalse();
    }
  }

  // ---- subscription identifiers

  @Test
  void overlappingSubscriptionsGiveOneCopyWithTheHighestQosAndAllIdentifiers() {
    try (Dialog client = client(5, "both")) {
      client.say(
          Say.subscribe(1, topic("a/#"), 0).with(Property.number(Property.SUBSCRIPTION_ID, 1)),
          Say.subscribe(2, topic("a/+"), 1)
              .with(Property.number(Property.SUBSCRIPTION_ID, 268_435_455)),
          Say.subscribe(3, topic("a/b"), 0),
          Say.subscribe(4, topic("other"), 1).with(Property.number(Property.SUBSCRIPTION_ID, 4)));
      for (int i = 0; i < 4; i++) {
        client.hear(Heard.SUBACK);
      }
      try (Dialog publisher = client(5, "p")) {
        publisher.say(Say.publish(topic("a/b"), "x").qos(1, 1)).hear(Heard.PUBACK, 1, 0);
      }

      Heard publish = client.hear(Heard.PUBLISH);
      assertThat(publish.qos()).isEqualTo(1); // [MQTT-3.3.4-2]
      assertThat(publish.subscriptionIds()) // [MQTT-3.3.4-3] [MQTT-3.3.4-4] [MQTT-3.3.4-5]
          .containsExactly(1L, 268_435_455L);
      client.say(Say.puback(publish.packetId()));
      client.hearNothing();
    }
  }

  @Test
  void overlappingSubscriptionsOfAnOlderClientRespectTheHighestQos() { // [MQTT3-3.3.5-1]
    try (Dialog client = client(4, "s");
        Dialog publisher = client(4, "p")) {
      client.subscribe(1, topic("a/#"), 1).subscribe(2, topic("a/+"), 0);
      publisher.say(Say.publish(topic("a/b"), "x").qos(1, 1)).hear(Heard.PUBACK, 1, 0);

      Heard publish = client.hear(Heard.PUBLISH);
      assertThat(publish.qos()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @CsvSource({"live", "offline", "retained"})
  void aSubscriptionsIdentifierComesWithItsMessages(String way) {
    Say.Connect connect = Say.connect(id("s")).with(Property.number(Property.SESSION_EXPIRY, 60));
    try (Dialog publisher = client(5, "p")) {
      if (way.equals("retained")) {
        publisher.say(Say.publish(topic("x"), "x").qos(1, 1).retained()).hear(Heard.PUBACK);
      }
      Dialog subscriber = client(5, connect);
      subscriber.subscribe(
          1, Say.subscribe(1, topic("x"), 1).with(Property.number(Property.SUBSCRIPTION_ID, 300)));
      if (way.equals("offline")) {
        subscriber.say(Say.disconnect()).isClosed();
        subscriber.close();
      }
      if (!way.equals("retained")) {
        publisher.say(Say.publish(topic("x"), "x").qos(1, 1)).hear(Heard.PUBACK);
      }
      if (way.equals("offline")) {
        subscriber =
            client(
                5,
                Say.connect(id("s")).resuming().with(Property.number(Property.SESSION_EXPIRY, 60)));
      }
      assertThat(subscriber.hear(Heard.PUBLISH).subscriptionIds()).containsExactly(300L);
      subscriber.close();
    }
  }

  // ---- topic aliases of the client

  @Test
  void everyAliasThatWasOfferedIsTakenAndCanBeGivenAnew() {
    try (Dialog client = dialog(5)) {
      int max = (int) client.enter(Say.connect(id("both"))).number(Property.ALIAS_MAXIMUM, 0);
      client.subscribe(1, topic("#"), 0);
      for (int alias = 1; alias <= max; alias++) { // [MQTT-3.3.2-12]
        Property named = Property.number(Property.ALIAS, alias);
        client.say(
            Say.publish(topic("first" + alias), "name").with(named),
            Say.publish("", "alias").with(named),
            Say.publish(topic("second" + alias), "name").with(named),
            Say.publish("", "alias").with(named));
        for (String name : new String[] {"first", "first", "second", "second"}) {
          Heard publish = client.hear(Heard.PUBLISH);
          assertThat(publish.topic()).isEqualTo(topic(name + alias));
          assertThat(publish.has(Property.ALIAS)).isFalse(); // [MQTT-3.1.2-27]
        }
      }
    }
  }

  @Test
  void anAliasDoesNotOutliveItsConnection() { // [MQTT-3.3.2-7]
    Property alias = Property.number(Property.ALIAS, 1);
    Say.Connect connect =
        Say.connect(id("c")).resuming().with(Property.number(Property.SESSION_EXPIRY, 60));
    try (Dialog client = client(5, connect)) {
      client.say(Say.publish(topic("x"), "x").with(alias)).hearNothing();
    }
    try (Dialog client = client(5, connect)) {
      client.say(Say.publish("", "x").with(alias)).isDisconnected(0x82);
    }
  }

  // ---- reserved topics

  @ParameterizedTest
  @CsvSource({"4, 0", "5, 135"})
  void aTopicOfTheServerIsAcknowledgedAndDropped(int version, int code) {
    try (Dialog client = client(version, "both")) {
      client.subscribe(1, "$SYS/#", 1);
      client.say(Say.publish("$SYS/" + own, "x").qos(1, 1).retained());
      client.hear(Heard.PUBACK, 1, code);
      client.say(Say.publish("$SYS/" + own, "x")).hearNothing();
      client.say(Say.unsubscribe(2, "$SYS/#")).hear(Heard.UNSUBACK);
      client.subscribe(3, "$SYS/#", 1).hearNothing(); // nor was it retained
    }
  }
}
