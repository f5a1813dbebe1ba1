package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sections 4.1, 4.4 and 4.5: what a session keeps, what is sent again, and to whom. */
class SessionOnEveryWireTest extends OnEveryWire {

  /** CONNECT that goes on with its session and keeps it. */
  private Say.Connect resuming(int version, String name) {
    Say.Connect connect = Say.connect(id(name)).resuming();
    return version == 5 ? connect.with(Property.number(Property.SESSION_EXPIRY, 600)) : connect;
  }

  @ParameterizedTest(name = "begun with {0}, gone on with {1}")
  @CsvSource({"4, 4", "5, 5", "4, 5", "5, 4", "3, 4"})
  void sessionPresentSaysWhetherThereWasOne(int before, int after) {
    try (Dialog client = dialog(before)) {
      Heard connack = client.enter(resuming(before, "c"));
      assertThat(connack.sessionPresent()).isFalse(); // [MQTT-3.1.2-6] [MQTT3-3.2.2-3]
      client.subscribe(1, topic("a"), 1).say(Say.disconnect()).isClosed();
    }
    try (Dialog client = dialog(after)) {
      Heard connack = client.enter(resuming(after, "c"));
      assertThat(connack.sessionPresent()).isTrue(); // [MQTT-3.2.2-3] [MQTT3-3.2.2-2]
    }
    try (Dialog client = dialog(after)) {
      Heard connack = client.enter(Say.connect(id("c"))); // clean
      assertThat(connack.sessionPresent()).isFalse(); // [MQTT-3.2.2-2] [MQTT3-3.2.2-1]
    }
    try (Dialog client = dialog(after)) {
      Heard connack = client.enter(resuming(after, "c"));
      assertThat(connack.sessionPresent()).isFalse(); // the clean one left none [MQTT-3.1.2-4]
      client.say(Say.publish(topic("a"), "x").qos(1, 1)).hear(Heard.PUBACK);
      client.hearNothing(); // nor a subscription of the old one [MQTT3-3.1.2-6]
    }
  }

