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
          MQTT 3.1.1                                | 4 | 02 | id          | 00     | MQTT3-3.2.2-4
          MQTT 3.1.1, no identifier, clean          | 4 | 02 | ''          | 00     | MQTT3-3.1.3-7
          MQTT 3.1.1, no identifier, not clean      | 4 | 00 | ''          | 02     | MQTT3-3.1.3-8
          MQTT 5                                    | 5 | 02 | id          | 00     | MQTT-3.1.4-5
          MQTT 5 without an identifier              | 5 | 02 | ''          | 00     | MQTT-3.1.3-6
          a version that does not exist             | 6 | 02 | id          | 01     | MQTT3-3.1.2-2
          a client that may not come in, 3.1.1      | 4 | 02 | stranger    | 05     | MQTT3-3.2.2-4
          a client that may not come in, 5          | 5 | 02 | stranger    | 87     | MQTT-3.1.4-2
          an identifier longer than the limit, 5    | 5 | 02 | LONG        | 85     | MQTT-3.1.3-8
          an identifier longer than the limit, 3.1.1| 4 | 02 | LONG        | 02     | MQTT3-3.1.3-9
          the reserved flag                         | 4 | 03 | id          | closed | MQTT3-3.1.2-3
          the reserved flag, 5                      | 5 | 03 | id          | 81     | MQTT-3.1.2-3
          will QoS 3                                | 4 | 1E | id          | closed | MQTT3-3.1.2-14
          will QoS without a will                   | 5 | 0A | id          | 81     | MQTT-3.1.2-11
          will retain without a will                | 5 | 22 | id          | 81     | MQTT-3.1.2-13
          a will flag and no will                   | 4 | 06 | id          | closed | MQTT3-3.1.2-9
          a user name flag and no user name         | 4 | 82 | id          | closed | MQTT3-3.1.2-19
          a password without a user name            | 4 | 42 | id+password | closed | MQTT3-3.1.2-22
          """)
  void aConnectIsAnswered(
      String what, int version, String flags, String id, String code, String clause) {
    byte[] payload =
        switch (id) {
          case "LONG" -> text("x".repeat(65));
          case "id+password" -> join(text("id"), text("password"));
          default -> text(id);
        };

    assertThat(answer(connect(version, Integer.parseInt(flags, 16), 60, "", payload)))
        .as(what)
        .isEqualTo(code);
  }

  @ParameterizedTest(name = "{0} [{3}]")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          Receive Maximum 0              | 21 0000       | 82     | MQTT 5, 3.1.2.11.3
          Maximum Packet Size 0          | 27 00000000   | 82     | MQTT 5, 3.1.2.11.4
          an authentication method       | 15 0001 61    | 8C     | MQTT-4.12.0-1
          a packet too small for CONNACK | 27 00000005   | closed | MQTT-3.1.2-24
          """)
  void propertiesOfConnect(String what, String properties, String code, String clause) {
    assertThat(answer(connect(5, 0x02, 60, properties, text("id")))).as(what).isEqualTo(code);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          will topic with a wildcard, 5 | 5 | 06 | w/#       | 90 | MQTT-3.1.3-11
          will topic forbidden, 5       | 5 | 06 | forbidden | 87 | policy
          will topic forbidden, 3.1.1   | 4 | 06 | forbidden | 05 | policy
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
  @CsvSource({"later, 00", "broken, 88", "never, closed"})
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
      assertThat((System.nanoTime() - begin) / 1_000_000).isBetween(1300L, 4000L);
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
