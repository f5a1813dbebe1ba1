package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sections 3.8 and 3.9: SUBSCRIBE and SUBACK. */
class SubscribeOnEveryWireTest extends OnEveryWire {

  @ParameterizedTest
  @ValueSource(ints = {3, 4, 5})
  void everyFilterOfASubscribeGetsItsCodeInItsPlace(int version) {
    try (Dialog client = client(version, "s")) {
      client.say(
          Say.subscribe(0xABCD, topic("a"), 1)
              .and(topic("b/+/#"), 0)
              .and(topic("bad#"), 1)
              .and(topic("a"), 0)
              .and(topic("c"), 1));

      Heard suback = client.hear(Heard.SUBACK); // [MQTT-3.8.4-1] [MQTT3-3.8.4-1]
      assertThat(suback.packetId()).isEqualTo(0xABCD); // [MQTT-3.8.4-2] [MQTT-2.2.1-6]
      assertThat(suback.codes()) // [MQTT-3.9.3-1] [MQTT-3.8.4-6] [MQTT-3.8.4-7] [MQTT-3.9.3-2]
          .isEqualTo(version == 5 ? "01 00 8F 00 01" : "01 00 80 00 01");
      if (version == 5) {
        assertThat(suback.text(Property.REASON_STRING)).contains("bad#");
      }
      client.say(Say.subscribe(2, topic("a"), 0));
      assertThat(client.hear(Heard.SUBACK).properties()).isEmpty(); // [MQTT-2.2.2-1]
    }
  }