  @ParameterizedTest
  @CsvSource({"4, 4", "5, 5", "5, 4", "4, 5"})
  void whatWasPublishedMeanwhileWaitsInOrder(int before, int after) {
    try (Dialog client = client(before, resuming(before, "c"))) {
      client.subscribe(1, topic("a/#"), 1).say(Say.disconnect()).isClosed();
    }
    try (Dialog publisher = client(4, "p")) {
      for (int i = 1; i <= 50; i++) { // [MQTT-4.5.0-1] [MQTT3-3.1.2-5] [MQTT-3.1.2-23]
        publisher.say(Say.publish(topic("a/x"), "" + i).qos(1, i));
      }
      for (int i = 1; i <= 50; i++) {
        publisher.hear(Heard.PUBACK, i, 0);
      }
    }
    try (Dialog client = client(after, resuming(after, "c"))) { // [MQTT-3.1.2-5]
      for (int i = 1; i <= 50; i++) {
        Heard publish = client.hear(Heard.PUBLISH);
        assertThat(publish.text()).isEqualTo("" + i);
        client.say(Say.puback(publish.packetId()));
      }
      client.hearNothing();
    }
    try (Dialog client = client(after, resuming(after, "c"))) {
      client.hearNothing(); // acknowledged: it does not come again [MQTT-4.3.2-3]
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void whatWasNotAcknowledgedComesAgainWithItsIdentifierInItsOrder(int version) {
    List<Integer> sent = new ArrayList<>();
    try (Dialog publisher = client(4, "p");
        Dialog client = client(version, resuming(version, "c"))) {
      client.subscribe(1, topic("a"), 1);
      for (int i = 1; i <= 6; i++) {
        publisher.say(Say.publish(topic("a"), "" + i).qos(1, i)).hear(Heard.PUBACK);
      }
      for (int i = 1; i <= 6; i++) {
        sent.add(client.hear(Heard.PUBLISH).packetId());
      }
      client.say(Say.puback(sent.get(1)), Say.puback(sent.get(3))).hearNothing();
    }
    for (int round = 0; round < 2; round++) {
      try (Dialog client = client(version, resuming(version, "c"))) {
        for (int i : new int[] {0, 2, 4, 5}) {
          Heard publish = client.hear(Heard.PUBLISH);
          assertThat(publish.packetId()).isEqualTo(sent.get(i)); // [MQTT-4.4.0-1]
          assertThat(publish.again()).isTrue(); // [MQTT-3.3.1-1] [MQTT3-3.3.1-1]
          assertThat(publish.text()).isEqualTo("" + (i + 1)); // [MQTT-4.6.0-1]
        }
        client.hearNothing();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void nothingComesAgainWhileTheConnectionLasts(int version) { // [MQTT-4.4.0-1]
    try (Dialog publisher = client(4, "p");
        Dialog client = client(version, resuming(version, "c"))) {
      client.subscribe(1, topic("a"), 1);
      publisher.say(Say.publish(topic("a"), "x").qos(1, 1)).hear(Heard.PUBACK);
      client.hear(Heard.PUBLISH); // and no PUBACK
      client.subscribe(2, topic("b"), 1);
      publisher.say(Say.publish(topic("b"), "y").qos(1, 2)).hear(Heard.PUBACK);
      assertThat(client.hear(Heard.PUBLISH).text()).isEqualTo("y");
      client.hearNothing();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0x80, 0x87, 0x97})
  void aPubackThatRefusesIsAnAcknowledgement(int code) { // [MQTT-4.4.0-2]
    try (Dialog publisher = client(4, "p");
        Dialog client = client(5, resuming(5, "c"))) {
      client.subscribe(1, topic("a"), 1);
      publisher.say(Say.publish(topic("a"), "x").qos(1, 1)).hear(Heard.PUBACK);
      Heard publish = client.hear(Heard.PUBLISH);
      client.say(Say.refused(0x40, publish.packetId(), code)).hearNothing();
    }
    try (Dialog client = client(5, resuming(5, "c"))) {
      client.hearNothing();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void aSessionGoesOnAlsoWhenItsConnectionBroke(int version) { // [MQTT3-3.1.2-4] [MQTT-4.1.0-1]
    for (int i = 0; i < 5; i++) {
      try (Dialog client = dialog(version)) {
        Heard connack = client.enter(resuming(version, "c"));
        assertThat(connack.sessionPresent()).isEqualTo(i > 0);
        if (i == 0) {
          client.subscribe(1, topic("a"), 1);
        } else { // the subscription is still there
          client.say(Say.publish(topic("a"), "" + i).qos(1, i));
          client.hearAmongPublications(Heard.PUBACK);
          Heard publish = client.hear(Heard.PUBLISH);
          assertThat(publish.text()).isEqualTo("" + i);
          client.say(Say.puback(publish.packetId())).hearNothing();
        }
      } // breaks
    }
  }

  @ParameterizedTest
  @CsvSource({"4, 5", "5, 4", "5, 5"})
  void aTakeoverGoesOnWithTheSession(int before, int after) {
    try (Dialog publisher = client(4, "p");
        Dialog first = client(before, resuming(before, "c"))) {
      first.subscribe(1, topic("a"), 1);
      publisher.say(Say.publish(topic("a"), "x").qos(1, 1)).hear(Heard.PUBACK);
      Heard publish = first.hear(Heard.PUBLISH);
      try (Dialog second = dialog(after)) {
        assertThat(second.enter(resuming(after, "c")).sessionPresent()).isTrue();
        first.isDisconnected(0x8E);
        Heard again = second.hear(Heard.PUBLISH);
        assertThat(again.packetId()).isEqualTo(publish.packetId());
        assertThat(again.again()).isTrue();
      }
    }
  }

  @Test
  void aSessionOfMqtt5WithoutExpiryEndsWithItsConnection() { // [MQTT-4.1.0-2]
    try (Dialog client = client(5, Say.connect(id("c")).resuming())) {
      client.subscribe(1, topic("a"), 1);
    }
    try (Dialog client = dialog(5)) {
      assertThat(client.enter(Say.connect(id("c")).resuming()).sessionPresent()).isFalse();
    }
  }

  @Test
  void twoClientsHaveTwoSessions() { // [MQTT-3.1.3-2]
    try (Dialog one = client(5, resuming(5, "c1"));
        Dialog two = client(5, resuming(5, "c2"))) {
      one.subscribe(1, topic("a"), 1);
      two.say(Say.publish(topic("a"), "x").qos(1, 1)).hear(Heard.PUBACK, 1, 0);
      two.hearNothing();
      assertThat(one.hear(Heard.PUBLISH).text()).isEqualTo("x");
    }
  }
}
