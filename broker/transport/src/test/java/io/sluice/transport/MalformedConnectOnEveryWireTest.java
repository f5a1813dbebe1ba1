package io.sluice.transport;

import static io.sluice.transport.RawClient.join;
import static io.sluice.transport.RawClient.packet;
import static io.sluice.transport.RawClient.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Section 3.1: what is called CONNECT and is not well formed. */
class MalformedConnectOnEveryWireTest extends OnEveryWire {

  static Stream<Arguments> malformedConnects() {
    List<Arguments> rows = new ArrayList<>();
    byte[] will = join(text("w"), text("gone"));
    byte[] bad = RawClient.hex("0002 C328"); // two bytes that are not UTF-8
    for (int v : new int[] {4, 5}) {
      byte[] none = v == 5 ? new byte[1] : new byte[0];
      malformed(rows, v, "the reserved flag", 0x03, "3.1.2-3", text("id"));
      malformed(rows, v, "a will flag without a will", 0x06, "3.1.2-9", text("id"));
      malformed(rows, v, "a will without a message", 0x06, "3.1.2-9", text("id"), none, text("w"));
      malformed(rows, v, "will QoS without a will", 0x0A, "3.1.2-11", text("id"));
      malformed(rows, v, "will retain without a will", 0x22, "3.1.2-13", text("id"));
      malformed(rows, v, "will QoS 3", 0x1E, "3.1.2-12", text("id"), none, will);
      malformed(rows, v, "a user name without its flag", 0x02, "3.1.2-16", text("id"), text("u"));
      malformed(rows, v, "a user name flag without a name", 0x82, "3.1.2-17", text("id"));
      malformed(
          rows,
          v,
          "a password without its flag",
          0x82,
          "3.1.2-18",
          text("id"),
          text("u"),
          text("p"));
      malformed(rows, v, "a password flag alone", 0xC2, "3.1.2-19", text("id"), text("u"));
      malformed(rows, v, "no client identifier", 0x02, "3.1.3-3");
      malformed(
          rows,
          v,
          "a will topic that is not UTF-8",
          0x06,
          "3.1.3-11",
          text("id"),
          none,
          bad,
          text("m"));
      malformed(rows, v, "a user name that is not UTF-8", 0x82, "3.1.3-12", text("id"), bad);
      malformed(rows, v, "a string that passes the end", 0x02, "3.1.4-1", RawClient.hex("00FF 61"));
    }
    malformed(
        rows, 4, "a password without a user name", 0x42, "MQTT3-3.1.2-22", text("id"), text("p"));
    for (String wrong :
        List.of(
            "21 0000 | Receive Maximum 0",
            "27 00000000 | Maximum Packet Size 0",
            "21 0001 21 0002 | a property twice",
            "11 00000001 11 00000001 | an expiry twice",
            "03 0001 61 | a property of other packets",
            "19 02 | Request Response Information 2",
            "17 02 | Request Problem Information 2",
            "16 0001 61 | Authentication Data without a method",
            "7F 00 | a property that does not exist")) {
      int bar = wrong.indexOf(" | ");
      byte[] list = RawClient.hex(wrong.substring(0, bar));
      rows.add(
          arguments(
              wrong.substring(bar + 3),
              5,
              packet(
                  0x10,
                  text("MQTT"),
                  new byte[] {5, 2, 0, 60, (byte) list.length},
                  list,
                  text("id")),
              "5, 3.1.2.11"));
    }
    return rows.stream();
  }

  private static void malformed(
      List<Arguments> rows, int v, String what, int flags, String clause, byte[]... payload) {
    byte[] packet =
        packet(
            0x10,
            text("MQTT"),
            new byte[] {(byte) v, (byte) flags, 0, 60},
            v == 5 ? new byte[1] : new byte[0],
            join(payload));
    rows.add(arguments(what, v, packet, clause));
  }

  @ParameterizedTest(name = "{0}, level {1} [{3}]")
  @MethodSource("malformedConnects")
  void aConnectThatIsNotWellFormedIsNotLetIn(
      String what, int version, byte[] packet, String clause) {
    try (RawClient client = wires.open(wire)) {
      client.send(packet);

      RawClient.Packet answer = client.read();
      if (answer != null) { // MQTT 5 may say why; before, a close is all there is [MQTT3-3.1.4-1]
        Heard connack = new Heard(version, answer.first(), answer.body());
        assertThat(version).as("%s was answered with %s", what, connack).isEqualTo(5);
        assertThat(connack.type()).isEqualTo(Heard.CONNACK);
        assertThat(connack.code()).as("%s", connack).isGreaterThanOrEqualTo(0x80);
        assertThat(connack.sessionPresent()).isFalse(); // [MQTT-3.2.2-6]
        assertThat(client.read()).isNull(); // [MQTT-3.2.2-7] [MQTT-3.1.4-1]
      }
    }
  }
}
