package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What a client must not say, and what it is told: MQTT 5 in a DISCONNECT, older ones by a close.
 */
class MalformedPacketsTest {
  @TempDir static Path folder;
  private static TestGateway gateway;

  @BeforeAll
  static void start() {
    gateway = new TestGateway(folder.resolve("data"));
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @ParameterizedTest(name = "{0} [{3}]")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          PUBLISH with QoS 3                    | 36 07 0001 61 0001 00 78     | 81 | MQTT-3.3.1-4
          PUBLISH with packet identifier 0      | 32 06 0001 61 0000 00        | 81 | MQTT-2.2.1-3
          PUBLISH with DUP and QoS 0            | 38 04 0001 61 00             | 81 | MQTT-3.3.1-2
          PUBLISH to a wildcard                 | 30 04 0001 2B 00             | 81 | MQTT-3.3.2-2
          PUBLISH to a topic that is not UTF-8  | 30 04 0001 FF 00             | 81 | MQTT-1.5.4-1
          PUBLISH to a topic with U+0000        | 30 05 0002 6100 00           | 81 | MQTT-1.5.4-2
          PUBLISH without topic and alias       | 30 03 0000 00                | 82 | MQTT 5, 3.3.2.1
          PUBLISH with topic alias 0            | 30 07 0001 61 03 230000      | 94 | MQTT-3.3.2-8
          PUBLISH with a topic alias too high   | 30 07 0001 61 03 230011      | 94 | MQTT-3.3.2-9
          PUBLISH with an alias never given     | 30 06 0000 03 230005         | 82 | MQTT 5, 3.3.2.3.4
          PUBLISH with Subscription Identifier  | 30 06 0001 61 02 0B05        | 82 | MQTT-3.3.4-6
          PUBLISH, Response Topic with wildcard | 30 08 0001 61 04 08000123    | 82 | MQTT-3.3.2-14
          PUBLISH whose topic is longer than it | 30 02 0005 C000C000C000      | 81 | MQTT 5, 2.1.4
          PUBACK with packet identifier 0       | 40 02 0000                   | 81 | MQTT-2.2.1-2
          PUBACK with flags                     | 42 02 0001                   | 81 | MQTT-2.1.3-1
          PUBREL with flags 0                   | 60 02 0001                   | 81 | MQTT-3.6.1-1
          SUBSCRIBE with flags 0                | 80 07 0001 00 0001 61 00     | 81 | MQTT-3.8.1-1
          SUBSCRIBE without filters             | 82 03 0001 00                | 82 | MQTT-3.8.3-2
          SUBSCRIBE with packet identifier 0    | 82 07 0000 00 0001 61 00     | 81 | MQTT-2.2.1-3
          SUBSCRIBE with QoS 3                  | 82 07 0001 00 0001 61 03     | 81 | MQTT-3.8.3-5
          SUBSCRIBE with Retain Handling 3      | 82 07 0001 00 0001 61 30     | 81 | MQTT 5, 3.8.3.1
          SUBSCRIBE, Subscription Identifier 0  | 82 09 0001 02 0B00 0001 61 00| 82 | MQTT 5, 3.8.2.1.2
          UNSUBSCRIBE with flags 0              | A0 06 0001 00 0001 61        | 81 | MQTT-3.10.1-1
          UNSUBSCRIBE without filters           | A2 03 0001 00                | 82 | MQTT-3.10.3-2
          PINGREQ with flags                    | C1 00                        | 81 | MQTT-2.1.3-1
          DISCONNECT with flags                 | E1 00                        | 81 | MQTT-3.14.1-1
          DISCONNECT that raises expiry from 0  | E0 07 00 05 110000000A       | 82 | MQTT 5, 3.14.2.2.2
          CONNACK from a client                 | 20 03 000000                 | 82 | MQTT 5, 2.1.2
          SUBACK from a client                  | 90 04 0001 00 00             | 82 | MQTT 5, 2.1.2
          UNSUBACK from a client                | B0 04 0001 00 00             | 82 | MQTT 5, 2.1.2
          PINGRESP from a client                | D0 00                        | 82 | MQTT 5, 2.1.2
          AUTH without a method                 | F0 00                        | 82 | MQTT-4.12.0-6
          packet type 0                         | 00 00                        | 81 | MQTT 5, 2.1.2
          remaining length of five bytes        | 30 FF FF FF FF 01            | 81 | MQTT 5, 1.5.5
          a packet larger than announced        | 30 FF FF FF 7F 0001 61 00    | 95 | MQTT-3.2.2-15
          """)
  void anMqtt5ClientIsToldWhyItIsDisconnected(
      String what, String packet, String reasonCode, String clause) {
    try (RawClient client = RawClient.connected(gateway.port, 5, "raw")) {
      client.send(packet);

      RawClient.Packet disconnect = client.read();
      assertThat(disconnect).as(what).isNotNull();
      assertThat(disconnect.disconnectCode()).isEqualTo(reasonCode);
      assertThat(client.read()).isNull(); // [MQTT-4.13.1-1]
    }
  }

  @ParameterizedTest(name = "{0} [{2}]")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          PUBLISH with QoS 3                 | 36 06 0001 61 0001 78    | MQTT3-3.3.1-4
          PUBLISH with packet identifier 0   | 32 05 0001 61 0000       | MQTT3-2.3.1-1
          PUBLISH with DUP and QoS 0         | 38 03 0001 61            | MQTT3-3.3.1-2
          PUBLISH to a wildcard              | 30 03 0001 23            | MQTT3-3.3.2-2
          PUBLISH to no topic                | 30 02 0000               | MQTT3-4.7.3-1
          PUBLISH to what is not UTF-8       | 30 03 0001 FF            | MQTT3-1.5.3-1
          SUBSCRIBE with flags 0             | 80 06 0001 0001 61 00    | MQTT3-3.8.1-1
          SUBSCRIBE without filters          | 82 02 0001               | MQTT3-3.8.3-3
          SUBSCRIBE with QoS 3               | 82 06 0001 0001 61 03    | MQTT3-3.8.3-4
          SUBSCRIBE with reserved bits       | 82 06 0001 0001 61 04    | MQTT3-3.8.3-4
          UNSUBSCRIBE without filters        | A2 02 0001               | MQTT3-3.10.3-2
          CONNACK from a client              | 20 02 0000               | MQTT3-4.8.0-1
          packet type 15                     | F0 00                    | MQTT3-2.2.2-2
          remaining length of five bytes     | 30 FF FF FF FF 01        | MQTT3-2.2.3
          """)
  void anOlderClientIsClosed(String what, String packet, String clause) {
    try (RawClient client = RawClient.connected(gateway.port, 4, "raw")) {
      client.send(packet);

      assertThat(client.read()).as(what).isNull();
    }
  }

  @ParameterizedTest(name = "version {0}")
  @CsvSource({"4, closed", "5, 82"})
  void aSecondConnectEndsTheConnection(int version, String told) {
    try (RawClient client = RawClient.connected(gateway.port, version, "twice")) {
      client.send(RawClient.connect(version, "twice")); // [MQTT-3.1.0-2]

      RawClient.Packet answer = client.read();
      assertThat(answer == null ? "closed" : answer.disconnectCode()).isEqualTo(told);
    }
  }

  @Test
  void aMistakeOfOneClientLeavesTheOthersAlone() {
    try (RawClient good = RawClient.connected(gateway.port, 5, "good");
        RawClient bad = RawClient.connected(gateway.port, 5, "bad")) {
      bad.send("36 00");
      assertThat(bad.read()).isNotNull();

      good.send("C0 00"); // PINGREQ
      assertThat(good.read().first()).isEqualTo(0xD0);
    }
  }
}
