package io.sluice.transport;

import static io.sluice.transport.RawClient.packet;
import static io.sluice.transport.RawClient.text;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sections 3.1 and 3.2: CONNECT and CONNACK. */
class ConnectOnEveryWireTest extends OnEveryWire {

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void anotherProtocolsNameEndsTheConnection(int version) { // [MQTT-3.1.2-1] [MQTT3-3.1.2-1]
    try (RawClient client = wires.open(wire)) {
      client.send(
          packet(
              0x10,
              text("HTTP"),
              new byte[] {(byte) version, 2, 0, 60},
              Property.list(version),
              text("id")));
      RawClient.Packet answer = client.read();
      if (answer != null) { // it may say that it is an MQTT server
        assertThat(answer.type()).isEqualTo(Heard.CONNACK);
        assertThat(answer.body()[1]).isNotZero();
        assertThat(client.read()).isNull();
      }
    }
  }

  @ParameterizedTest(name = "level {0} gets {1}")
  @CsvSource({"0, 01", "1, 01", "2, 01", "6, 84", "127, 84"})
  void aLevelThatIsNotKnownIsToldSo(int level, String code) { // [MQTT-3.1.2-2] [MQTT3-3.1.2-2]
    try (RawClient client = wires.open(wire)) {
      client.send(packet(0x10, text("MQTT"), new byte[] {(byte) level, 2, 0, 60}, text("id")));

      assertThat(client.read().hex()).startsWith("20 00" + code);
      assertThat(client.read()).isNull();
    }
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "C0 00, PINGREQ",
    "30 03 0001 61, PUBLISH",
    "82 06 0001 0001 61 00, SUBSCRIBE",
    "E0 00, DISCONNECT",
    "20 02 0000, CONNACK",
    "F0 00, AUTH",
    "47 45 54 20, an HTTP request",
  })
  void whatIsNotAConnectEndsTheConnection(String packet, String what) { // [MQTT-3.1.0-1]
    try (Dialog client = dialog(5)) {
      client.say(Say.hex(packet)).isClosed(); // no DISCONNECT before a CONNACK [MQTT-3.14.0-1]
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 4, 5})
  void aSecondConnectEndsTheConnectionWithoutASecondConnack(int version) {
    try (Dialog client = client(version, "twice")) {
      client.say(Say.connect(id("twice"))); // [MQTT-3.1.0-2] [MQTT-3.2.0-2]

      client.isDisconnected(0x82);
    }
  }

  // ---- client identifiers

  @ParameterizedTest
  @CsvSource({
    "a, 4",
    "a, 5",
    "0123456789abcdefghijklm, 3",
    "nopqrstuvwxyzABCDEFGHIJ, 4",
    "KLMNOPQRSTUVWXYZ, 5",
    "an identifier / + # of other characters \u00e4, 4",
    "an identifier / + # of other characters \u00e4, 5"
  })
  void clientIdentifiersOfAllKindsAreTaken(String clientId, int version) {
    try (Dialog client = dialog(version)) { // [MQTT-3.1.3-5]
      client.enter(Say.connect(clientId));
    }
  }

  @Test
  void anEmptyClientIdentifierGetsOneThatNobodyHas() {
    try (Dialog one = dialog(5);
        Dialog two = dialog(5);
        Dialog old = dialog(4)) {
      String first = one.enter(Say.connect("")).text(Property.ASSIGNED_CLIENT_ID);
      String second = two.enter(Say.connect("").resuming()).text(Property.ASSIGNED_CLIENT_ID);
      old.enter(Say.connect("")); // [MQTT3-3.1.3-6]

      assertThat(first).isNotEqualTo("none").isNotEqualTo(second); // [MQTT-3.1.3-7]
      one.hearNothing(); // nobody took it over [MQTT-3.1.3-6] [MQTT-3.2.2-16]
    }
  }

  @Test
  void anAssignedClientIdentifierCanBeUsedAgain() {
    String assigned;
    try (Dialog client = dialog(5)) {
      assigned =
          client
              .enter(Say.connect("").with(Property.number(Property.SESSION_EXPIRY, 60)))
              .text(Property.ASSIGNED_CLIENT_ID);
      client.subscribe(1, topic("x"), 1).say(Say.disconnect()).isClosed();
    }
    try (Dialog again = dialog(5)) { // as if the client had brought it [MQTT-3.1.3-7]
      Heard connack = again.enter(Say.connect(assigned).resuming());
      assertThat(connack.sessionPresent()).isTrue();
      assertThat(connack.has(Property.ASSIGNED_CLIENT_ID)).isFalse();
    }
  }

  @Test
  void anEmptyClientIdentifierWithoutACleanSessionIsRefusedBeforeMqtt5() {
    try (Dialog client = dialog(4)) { // [MQTT3-3.1.3-7] [MQTT3-3.1.3-8]
      Heard connack = client.say(Say.connect("").resuming()).hear(Heard.CONNACK);
      assertThat(connack.code()).isEqualTo(2);
      assertThat(connack.sessionPresent()).isFalse();
      client.isClosed();
    }
  }

  @ParameterizedTest
  @CsvSource({"3, 2", "4, 2", "5, 133"})
  void aClientIdentifierThatIsTooLongIsRefused(int version, int code) {
    try (Dialog client = dialog(version)) { // [MQTT-3.1.3-8] [MQTT3-3.1.3-9]
      client.say(Say.connect("x".repeat(10_000)));
      assertThat(client.hear(Heard.CONNACK).code()).isEqualTo(code);
      client.isClosed();
    }
  }

  // ---- who may come in

  @ParameterizedTest
  @CsvSource({"3, 5", "4, 5", "5, 135"})
  void whoMayNotComeInIsToldSoAndNothingElseOfItIsHeard(int version, int code) {
    try (Dialog watcher = client(5, "watcher");
        Dialog stranger = dialog(version)) {
      watcher.subscribe(1, topic("#"), 0);
      stranger.say(Say.connect("stranger"), Say.publish(topic("in"), "I was never here"));

      Heard connack = stranger.hear(Heard.CONNACK);
      assertThat(connack.code()).isEqualTo(code); // [MQTT-3.1.4-2] [MQTT-3.2.2-8]
      assertThat(connack.sessionPresent()).isFalse(); // [MQTT-3.2.2-6] [MQTT3-3.2.2-4]
      stranger.isClosed(); // [MQTT-3.2.2-7] [MQTT3-3.2.2-5]
      watcher.say(Say.publish(topic("mark"), "mark")); // [MQTT-3.1.4-6] [MQTT3-3.1.4-5]
      assertThat(watcher.hear(Heard.PUBLISH).topic()).isEqualTo(topic("mark"));
    }
  }

  @Test
  void aRefusalNeverPassesTheClientsMaximumPacketSize() {
    try (Dialog stranger = dialog(5)) { // [MQTT-3.2.2-19]
      stranger.say(Say.connect("stranger").with(Property.number(Property.MAXIMUM_PACKET, 8)));
      Heard connack = stranger.hear(Heard.CONNACK);
      assertThat(connack.size()).isLessThanOrEqualTo(8);
      assertThat(connack.code()).isEqualTo(0x87);
      stranger.isClosed();
    }
  }

  @Test
  void aRefusalThatDoesNotFitTheClientsMaximumPacketSizeIsABareClose() {
    try (Dialog stranger = dialog(5)) { // [MQTT-3.1.2-24]: the smallest CONNACK has 5 bytes
      stranger.say(Say.connect("stranger").with(Property.number(Property.MAXIMUM_PACKET, 4)));
      stranger.isClosed();
    }
  }

  // ---- CONNACK

  @ParameterizedTest
  @ValueSource(ints = {3, 4, 5})
  void connackIsTheFirstWordAlsoToAClientThatDoesNotWait(int version) {
    try (Dialog client = dialog(version)) { // [MQTT-3.2.0-1]
      client.say(
          Say.connect(id("hasty")),
          Say.subscribe(1, topic("x"), 1),
          Say.publish(topic("x"), "hello"),
          Say.ping());

      Heard connack = client.hear(Heard.CONNACK);
      assertThat(connack.body()[0]).isZero(); // reserved flags, and no session [MQTT-3.2.2-1]
      assertThat(connack.code()).isZero(); // [MQTT-3.1.4-5]
      assertThat(client.hear(Heard.SUBACK).packetId()).isEqualTo(1);
      List<Integer> rest = List.of(client.hear().type(), client.hear().type());
      assertThat(rest).containsExactlyInAnyOrder(Heard.PUBLISH, Heard.PINGRESP);
    }
  }

  @Test
  void connackSaysWhatTheServerTakes() {
    try (Dialog client = dialog(5)) {
      Heard connack = client.enter(Say.connect(id("curious")));
      TransportLimits limits = TransportLimits.STANDARD;

      assertThat(connack.number(Property.RECEIVE_MAXIMUM, 65_535))
          .isEqualTo(limits.receiveMaximum());
      assertThat(connack.number(Property.MAXIMUM_PACKET, 0)).isEqualTo(limits.packetBytesMax());
      assertThat(connack.number(Property.ALIAS_MAXIMUM, 0)).isPositive();
      assertThat(connack.number(Property.RETAIN_AVAILABLE, 1)).isEqualTo(1);
      assertThat(connack.number(Property.WILDCARD_AVAILABLE, 1)).isEqualTo(1);
      assertThat(connack.number(Property.SUBSCRIPTION_ID_AVAILABLE, 1)).isEqualTo(1);
      assertThat(connack.has(Property.ASSIGNED_CLIENT_ID)).isFalse();
      assertThat(connack.has(Property.AUTH_METHOD)).isFalse(); // [MQTT-4.12.0-6]
      assertThat(connack.has(Property.RESPONSE_INFORMATION)).isFalse(); // [MQTT-3.1.2-28]
      assertThat(connack.has(Property.SERVER_KEEP_ALIVE)).isFalse(); // as asked [MQTT-3.2.2-22]
      assertThat(connack.has(Property.SESSION_EXPIRY)).isFalse(); // as asked
    }
  }

  @Test
  void aClientThatCannotTakeAConnackIsClosed() {
    try (Dialog client = dialog(5)) { // [MQTT-3.1.2-24]
      client.say(Say.connect(id("tiny")).with(Property.number(Property.MAXIMUM_PACKET, 4)));
      client.isClosed();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 4, 5})
  void aConnectionWithoutKeepAliveIsTaken(int version) { // [MQTT-3.1.2-22]: none is asked for
    try (Dialog client = dialog(version)) {
      client.enter(Say.connect(id("quiet")).keepAlive(0));
      client.hearNothing();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void userNamesAndPasswordsAreTaken(int version) { // [MQTT-3.1.3-1]: in their order
    try (Dialog client = dialog(version)) {
      client.enter(
          Say.connect(id("known"))
              .will(1, false, topic("will"), "gone")
              .user("a name")
              .password("a secret"));
    }
    try (Dialog client = dialog(5)) { // MQTT 5 takes a password alone
      client.enter(Say.connect(id("token")).password("a token"));
    }
  }

  // ---- a second connection

  @ParameterizedTest
  @CsvSource({"4, 5", "5, 4", "5, 5", "4, 4", "3, 5"})
  void aSecondConnectionTakesTheIdentifierOver(int before, int after) {
    try (Dialog first = client(before, "twin");
        Dialog second = client(after, "twin")) {
      first.isDisconnected(0x8E); // [MQTT-3.1.4-3] [MQTT3-3.1.4-2]
      second.hearNothing();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void anIdentifierIsTakenOverFromEveryOtherWire(int version) {
    for (Wire other : Wire.values()) {
      try (Dialog first = wires.dialog(other, version)) {
        first.enter(Say.connect(id("twin")));
        try (Dialog second = client(version, "twin")) {
          first.isDisconnected(0x8E);
          second.hearNothing();
        }
      }
    }
  }
}
