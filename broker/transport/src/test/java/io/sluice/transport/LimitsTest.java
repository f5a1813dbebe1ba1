package io.sluice.transport;

import static io.sluice.transport.RawClient.connect;
import static io.sluice.transport.RawClient.connected;
import static io.sluice.transport.RawClient.hex;
import static io.sluice.transport.RawClient.packet;
import static io.sluice.transport.RawClient.publish;
import static io.sluice.transport.RawClient.subscribe;
import static io.sluice.transport.RawClient.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.session.SessionLimits;
import java.nio.file.Path;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A gateway that offers little says so in CONNACK, and names the limit that a client passes. */
class LimitsTest {
  private static final TransportLimits NARROW =
      TransportLimits.STANDARD
          .withPacketBytesMax(0x1000)
          .withPayloadBytesMax(100)
          .withUserPropertiesMax(2)
          .withUserPropertyBytesMax(20)
          .withCorrelationBytesMax(4)
          .withTopicLevelsMax(3)
          .withTopicBytesMax(20)
          .withTopicAliasMaximum(3)
          .withMaximumQos(1)
          .withPayloadFormatChecked(true)
          .withRetainAvailable(false)
          .withWildcardsAvailable(false)
          .withSubscriptionIdsAvailable(false)
          .withSharedAvailable(false)
          .withKeepAliveSecondsMin(10)
          .withKeepAliveSecondsMax(100)
          .withReceiveMaximum(7)
          .withFiltersPerSubscribeMax(2)
          .withClientIdBytesMax(64)
          .withMessageExpirySecondsMax(50)
          .withMessageExpirySecondsDefault(40);

  @TempDir static Path folder;
  private static TestGateway gateway;