  @Test
  void filtersOfOneSubscribeAreTakenOneAfterTheOther() { // [MQTT-3.8.4-5] [MQTT3-3.8.4-4]
    try (Dialog client = client(5, "s")) {
      client.say(Say.subscribe(1, topic("a"), 1).and(topic("a"), 0));
      assertThat(client.hear(Heard.SUBACK).codes()).isEqualTo("01 00");
      client.say(Say.publish(topic("a"), "x").qos(1, 1));
      client.hearAmongPublications(Heard.PUBACK);
      assertThat(client.hear(Heard.PUBLISH).qos()).isZero(); // the second replaced the first
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void whatMayNotBeSubscribedToIsRefusedAloneAndCounted(int version) {
    gateway().door.forbidden.add("subscribe " + topic("secret"));
    try (Dialog client = client(version, "s")) {
      client.say(Say.subscribe(1, topic("a"), 1).and(topic("secret"), 1).and(topic("b"), 0));

      Heard suback = client.hear(Heard.SUBACK);
      assertThat(suback.codes())
          .isEqualTo(version == 5 ? "01 87 00" : "01 80 00"); // [MQTT-3.9.3-2] [MQTT3-3.9.3-2]
      if (version == 5) {
        assertThat(suback.text(Property.REASON_STRING))
            .isEqualTo("no policy allows iot:Subscribe on filter '%s'", topic("secret"));
      }
    } finally {
      gateway().door.forbidden.clear();
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 0, 4", "0, 1, 4", "1, 0, 5", "0, 1, 5"})
  void aSecondSubscriptionWithTheSameFilterReplacesTheFirst(int before, int after, int version) {
    try (Dialog client = client(version, "s")) { // [MQTT-3.8.4-3] [MQTT3-3.8.4-3]
      client.say(Say.publish(topic("a/kept"), "kept").qos(1, 1).retained()).hear(Heard.PUBACK);
      client.subscribe(1, topic("a/#"), before);
      Heard kept = client.hear(Heard.PUBLISH);
      assertThat(kept.qos()).isEqualTo(before);
      acknowledge(client, kept);
      client.subscribe(2, topic("a/#"), after);
      Heard again = client.hear(Heard.PUBLISH); // sent again [MQTT-3.8.4-4]
      assertThat(again.retained()).isTrue();
      assertThat(again.qos()).isEqualTo(after);
      acknowledge(client, again);

      client.say(Say.publish(topic("a/b"), "x").qos(1, 2));
      client.hearAmongPublications(Heard.PUBACK);
      Heard live = client.hear(Heard.PUBLISH);
      assertThat(live.qos()).isEqualTo(after);
      acknowledge(client, live);
      client.hearNothing(); // one copy
    }
  }

  private static void acknowledge(Dialog client, Heard publish) {
    if (publish.qos() == 1) {
      client.say(Say.puback(publish.packetId()));
    }
  }

  @Test
  void nothingIsLostWhileASubscriptionIsReplaced() { // [MQTT-3.8.4-4]
    int count = 200;
    try (Dialog subscriber = client(5, "s");
        Dialog publisher = client(4, "p")) {
      subscriber.subscribe(1, topic("n/#"), 0x21);
      Say[] publishes = new Say[count];
      for (int i = 0; i < count; i++) {
        publishes[i] = Say.publish(topic("n/x"), "" + i).qos(1, i + 1);
      }
      publisher.say(publishes);
      List<String> heard = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        subscriber.say(Say.subscribe(2 + i, topic("n/#"), 0x21));
      }
      int subacks = 0;
      while (heard.size() < count || subacks < 20) {
        Heard packet = subscriber.hear();
        if (packet.type() == Heard.PUBLISH) {
          heard.add(packet.text());
          subscriber.say(Say.puback(packet.packetId()));
        } else {
          subacks++;
        }
      }
      for (int i = 0; i < count; i++) {
        assertThat(heard.get(i)).isEqualTo("" + i);
      }
    }
  }

  @Test
  void aReplacedSubscriptionHasItsNewIdentifierOrNone() { // [MQTT-3.8.4-3]
    try (Dialog client = client(5, "s")) {
      Property first = Property.number(Property.SUBSCRIPTION_ID, 7);
      Property second = Property.number(Property.SUBSCRIPTION_ID, 8);
      client.subscribe(0, Say.subscribe(1, topic("a"), 0).with(first));
      client.subscribe(0, Say.subscribe(2, topic("a"), 0).with(second));
      client.say(Say.publish(topic("a"), "x"));
      assertThat(client.hear(Heard.PUBLISH).subscriptionIds()).containsExactly(8L);
      client.subscribe(0, Say.subscribe(3, topic("a"), 0));
      client.say(Say.publish(topic("a"), "x"));
      assertThat(client.hear(Heard.PUBLISH).subscriptionIds()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void noLocalKeepsOnesOwnMessagesAway(int qos) { // [MQTT-3.8.3-3]
    try (Dialog client = client(5, "s");
        Dialog other = client(5, "o")) {
      client.subscribe(1, topic("a"), 4 | qos);
      client.say(Say.publish(topic("a"), "own").qos(qos, 1));
      if (qos == 1) {
        client.hear(Heard.PUBACK);
      }
      other.say(Say.publish(topic("a"), "theirs").qos(qos, 1));

      assertThat(client.hear(Heard.PUBLISH).text()).isEqualTo("theirs");
    }
  }

  @Test
  void noLocalHoldsForTheClientAndNotForItsConnection() {
    Say.Connect connect =
        Say.connect(id("s")).resuming().with(Property.number(Property.SESSION_EXPIRY, 60));
    try (Dialog client = client(5, connect)) {
      client.subscribe(1, topic("a"), 5);
      client.say(Say.publish(topic("a"), "own").qos(1, 1), Say.disconnect());
      client.hear(Heard.PUBACK);
      client.isClosed();
    }
    try (Dialog client = client(5, connect)) {
      client.hearNothing();
    }
  }

  @ParameterizedTest
  @CsvSource({"0", "268435456"})
  void aSubscriptionIdentifierOutOfItsRangeIsAProtocolError(int identifier) { // 5, 3.8.2.1.2
    try (Dialog client = client(5, "s")) {
      if (identifier == 0) {
        client.say(
            Say.subscribe(1, topic("a"), 0).with(Property.number(Property.SUBSCRIPTION_ID, 0)));
        client.isDisconnected(0x82);
      } else { // five bytes of a variable byte integer
        client.say(Say.hex("82 0D 0001 06 0B 8080808001 0001 61 00"));
        client.isDisconnected(0x81);
      }
    }
  }

  @Test
  void aSubackFitsTheClientsMaximumPacketSize() { // [MQTT-3.9.2-1] [MQTT-3.1.2-24]
    try (Dialog client = dialog(5)) {
      client.enter(Say.connect(id("s")).with(Property.number(Property.MAXIMUM_PACKET, 30)));
      client.say(Say.subscribe(1, "#bad", 0).and("a/#/b", 0));
      Heard suback = client.hear(Heard.SUBACK);
      assertThat(suback.codes()).isEqualTo("8F 8F");
      assertThat(suback.size()).isLessThanOrEqualTo(30);
    }
  }

  @Test
  void aPubackFitsTheClientsMaximumPacketSize() { // [MQTT-3.4.2-2] [MQTT-3.1.2-24]
    try (Dialog client = dialog(5)) {
      client.enter(Say.connect(id("s")).with(Property.number(Property.MAXIMUM_PACKET, 30)));
      client.say(Say.publish("$SYS/" + own, "x").qos(1, 1));
      Heard puback = client.hear(Heard.PUBACK, 1, 0x87);
      assertThat(puback.properties()).isEmpty();
      assertThat(puback.size()).isLessThanOrEqualTo(30);
    }
  }

  @Test
  void reasonsAreNotGivenToWhoDoesNotAskForThem() { // [MQTT-3.1.2-29]
    try (Dialog client = dialog(5)) {
      client.enter(Say.connect(id("s")).with(Property.number(Property.REQUEST_PROBLEM, 0)));
      client.say(Say.subscribe(1, "#bad", 0));
      assertThat(client.hear(Heard.SUBACK).properties()).isEmpty();
      client.say(Say.publish("$SYS/" + own, "x").qos(1, 1));
      assertThat(client.hear(Heard.PUBACK).properties()).isEmpty();
      client.say(Say.unsubscribe(2, "#bad", topic("none")));
      assertThat(client.hear(Heard.UNSUBACK).properties()).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "4, 0x03", "4, 0x04", "4, 0x80", "5, 0x03", "5, 0x30", "5, 0x40", "5, 0x80", "3, 0x03"
  })
  void reservedBitsOfTheOptionsAreMalformed(int version, int options) {
    try (Dialog client = client(version, "s")) { // [MQTT-3.8.3-5] [MQTT3-3.8.3-4]
      client.say(Say.subscribe(1, topic("a"), options));
      Heard answer = version == 5 ? client.hear(Heard.DISCONNECT) : null;
      if (answer != null) {
        assertThat(answer.code()).isIn(0x81, 0x82);
      }
      client.isClosed();
    }
  }
}
