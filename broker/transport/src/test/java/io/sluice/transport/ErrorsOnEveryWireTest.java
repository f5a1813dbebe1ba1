package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sections 1.5, 2.1, 2.2 and 4.13: packets that break the rules, of every type. */
class ErrorsOnEveryWireTest extends OnEveryWire {

  @ParameterizedTest(name = "{0} [{3}]")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          PUBLISH with both QoS bits                 | 36 07 0001 61 0001 00           | 81 | MQTT-3.3.1-4
          PUBLISH QoS 0 with DUP                     | 38 04 0001 61 00                | 81 | MQTT-3.3.1-2
          PUBLISH QoS 1 with identifier 0            | 32 06 0001 61 0000 00           | 81,82 | MQTT-2.2.1-3
          PUBLISH QoS 2 with identifier 0            | 34 06 0001 61 0000 00           | 81,82 | MQTT-2.2.1-3
          PUBLISH without an identifier              | 32 03 0001 61                   | 81 | MQTT-2.2.1-3
          PUBLISH without properties                 | 30 03 0001 61                   | 81 | MQTT-2.2.2-1
          PUBLISH with a topic past its end          | 30 04 0009 61 00                | 81 | MQTT-3.3.2-1
          PUBLISH with properties past its end       | 30 04 0001 61 09                | 81 | MQTT-2.2.2-1
          PUBLISH with a property cut short          | 30 06 0001 61 02 02 00          | 81 | 5, 2.2.2
          PUBLISH with an unknown property           | 30 06 0001 61 02 7F 00          | 81,82 | 5, 2.2.2
          PUBLISH with a property of CONNECT         | 30 09 0001 61 05 11 00000001    | 81,82 | 5, 2.2.2
          PUBLISH with two payload formats           | 30 08 0001 61 04 01 00 01 01    | 81,82 | 5, 3.3.2.3.2
          PUBLISH with payload format 2              | 30 06 0001 61 02 01 02          | 81,82 | 5, 3.3.2.3.2
          PUBLISH with two expiries                  | 30 0E 0001 61 0A 0200000001 0200000001 | 81,82 | 5, 3.3.2.3.3
          PUBLISH with two aliases                   | 30 0A 0001 61 06 23 0001 23 0002 | 81,82 | 5, 3.3.2.3.4
          PUBLISH with two response topics           | 30 0C 0001 61 08 08 0001 62 08 0001 63 | 81,82 | 5, 3.3.2.3.5
          PUBLISH with a wildcard to answer to       | 30 08 0001 61 04 08 0001 23     | 81,82,90 | MQTT-3.3.2-14
          PUBLISH with a response topic, not UTF-8   | 30 08 0001 61 04 08 0001 FF     | 81 | MQTT-3.3.2-13
          PUBLISH with a content type, not UTF-8     | 30 08 0001 61 04 03 0001 FF     | 81 | MQTT-3.3.2-19
          PUBLISH with a user property, not UTF-8    | 30 0B 0001 61 07 26 0001 FF 0001 61 | 81 | MQTT-1.5.7-1
          PUBLISH with a user value, not UTF-8       | 30 0B 0001 61 07 26 0001 61 0001 FF | 81 | MQTT-1.5.7-1
          PUBLISH with a subscription identifier     | 30 06 0001 61 02 0B 01          | 82 | MQTT-3.3.4-6
          PUBLISH to what is not UTF-8               | 30 05 0002 C328 00              | 81 | MQTT-1.5.4-1
          PUBLISH to a surrogate                     | 30 06 0003 EDA080 00            | 81 | MQTT-1.5.4-1
          PUBLISH to an overlong form                | 30 05 0002 C080 00              | 81 | MQTT-1.5.4-1
          PUBLISH with alias 0                       | 30 07 0001 61 03 23 0000        | 94,82 | MQTT-3.3.2-8
          PUBLISH with an alias too high             | 30 07 0001 61 03 23 FFFF        | 94 | MQTT-3.3.2-9
          PUBLISH with an alias never given          | 30 06 0000 03 23 0001           | 82 | 5, 3.3.4
          SUBSCRIBE with flags 0                     | 80 07 0001 00 0001 61 00        | 81 | MQTT-3.8.1-1
          SUBSCRIBE without filters                  | 82 03 0001 00                   | 82 | MQTT-3.8.3-2
          SUBSCRIBE with identifier 0                | 82 07 0000 00 0001 61 00        | 81,82 | MQTT-2.2.1-3
          SUBSCRIBE without options                  | 82 06 0001 00 0001 61           | 81 | MQTT-3.8.3-2
          SUBSCRIBE with a filter past its end       | 82 07 0001 00 0009 61 00        | 81 | MQTT-3.8.3-1
          SUBSCRIBE with two identifiers             | 82 0B 0001 04 0B 01 0B 02 0001 61 00 | 81,82 | 5, 3.8.2.1.2
          SUBSCRIBE to what is not UTF-8             | 82 08 0001 00 0002 C328 00      | SUBACK,81 | MQTT-3.8.3-1
          UNSUBSCRIBE with flags 0                   | A0 06 0001 00 0001 61           | 81 | MQTT-3.10.1-1
          UNSUBSCRIBE without filters                | A2 03 0001 00                   | 82 | MQTT-3.10.3-2
          UNSUBSCRIBE from what is not UTF-8         | A2 07 0001 00 0002 C328         | 81 | MQTT-3.10.3-1
          UNSUBSCRIBE with identifier 0              | A2 06 0000 00 0001 61           | 81,82 | MQTT-2.2.1-3
          UNSUBSCRIBE with a filter past its end     | A2 06 0001 00 0009 61           | 81 | MQTT-3.10.3-1
          PUBACK with flags                          | 41 02 0001                      | 81 | MQTT-2.1.3-1
          PUBACK cut short                           | 40 01 00                        | 81 | 5, 3.4.2
          PUBREC with flags                          | 51 02 0001                      | 81 | MQTT-2.1.3-1
          PUBREL with flags 0                        | 60 02 0001                      | 81 | MQTT-3.6.1-1
          PUBCOMP with flags                         | 71 02 0001                      | 81 | MQTT-2.1.3-1
          PINGREQ with flags                         | C1 00                           | 81 | MQTT-2.1.3-1
          PINGREQ with a body                        | C0 01 00                        | 81 | 5, 3.12
          DISCONNECT with flags                      | E1 00                           | 81 | MQTT-3.14.1-1
          DISCONNECT with a property cut short       | E0 04 00 02 11 00               | 81 | 5, 3.14.2
          DISCONNECT with two expiries               | E0 0C 00 0A 11 00000000 11 00000000 | 81,82 | 5, 3.14.2.2.2
          AUTH with flags                            | F1 00                           | 81 | MQTT-3.15.1-1
          AUTH without a method                      | F0 00                           | 82 | MQTT-4.12.0-7
          CONNACK from a client                      | 20 03 00 00 00                  | 81,82 | 5, 2.1.2
          SUBACK from a client                       | 90 04 0001 00 00                | 81,82 | 5, 2.1.2
          UNSUBACK from a client                     | B0 04 0001 00 00                | 81,82 | 5, 2.1.2
          PINGRESP from a client                     | D0 00                           | 81,82 | 5, 2.1.2
          packet type 0                              | 00 00                           | 81,82 | 5, 2.1.2
          a length of five bytes                     | 30 FF FF FF FF 01               | 81 | 5, 1.5.5
          a length longer than it needs to be        | C0 80 00                        | 81 | MQTT-1.5.5-1
          """)
  void anMqtt5ClientThatBreaksTheRulesIsToldAndDisconnected(
      String what, String packet, String codes, String clause) {
    try (Dialog client = client(5, "c");
        Dialog other = client(5, "o")) {
      client.say(Say.hex(packet));
      Heard answer = client.hear();
      if (answer.type() == Heard.SUBACK && codes.contains("SUBACK")) {
        assertThat(answer.codes()).isEqualTo("8F");
      } else {
        assertThat(answer.type()).as("type of %s", answer).isEqualTo(Heard.DISCONNECT);
        assertThat(codes.split(",", -1)).contains("%02X".formatted(answer.code()));
        client.isClosed(); // [MQTT-4.13.1-1] [MQTT-4.13.2-1]
      }
      other.hearNothing(); // no consequences for others
    }
  }

  @ParameterizedTest(name = "{0} [{2}]")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          PUBLISH with both QoS bits              | 36 06 0001 61 0001           | MQTT3-3.3.1-4
          PUBLISH QoS 0 with DUP                  | 38 03 0001 61                | MQTT3-3.3.1-2
          PUBLISH QoS 1 with identifier 0         | 32 05 0001 61 0000           | MQTT3-2.3.1-1
          PUBLISH QoS 2 with identifier 0         | 34 05 0001 61 0000           | MQTT3-2.3.1-1
          PUBLISH without an identifier           | 32 03 0001 61                | MQTT3-2.3.1-1
          PUBLISH with a topic past its end       | 30 03 0009 61                | MQTT3-3.3.2-1
          PUBLISH to a wildcard                   | 30 03 0001 23                | MQTT3-3.3.2-2
          PUBLISH to no topic                     | 30 02 0000                   | MQTT3-4.7.3-1
          PUBLISH to what is not UTF-8            | 30 04 0002 C328              | MQTT3-1.5.3-1
          PUBLISH to a surrogate                  | 30 05 0003 EDA080            | MQTT3-1.5.3-1
          PUBLISH to U+0000                       | 30 03 0001 00                | MQTT3-1.5.3-2
          SUBSCRIBE with flags 0                  | 80 06 0001 0001 61 00        | MQTT3-3.8.1-1
          SUBSCRIBE without filters               | 82 02 0001                   | MQTT3-3.8.3-3
          SUBSCRIBE with identifier 0             | 82 06 0000 0001 61 00        | MQTT3-2.3.1-1
          SUBSCRIBE without a QoS                 | 82 05 0001 0001 61           | MQTT3-3.8.3-3
          SUBSCRIBE with QoS 3                    | 82 06 0001 0001 61 03        | MQTT3-3.8.3-4
          SUBSCRIBE with reserved bits            | 82 06 0001 0001 61 04        | MQTT3-3.8.3-4
          SUBSCRIBE with a filter past its end    | 82 06 0001 0009 61 00        | MQTT3-3.8.3-1
          UNSUBSCRIBE with flags 0                | A0 05 0001 0001 61           | MQTT3-3.10.1-1
          UNSUBSCRIBE without filters             | A2 02 0001                   | MQTT3-3.10.3-2
          UNSUBSCRIBE from what is not UTF-8      | A2 06 0001 0002 C328         | MQTT3-3.10.3-1
          UNSUBSCRIBE with a filter past its end  | A2 05 0001 0009 61           | MQTT3-3.10.3-1
          PUBACK with flags                       | 41 02 0001                   | MQTT3-2.2.2-2
          PUBACK cut short                        | 40 01 00                     | MQTT3-4.8.0-1
          PUBREC with flags                       | 51 02 0001                   | MQTT3-2.2.2-2
          PUBREL with flags 0                     | 60 02 0001                   | MQTT3-3.6.1-1
          PUBCOMP with flags                      | 71 02 0001                   | MQTT3-2.2.2-2
          PINGREQ with flags                      | C1 00                        | MQTT3-2.2.2-2
          DISCONNECT with flags                   | E1 00                        | MQTT3-3.14.1-1
          CONNACK from a client                   | 20 02 0000                   | MQTT3-4.8.0-1
          SUBACK from a client                    | 90 03 0001 00                | MQTT3-4.8.0-1
          UNSUBACK from a client                  | B0 02 0001                   | MQTT3-4.8.0-1
          PINGRESP from a client                  | D0 00                        | MQTT3-4.8.0-1
          AUTH, which does not exist yet          | F0 00                        | MQTT3-2.2.2-2
          packet type 0                           | 00 00                        | MQTT3-2.2.2-2
          a length of five bytes                  | 30 FF FF FF FF 01            | MQTT3, 2.2.3
          """)
  void anOlderClientThatBreaksTheRulesIsClosed(String what, String packet, String clause) {
    for (int version : new int[] {3, 4}) {
      try (Dialog client = client(version, "c");
          Dialog other = client(version, "o")) {
        client.say(Say.hex(packet)).isClosed(); // [MQTT3-4.8.0-1]
        other.hearNothing();
      }
    }
  }

  @Test
  void nothingAfterTheErrorIsHeard() {
    try (Dialog watcher = client(5, "w");
        Dialog client = client(5, "c")) {
      watcher.subscribe(1, topic("#"), 0);
      client.say(
          Say.publish(topic("before"), "before"),
          Say.hex("36 07 0001 61 0001 00"),
          Say.publish(topic("after"), "after"));
      client.isDisconnected(0x81);
      assertThat(watcher.hear(Heard.PUBLISH).text()).isEqualTo("before");
      watcher.hearNothing();
    }
  }
}