  @BeforeAll
  static void start() {
    gateway =
        new TestGateway(
            folder.resolve("data"),
            NARROW,
            SessionLimits.STANDARD.withExpirySecondsMax(60).withSubscriptionsMax(2));
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  private static String connack(String properties, int keepAlive) {
    try (RawClient client = new RawClient(gateway.port)) {
      return client.send(connect(5, 0x02, keepAlive, properties, text("id"))).read().hex();
    }
  }

  @ParameterizedTest(name = "{0} is announced as {1}")
  @CsvSource({
    "Receive Maximum,                    210007",
    "Maximum QoS,                        2401",
    "Retain Available,                   2500",
    "Maximum Packet Size,                2700001000",
    "Topic Alias Maximum,                220003",
    "Wildcard Subscription Available,    2800",
    "Subscription Identifiers Available, 2900",
    "Shared Subscription Available,      2a00",
    "Session Expiry Interval,            110000003c",
    "Server Keep Alive,                  130064"
  })
  void everyLimitThatConnackHasAFieldForIsAnnounced(String property, String bytes) {
    assertThat(connack("11 00000100", 0)).as(property).contains(bytes);
  }

  /** MQTT 5, 3.3.2.3.2: properties {@code 01 01} say that the payload is UTF-8. */
  @ParameterizedTest(name = "QoS {0}, payload {1}: {2}")
  @CsvSource({"1, 61, 40 000110", "1, C3A4, 40 000110", "1, FF, 40 000199", "1, C3, 40 000199"})
  void aPayloadThatSaysItIsUtf8IsLookedAtWhenAsked(int qos, String payload, String answer) {
    try (RawClient client = connected(gateway.port, 5, "labels")) {
      byte[] id = {0, 1};
      client.send(packet(0x30 | qos << 1, text("a"), id, hex("02 0101"), hex(payload)));
      assertThat(client.read().hex()).startsWith(answer);
    }
  }

  @Test
  void aMislabelledPayloadOfQos0EndsTheConnection() {
    try (RawClient client = connected(gateway.port, 5, "labels")) {
      client.send(packet(0x30, text("a"), hex("02 0101"), hex("FF")));
      assertThat(client.read().disconnectCode()).isEqualTo("99");
    }
  }

  @Test
  void whatTheStandardOffersByDefaultIsNotSaid() {
    try (TestGateway generous =
            new TestGateway(
                folder.resolve("generous"),
                TransportLimits.STANDARD.withMaximumQos(2).withSharedAvailable(true),
                SessionLimits.STANDARD);
        RawClient client = new RawClient(generous.port)) {
      assertThat(client.send(connect(5, "id")).read().hex())
          .isEqualTo("20 00000b" + "210064" + "2700100000" + "220010");
    }
  }

  @ParameterizedTest(name = "keep alive {0} becomes {1}")
  @CsvSource({"0, 130064", "101, 130064", "9, 13000a", "1, 13000a"})
  void aKeepAliveBeyondTheLimitsIsChangedAndTold(int wanted, String told) {
    assertThat(connack("", wanted)).contains(told); // [MQTT-3.2.2-21]
  }

  @Test
  void aKeepAliveWithinTheLimitsIsNotToldAgain() {
    assertThat(connack("", 50)).doesNotContain("130032");
  }

  private static byte[] publish5(int flags, String topic, String properties, int payload) {
    byte[] list = hex(properties);
    byte[] id = (flags & 6) == 0 ? new byte[0] : new byte[] {0, 1};
    return packet(
        0x30 | flags, text(topic), id, new byte[] {(byte) list.length}, list, new byte[payload]);
  }

  @ParameterizedTest(name = "{0}: {5} [{6}]")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          QoS 2                       | 04 | t       | ''                                     | 1   | 9B | MQTT-3.2.2-11
          RETAIN                      | 01 | t       | ''                                     | 1   | 9A | MQTT-3.2.2-14
          a payload beyond the limit  | 00 | t       | ''                                     | 101 | 97 | setting
          a packet beyond the limit   | 00 | t       | ''                                     | 5000| 95 | MQTT-3.2.2-15
          too many levels             | 00 | a/b/c/d | ''                                     | 1   | 90 | setting
          a topic too long            | 00 | LONG    | ''                                     | 1   | 90 | setting
          a topic alias beyond        | 00 | t       | 23 0004                                | 1   | 94 | MQTT-3.2.2-17
          too many user properties    | 00 | t       | 26000161000026000162000026000163 0000  | 1   | 97 | setting
          user properties too long    | 00 | t       | 26000a 30303030303030303030 000b 3030303030303030303030 | 1 | 97 | setting
          correlation data too long   | 00 | t       | 09 0005 3030303030                     | 1   | 97 | setting
          """)
  void aPublishBeyondALimitIsNamed(
      String what,
      String flags,
      String topic,
      String properties,
      int payload,
      String code,
      String clause) {
    try (RawClient client = connected(gateway.port, 5, "publisher")) {
      String name = topic.equals("LONG") ? "0123456789/0123456789" : topic;
      client.send(publish5(Integer.parseInt(flags, 16), name, properties, payload));

      assertThat(client.read().disconnectCode()).as(what).isEqualTo(code);
    }
  }

  @Test
  void aPublishAtTheLimitsPasses() {
    try (RawClient client = connected(gateway.port, 5, "publisher")) {
      client.send(subscribe(5, 1, "a/b/c", 0)).read();
      client.send(publish5(0, "a/b/c", "260001610000 260001620000 09 0004 30303030", 100));

      assertThat(client.read().type()).isEqualTo(3);
    }
  }

  @ParameterizedTest(name = "{0}: MQTT 5 {2}, MQTT 3.1.1 {3}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          a wildcard           | a/+            | A2 | 80
          a wildcard at last   | '#'            | A2 | 80
          a shared one         | $share/g/a     | 9E | 80
          """)
  void aFilterThatIsNotOnOfferIsAProtocolErrorForWhoWasToldSo(
      String what, String filter, String code5, String code3) {
    try (RawClient five = connected(gateway.port, 5, "five");
        RawClient three = connected(gateway.port, 4, "three")) {
      five.send(subscribe(5, 1, filter, 0));
      three.send(subscribe(4, 1, filter, 0));

      assertThat(five.read().disconnectCode()).isEqualTo(code5); // 5, 3.2.2.3.11 and 3.2.2.3.13
      assertThat(three.read().hex()).isEqualTo("90 0001" + code3);
    }
  }

