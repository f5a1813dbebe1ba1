package io.sluice.transport;

import static io.sluice.transport.RawClient.connect;
import static io.sluice.transport.RawClient.join;
import static io.sluice.transport.RawClient.publish;
import static io.sluice.transport.RawClient.subscribe;
import static io.sluice.transport.RawClient.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The first packet of a connection: who gets a CONNACK, and which. */
class ConnectTest {
  private static final TransportLimits IMPATIENT =
      TransportLimits.STANDARD.withConnectTimeoutMillis(300).withClientIdBytesMax(64);

  @TempDir static Path folder;
  private static TestGateway gateway;

  @BeforeAll
  static void start() {
    gateway = new TestGateway(folder.resolve("data"), IMPATIENT);
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  private static String answer(byte[] packet) {
    try (RawClient client = new RawClient(gateway.port)) {
      RawClient.Packet connack = client.send(packet).read();
      return connack == null ? "closed" : "%02X".formatted(connack.body()[1]);
    }
  }

  @ParameterizedTest(name = "{0} [{4}]")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          MQTT 3.1                                  | 3 | 02 | id          | 00     | MQTT 3.1
          MQTT 3.1 without an identifier            | 3 | 02 | ''          | 02     | MQTT 3.1
          MQTT 3.1, an identifier beyond 23 bytes   | 3 | 02 | 40          | 00     | MQTT 3.1
          MQTT 3.1, the reserved bit is not looked at| 3 | 03 | id         | 00     | MQTT 3.1
          MQTT 3.1, will bits without a will        | 3 | 3A | id          | 00     | MQTT 3.1
          MQTT 3.1, a user name that is not there   | 3 | 82 | id          | 00     | MQTT 3.1
          MQTT 3.1, will QoS 3                      | 3 | 1E | will        | closed | MQTT 3.1
          MQTT 3.1.1                                | 4 | 02 | id          | 00     | MQTT3-3.2.2-4
          MQTT 3.1.1, no identifier, clean          | 4 | 02 | ''          | 00     | MQTT3-3.1.3-7
          MQTT 3.1.1, no identifier, not clean      | 4 | 00 | ''          | 02     | MQTT3-3.1.3-8
          MQTT 5                                    | 5 | 02 | id          | 00     | MQTT-3.1.4-5
          MQTT 5 without an identifier              | 5 | 02 | ''          | 00     | MQTT-3.1.3-6
          a client that may not come in, 3.1.1      | 4 | 02 | stranger    | 05     | MQTT3-3.2.2-4
          a client that may not come in, 5          | 5 | 02 | stranger    | 87     | MQTT-3.1.4-2
          an identifier longer than the limit, 5    | 5 | 02 | 65          | 85     | MQTT-3.1.3-8
          an identifier longer than the limit, 3.1.1| 4 | 02 | 65          | 02     | MQTT3-3.1.3-9
          the reserved flag                         | 4 | 03 | id          | closed | MQTT3-3.1.2-3
          the reserved flag, 5                      | 5 | 03 | id          | 81     | MQTT-3.1.2-3
          will QoS 3                                | 4 | 1E | will        | closed | MQTT3-3.1.2-14
          will QoS 3, 5                             | 5 | 1E | will        | 81     | MQTT-3.1.2-12
          will QoS without a will                   | 4 | 0A | id          | closed | MQTT3-3.1.2-13
          will QoS without a will, 5                | 5 | 0A | id          | 81     | MQTT-3.1.2-11
          will retain without a will                | 4 | 22 | id          | closed | MQTT3-3.1.2-15
          will retain without a will, 5             | 5 | 22 | id          | 81     | MQTT-3.1.2-13
          a will flag and no will                   | 4 | 06 | id          | closed | MQTT3-3.1.2-9
          a will flag and no will, 5                | 5 | 06 | id          | 81     | MQTT-3.1.2-9
          a will topic and no will message          | 4 | 06 | topic       | closed | MQTT3-3.1.2-9
          a user name flag and no user name         | 4 | 82 | id          | closed | MQTT3-3.1.2-19
          a user name flag and no user name, 5      | 5 | 82 | id          | 81     | MQTT-3.1.2-17
          a user name without its flag              | 4 | 02 | id+password | closed | MQTT3-3.1.2-18
          a user name without its flag, 5           | 5 | 02 | id+password | 81     | MQTT-3.1.2-16
          a password without a user name            | 4 | 42 | id+password | closed | MQTT3-3.1.2-22
          a password without a user name, 5         | 5 | 42 | id+password | 00     | MQTT 5, 3.1.2.9
          an identifier that is not UTF-8           | 4 | 02 | FF          | closed | MQTT3-1.5.3-1
          an identifier that is not UTF-8, 5        | 5 | 02 | FF          | 81     | MQTT-3.1.3-4
          an identifier with half a surrogate, 5    | 5 | 02 | EDA080      | 81     | MQTT-1.5.4-1
          an identifier with U+0000, 5              | 5 | 02 | 6100        | 81     | MQTT-1.5.4-2
          an identifier with U+FFFD, which is UTF-8 | 5 | 02 | EFBFBD      | 00     | MQTT-1.5.4-1
          no payload at all                         | 4 | 02 | nothing     | closed | MQTT3-3.1.3-3
          no payload at all, 5                      | 5 | 02 | nothing     | 81     | MQTT-3.1.3-3
          """)
  void aConnectIsAnswered(
      String what, int version, String flags, String id, String code, String clause) {
    byte[] payload =
        switch (id) {
          case "40", "65" -> text("x".repeat(Integer.parseInt(id)));
          case "id+password" -> join(text("id"), text("password"));
          case "topic" -> join(text("id"), text("topic"));
          case "will" -> join(text("id"), text("topic"), text("gone"));
          case "FF", "EDA080", "6100", "EFBFBD" -> binary(id);
          case "nothing" -> new byte[0];
          default -> text(id);
        };

    assertThat(answer(connect(version, Integer.parseInt(flags, 16), 60, "", payload)))
        .as(what)
        .isEqualTo(code);
  }

  /** Bytes with their length before them. */
  private static byte[] binary(String hex) {
    byte[] bytes = RawClient.hex(hex);
    return join(new byte[] {0, (byte) bytes.length}, bytes);
  }

  @ParameterizedTest(name = "{0} level {1} [{3}]")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          MQTT   | 00 | 01 | MQTT3-3.1.2-2  a version of the past: as 3.1.1 says it
          MQTT   | 03 | 01 | MQTT3-3.1.2-2  level 3 goes with MQIsdp
          MQIsdp | 04 | 01 | MQTT3-3.1.2-2
          MQTT   | 84 | 01 | MQTT3-3.1.2-2  a bridge, which tries again without the bit
          MQTT   | 06 | 84 | MQTT-3.1.2-2   a version of the future: as 5 says it, in words too
          MQTT   | FF | 84 | MQTT-3.1.2-2
          AMQP   | 05 | 84 | MQTT-3.1.2-1
          AMQP   | 04 | closed  | MQTT3-3.1.2-1
          mqtt   | 04 | closed  | MQTT3-3.1.2-1
          """)
  void anotherProtocolIsToldSoInItsOwnWords(String name, String level, String told, String note) {
    byte[] connect =
        RawClient.packet(
            0x10, text(name), RawClient.hex(level), RawClient.hex("02 003C"), text("id"));
    try (RawClient client = new RawClient(gateway.port)) {
      RawClient.Packet connack = client.send(connect).read();

      assertThat(connack == null ? "closed" : "%02X".formatted(connack.body()[1])).isEqualTo(told);
      assertThat(client.read()).isNull();
    }
  }

