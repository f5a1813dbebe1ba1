package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sections 3.12 to 3.14: PINGREQ, PINGRESP and DISCONNECT. */
class LeavingOnEveryWireTest extends OnEveryWire {

  @ParameterizedTest
  @ValueSource(ints = {3, 4, 5})
  void everyPingIsAnswered(int version) { // [MQTT-3.12.4-1] [MQTT3-3.12.4-1]
    try (Dialog client = client(version, "c")) {
      client.say(Say.ping(), Say.ping(), Say.ping());
      for (int i = 0; i < 3; i++) {
        assertThat(client.hear(Heard.PINGRESP).size()).isEqualTo(2);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 4, 5})
  void disconnectEndsTheConnectionWithoutAnAnswer(int version) { // [MQTT-3.14.4-2]
    try (Dialog client = client(version, "c")) {
      client.say(Say.disconnect()).isClosed();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void whatFollowsDisconnectIsNotHeard(int version) { // [MQTT-3.14.4-1] [MQTT3-3.14.4-2]
    try (Dialog watcher = client(5, "w");
        Dialog client = client(version, "c")) {
      watcher.subscribe(1, topic("#"), 0);
      client.say(Say.disconnect(), Say.publish(topic("late"), "late")).isClosed();
      watcher.say(Say.publish(topic("mark"), "mark"));
      assertThat(watcher.hear(Heard.PUBLISH).text()).isEqualTo("mark");
    }
  }

  @ParameterizedTest(name = "expiry {0}, DISCONNECT with {1}: session present {2}")
  @CsvSource({
    "60, none, true",
    "60, 30, true",
    "60, 0, false",
    "0, none, false",
    "60, 4294967295, true"
  })
  void disconnectMayChangeTheExpiryOfTheSession(long connect, String disconnect, boolean present) {
    try (Dialog client =
        client(5, Say.connect(id("c")).with(Property.number(Property.SESSION_EXPIRY, connect)))) {
      client.subscribe(1, topic("a"), 1);
      client
          .say(
              disconnect.equals("none")
                  ? Say.disconnect()
                  : Say.disconnect(
                      0, Property.number(Property.SESSION_EXPIRY, Long.parseLong(disconnect))))
          .isClosed();
    }
    try (Dialog again = dialog(5)) {
      Heard connack = again.enter(Say.connect(id("c")).resuming());
      assertThat(connack.sessionPresent()).isEqualTo(present); // [MQTT-3.2.2-3]
    }
  }

  @Test
  void disconnectMayNotGiveASessionAnExpiryThatHadNone() { // 5, 3.14.2.2.2
    try (Dialog client = client(5, "c")) {
      client.say(Say.disconnect(0, Property.number(Property.SESSION_EXPIRY, 10)));
      client.isDisconnected(0x82);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void aSessionThatEndsWithItsConnectionIsNeverFoundByTheNext(int version) {
    for (int i = 0; i < 8; i++) { // a broker that tidies up later would be caught
      try (Dialog client = dialog(version)) {
        Heard connack = client.enter(Say.connect(id("c")));
        assertThat(connack.sessionPresent()).isFalse();
        client.subscribe(1, topic("a"), 1).say(Say.disconnect());
      }
      try (Dialog next = dialog(version)) {
        Heard connack = next.enter(Say.connect(id("c")).resuming());
        assertThat(connack.sessionPresent()).as("round %d", i).isFalse();
        next.say(Say.publish(topic("a"), "x").qos(1, 1)).hear(Heard.PUBACK);
        next.hearNothing(); // the old subscription is gone too
      }
      try (Dialog last = dialog(version)) {
        last.enter(Say.connect(id("c"))); // and leaves nothing behind for the next round
        last.say(Say.disconnect()).isClosed();
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"E1 00, 81", "E2 00, 81", "E8 00, 81"})
  void reservedBitsOfDisconnectAreMalformed(String packet, String code) {
    try (Dialog client = client(5, "c")) { // [MQTT-3.14.1-1]
      client.say(Say.hex(packet)).isDisconnected(Integer.parseInt(code, 16));
    }
    try (Dialog client = client(4, "c")) { // [MQTT3-3.14.1-1]
      client.say(Say.hex(packet)).isClosed();
    }
  }

  @Test
  void whatTheServerSaysAtTheEndFitsTheClient() { // [MQTT-3.14.2-3] [MQTT-3.1.2-24]
    try (Dialog client = dialog(5)) {
      client.enter(Say.connect(id("c")).with(Property.number(Property.MAXIMUM_PACKET, 20)));
      client.say(Say.hex("E1 00"));
      Heard disconnect = client.hear(Heard.DISCONNECT);
      assertThat(disconnect.size()).isLessThanOrEqualTo(20);
      assertThat(disconnect.code()).isEqualTo(0x81); // [MQTT-3.14.2-1]
      assertThat(disconnect.has(Property.SESSION_EXPIRY)).isFalse(); // [MQTT-3.14.2-2]
      client.isClosed();
    }
  }
}