  @Test
  void aSubscriptionIdentifierThatIsNotOnOfferIsAProtocolError() {
    try (RawClient client = connected(gateway.port, 5, "identified")) {
      client.send(packet(0x82, hex("0001 02 0B 07"), text("a"), new byte[1]));

      assertThat(client.read().disconnectCode()).isEqualTo("A1"); // 5, 3.2.2.3.12
    }
  }

  @ParameterizedTest(name = "{0}: {2}")
  @CsvSource({"too deep, a/b/c/d, 8F", "too long, 0123456789/0123456789, 8F"})
  void aFilterBeyondALimitIsRefusedAlone(String what, String filter, String code) {
    try (RawClient client = connected(gateway.port, 5, "deep")) {
      client.send(subscribe(5, 1, filter, 0));

      assertThat(client.read().hex()).startsWith("90 0001").endsWithIgnoringCase(code);
    }
  }

  @Test
  void moreSubscriptionsThanTheLimitAreRefusedAloneAndMoreFiltersThanFitEndTheConnection() {
    try (RawClient client = connected(gateway.port, 5, "many")) {
      client.send(packet(0x82, hex("0001 00"), text("a"), new byte[1], text("b"), new byte[1]));
      assertThat(client.read().hex()).isEqualTo("90 0001000000");
      client.send(subscribe(5, 2, "c", 0));
      assertThat(client.read().hex()).endsWith("97");
      client.send(subscribe(5, 3, "a", 1)); // no more than there were
      assertThat(client.read().hex()).isEqualTo("90 00030001");
      client.send(
          packet(
              0x82,
              hex("0004 00"),
              text("a"),
              new byte[1],
              text("b"),
              new byte[1],
              text("d"),
              new byte[1]));
      assertThat(client.read().disconnectCode()).isEqualTo("97");
    }
  }

  @ParameterizedTest(name = "a will with {0} is answered with {2}")
  @CsvSource({
    "QoS 2, 16, 9B, w",
    "RETAIN, 26, 9A, w",
    "a deep topic, 06, 90, a/b/c/d",
    "a long payload, 06, 97, long"
  })
  void aWillBeyondTheLimitsIsRefusedAtConnect(
      String what, String flags, String code, String topic) {
    try (RawClient client = new RawClient(gateway.port)) {
      byte[] payload = new byte[topic.equals("long") ? 101 : 1];
      byte[] length = {(byte) (payload.length >> 8), (byte) payload.length};
      client.send(
          connect(
              5,
              Integer.parseInt(flags, 16),
              60,
              "",
              text("id"),
              new byte[1],
              text(topic),
              length,
              payload));

      assertThat(client.read().body()[1]) // [MQTT-3.2.2-12] [MQTT-3.2.2-13]
          .isEqualTo(HexFormat.of().parseHex(code)[0]);
    }
  }

  @ParameterizedTest(name = "an expiry of {0} becomes {1}")
  @CsvSource({"'', 00000028", "02 0000000A, 0000000a", "02 0000003C, 00000032"})
  void theExpiryOfAMessageStaysWithinTheLimit(String properties, String expiry) {
    try (RawClient client = connected(gateway.port, 5, "expiring")) {
      client.send(subscribe(5, 1, "e", 0)).read();
      client.send(publish5(0, "e", properties, 1));

      assertThat(client.read().hex()).contains("02" + expiry);
    }
  }

  @Test
  void anOlderPublishersMessageGetsTheDefaultExpiry() {
    try (RawClient reader = connected(gateway.port, 5, "reader");
        RawClient publisher = connected(gateway.port, 4, "older")) {
      reader.send(subscribe(5, 1, "e", 0)).read();
      publisher.send(publish(4, 0, "e", 0, "x".getBytes(UTF_8)));

      assertThat(reader.read().hex()).contains("0200000028");
    }
  }
}