  @ParameterizedTest(name = "{0} [{3}]")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          Receive Maximum 0               | 21 0000                | 82     | 5, 3.1.2.11.3
          Maximum Packet Size 0           | 27 00000000            | 82     | 5, 3.1.2.11.4
          an authentication method        | 15 0001 61             | 8C     | MQTT-4.12.0-1
          authentication data, no method  | 16 0001 61             | 82     | 5, 3.1.2.11.10
          a packet too small for CONNACK  | 27 00000005            | closed | MQTT-3.1.2-24
          Session Expiry Interval twice   | 11 00000001 1100000001 | 82     | 5, 3.1.2.11.2
          Receive Maximum twice           | 21 0001 21 0001        | 82     | 5, 3.1.2.11.3
          Maximum Packet Size twice       | 27 00000100 2700000100 | 82     | 5, 3.1.2.11.4
          Topic Alias Maximum twice       | 22 0001 22 0001        | 82     | 5, 3.1.2.11.5
          Request Response Info. twice    | 19 00 19 00            | 82     | 5, 3.1.2.11.6
          Request Response Information 2  | 19 02                  | 82     | 5, 3.1.2.11.6
          Request Problem Info. twice     | 17 01 17 01            | 82     | 5, 3.1.2.11.7
          Request Problem Information 2   | 17 02                  | 82     | 5, 3.1.2.11.7
          two methods                     | 15 0001 61 15 0001 61  | 82     | 5, 3.1.2.11.9
          two user properties of one name | 26 0001 61 0001 62 26 0001 61 0001 62 | 00 | 5, 3.1.2.11.8
          a user property of bad UTF-8    | 26 0001 FF 0001 62     | 81     | MQTT-1.5.7-1
          a property of PUBLISH           | 23 0001                | 81     | 5, 2.2.2.2
          a property that does not exist  | 7F                     | 81     | 5, 2.2.2.2
          a property cut short            | 11 0000                | 81     | 5, 2.2.2.1
          a string beyond the properties  | 15 00FF 61             | 81     | 5, 2.2.2.1
          """)
  void propertiesOfConnect(String what, String properties, String code, String clause) {
    assertThat(answer(connect(5, 0x02, 60, properties, text("id")))).as(what).isEqualTo(code);
  }

  @ParameterizedTest(name = "{0} [{3}]")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          UTF-8 that is UTF-8               | 01 01 | 676F6E65 | 00 | 5, 3.1.3.2.3
          UTF-8 that is not                 | 01 01 | FF       | 99 | 5, 3.1.3.2.3
          bytes that are not UTF-8          | 01 00 | FF       | 00 | 5, 3.1.3.2.3
          a format that does not exist      | 01 02 | 61       | 82 | 5, 3.1.3.2.3
          Payload Format Indicator twice    | 01 00 01 00 | 61 | 82 | 5, 3.1.3.2.3
          Will Delay Interval twice         | 18 00000001 18 00000001 | 61 | 82 | 5, 3.1.3.2.2
          Message Expiry Interval twice     | 02 00000001 02 00000001 | 61 | 82 | 5, 3.1.3.2.4
          Content Type twice                | 03 0001 61 03 0001 61 | 61 | 82 | 5, 3.1.3.2.5
          Response Topic twice              | 08 0001 61 08 0001 61 | 61 | 82 | 5, 3.1.3.2.6
          Response Topic with a wildcard    | 08 0001 23 | 61 | 82 | MQTT-3.3.2-14
          Correlation Data twice            | 09 0001 61 09 0001 61 | 61 | 82 | 5, 3.1.3.2.7
          all properties, two user ones     | 01 00 02 00000009 03 0001 61 08 0001 61 09 0001 61 18 00000001 26 0001 61 0001 62 26 0001 61 0001 62 | 61 | 00 | 5, 3.1.3.2
          a property of CONNECT             | 21 0001 | 61 | 81 | 5, 2.2.2.2
          a property cut short              | 18 00   | 61 | 81 | 5, 2.2.2.1
          """)
  void propertiesOfTheWill(
      String what, String properties, String payload, String code, String clause) {
    byte[] list = RawClient.hex(properties);
    assertThat(
            answer(
                connect(
                    5,
                    0x06,
                    60,
                    "",
                    text("id"),
                    new byte[] {(byte) list.length},
                    list,
                    text("w"),
                    binary(payload))))
        .as(what)
        .isEqualTo(code);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          will topic with a wildcard, 5 | 5 | 06 | w/#       | 90     | MQTT-3.1.3-11
          will topic with a wildcard    | 4 | 06 | w/#       | closed | MQTT3-4.7.1-1
          an empty will topic, 5        | 5 | 06 | ''        | 90     | MQTT-4.7.3-1
          an empty will topic           | 4 | 06 | ''        | closed | MQTT3-4.7.3-1
          will topic forbidden, 5       | 5 | 06 | forbidden | 87     | policy
          will topic forbidden, 3.1.1   | 4 | 06 | forbidden | 05     | policy
          """)
  void aWillIsCheckedAtConnect(
      String what, int version, String flags, String topic, String code, String clause) {
    gateway.door.forbidden.add("publish forbidden");
    byte[] properties = version == 5 ? new byte[1] : new byte[0];

    assertThat(
            answer(
                connect(
                    version,
                    Integer.parseInt(flags, 16),
                    60,
                    "",
                    text("id"),
                    properties,
                    text(topic),
                    text("gone"))))
        .as(what)
        .isEqualTo(code);
  }

  @Test
  void aFaultIsToldAndTheConnectionClosedAtOnce() {
    try (RawClient client = new RawClient(gateway.port)) {
      RawClient.Packet connack = client.send(connect(5, 0x03, 60, "", text("id"))).read();

      assertThat(new String(connack.body(), UTF_8)).contains("reserved connect flag");
      assertThat(client.read()).isNull();
    }
  }

  @Test
  void aConnectCutShortIsClosedAndCountedWhetherTheClientClosesOrOnlyHalfCloses() {
    byte[] whole = connect(5, "cut");
    long before = refused("connect_cut_short");
    try (RawClient client = new RawClient(gateway.port)) {
      client.send(Arrays.copyOf(whole, whole.length - 3)).sendNoMore();

      assertThat(client.read()).isNull(); // well before the CONNECT timeout, which is counted apart
    }
    RawClient gone = new RawClient(gateway.port);
    gone.send(Arrays.copyOf(whole, 1)).close();
    await().until(() -> refused("connect_cut_short") == before + 2);
  }

  @Test
  void aConnectThatComesByteByByteIsHeard() {
    try (RawClient client = new RawClient(gateway.port)) {
      for (byte one : connect(5, "drop-by-drop")) {
        client.send(new byte[] {one});
      }
      assertThat(client.read().body()[1]).isZero();
    }
  }

  @ParameterizedTest(name = "{1}")
  @CsvSource({
    "10 FF FF FF 7F 00 04 4D 51 54 54 05, 95",
    "10 FF FF FF 7F 00 04 4D 51 54 54 04, closed",
    "10 80 80 80 80 01, closed"
  })
  void aConnectThatIsTooLargeIsRefusedBeforeItIsRead(String head, String code) {
    assertThat(answer(RawClient.hex(head))).isEqualTo(code);
  }

  @Test
  void theLastRefusedConnectionsAreRememberedWithTheirReason() {
    answer(connect(5, 0x02, 60, "", text("stranger\u0007")));

    RefusedConnections.Refused last = gateway.refused().latestFirst().get(0);
    assertThat(last.clientId()).isEqualTo("stranger?");
    assertThat(last.word()).isEqualTo("not_authorized");
    assertThat(last.explanation()).isEqualTo("no policy allows iot:Connect");
    assertThat(last.address()).isEqualTo("127.0.0.1");
    assertThat(last.listener()).isEqualTo("mqtt");
  }

  private static long refused(String word) {
    return gateway.counters.refusedByReason().getOrDefault(word, 0L);
  }

  @Test
  void anAssignedIdentifierIsTold() {
    try (RawClient client = new RawClient(gateway.port)) {
      String connack = client.send(connect(5, "")).read().hex();

      assertThat(connack).contains("12"); // [MQTT-3.2.2-16]
      assertThat(new String(RawClient.hex(connack), UTF_8)).contains("auto-");
    }
  }

  @ParameterizedTest
  @CsvSource({"30 03 0001 61", "C0 00", "82 06 0001 0001 61 00", "E0 00", "00 00", "16 03 01 00"})
  void whoDoesNotBeginWithConnectIsClosed(String packet) {
    try (RawClient client = new RawClient(gateway.port)) {
      assertThat(client.send(packet).read()).isNull(); // [MQTT-3.1.0-1]
    }
  }

  @Test
  void whoDoesNotFinishItsConnectInTimeIsClosed() {
    byte[] whole = connect(5, "slow");
    try (RawClient cut = new RawClient(gateway.port);
        RawClient silent = new RawClient(gateway.port)) {
      cut.send(Arrays.copyOf(whole, whole.length - 3));

      assertThat(cut.read()).isNull();
      assertThat(silent.read()).isNull();
      assertThat(gateway.counters.refusedByReason().get("connect_timeout"))
          .isGreaterThanOrEqualTo(2);
    }
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({"later, 00", "broken, 88", "never, 88"})
  void aDecisionMayTakeItsTimeButNotLongerThanTheConnectTimeout(String id, String code) {
    assertThat(answer(connect(5, id))).isEqualTo(code);
  }

  @Test
  void whatIsSentAheadOfConnackIsHeardInOrder() {
    try (RawClient client = new RawClient(gateway.port)) {
      client.send(
          connect(5, "eager"),
          subscribe(5, 1, "ahead", 0),
          publish(5, 0, "ahead", 0, "hello".getBytes(UTF_8)),
          RawClient.hex("C0 00"));

      assertThat(client.read().type()).isEqualTo(2);
      assertThat(client.read().type()).isEqualTo(9);
      assertThat(client.readPublish()).endsWith("hello");
      assertThat(client.read().type()).isEqualTo(13);
    }
  }

  @Test
  void packetsMayComeByteByByte() {
    try (RawClient client = new RawClient(gateway.port)) {
      for (byte b :
          join(
              connect(4, "slowly"),
              subscribe(4, 7, "bytes", 0),
              publish(4, 0, "bytes", 0, "x".getBytes(UTF_8)))) {
        client.send(new byte[] {b});
      }

      assertThat(client.read().hex()).isEqualTo("20 0000");
      assertThat(client.read().hex()).isEqualTo("90 000700");
      assertThat(client.readPublish()).isEqualTo("x");
    }
  }

  @Test
  void whoIsSilentForOneAndAHalfTimesTheKeepAliveIsToldSo() {
    try (RawClient client = new RawClient(gateway.port)) {
      client.send(connect(5, 0x02, 1, "", text("sleepy"))).read();
      long begin = System.nanoTime();

      assertThat(client.read().disconnectCode()).isEqualTo("8D"); // [MQTT-3.1.2-22]
      assertThat((System.nanoTime() - begin) / 1_000_000).isBetween(1_300L, 9_000L);
    }
  }

  @Test
  void aHundredTakeoversInARowLeaveOneConnection() {
    RawClient last = null;
    for (int i = 0; i < 100; i++) {
      RawClient next = RawClient.connected(gateway.port, i % 2 == 0 ? 5 : 4, "contested");
      if (last != null) {
        RawClient.Packet told = last.read(); // [MQTT-3.1.4-3]
        assertThat(told == null ? "closed" : told.disconnectCode()).isIn("closed", "8E");
        last.close();
      }
      last = next;
    }
    last.send("C0 00");
    assertThat(last.read().type()).isEqualTo(13);
    last.close();
    await().until(() -> gateway.counters.sessionsOpen.sum() == 0);
    assertThat(gateway.sessions.subscriptions().size()).isZero();
  }
}
