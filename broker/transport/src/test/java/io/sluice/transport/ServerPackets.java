package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.message.TopicName;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.Map;
import java.util.Set;

/**
 * Reads what a server sends to one client and holds it to the specification, field by field: an
 * oracle that knows nothing of the code that wrote the bytes.
 */
final class ServerPackets {
  private static final String COUNTED = "text";
  private static final String PAIR = "pair";
  private static final String VARIABLE = "variable";

  /** Width or form of each property. */
  private static final Map<Integer, Object> FORM =
      Map.ofEntries(
          Map.entry(0x01, 1),
          Map.entry(0x02, 4),
          Map.entry(0x03, COUNTED),
          Map.entry(0x08, COUNTED),
          Map.entry(0x09, COUNTED),
          Map.entry(0x0B, VARIABLE),
          Map.entry(0x11, 4),
          Map.entry(0x12, COUNTED),
          Map.entry(0x13, 2),
          Map.entry(0x15, COUNTED),
          Map.entry(0x16, COUNTED),
          Map.entry(0x1A, COUNTED),
          Map.entry(0x1C, COUNTED),
          Map.entry(0x1F, COUNTED),
          Map.entry(0x21, 2),
          Map.entry(0x22, 2),
          Map.entry(0x23, 2),
          Map.entry(0x24, 1),
          Map.entry(0x25, 1),
          Map.entry(0x26, PAIR),
          Map.entry(0x27, 4),
          Map.entry(0x28, 1),
          Map.entry(0x29, 1),
          Map.entry(0x2A, 1));

  private static final Set<Integer> OF_CONNACK =
      Set.of(
          0x11, 0x12, 0x13, 0x15, 0x16, 0x1A, 0x1C, 0x1F, 0x21, 0x22, 0x24, 0x25, 0x26, 0x27, 0x28,
          0x29, 0x2A);
  private static final Set<Integer> OF_PUBLISH =
      Set.of(0x01, 0x02, 0x03, 0x08, 0x09, 0x0B, 0x23, 0x26);
  private static final Set<Integer> OF_ACKNOWLEDGEMENTS = Set.of(0x1F, 0x26);
  private static final Set<Integer> OF_DISCONNECT = Set.of(0x1C, 0x1F, 0x26);
  private static final Set<Integer> OF_AUTH = Set.of(0x15, 0x16, 0x1F, 0x26);

  private final int version;
  private final long packetBytesMax;
  private boolean connected;
  private boolean ended;
  private final BitSet aliases = new BitSet();
  private int count;

  /**
   * @param version what the client said it speaks; 0 when it never said that
   * @param packetBytesMax its Maximum Packet Size
   */
  ServerPackets(int version, long packetBytesMax) {
    this.version = version;
    this.packetBytesMax = packetBytesMax;
  }

  /** How many packets there were. */
  int count() {
    return count;
  }

  /** Reads all that was sent; it must be whole packets. */
  void read(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    while (in.hasRemaining()) {
      int begin = in.position();
      int first = in.get() & 0xFF;
      int length = variable(in);
      assertThat(length).as("remaining length").isLessThanOrEqualTo(in.remaining());
      ByteBuffer body = in.slice(in.position(), length);
      in.position(in.position() + length);
      if (!sawMalformedConnect(first, body)) { // it holds no limit one could rely on
        assertThat((long) in.position() - begin)
            .as("packet size")
            .isLessThanOrEqualTo(packetBytesMax);
      }
      packet(first, body);
      count++;
    }
  }

  private static boolean sawMalformedConnect(int first, ByteBuffer connack) {
    return first >> 4 == 2
        && connack.remaining() > 1
        && Set.of(0x81, 0x82, 0x84).contains(connack.get(1) & 0xFF);
  }

  private void packet(int first, ByteBuffer body) {
    int type = first >> 4;
    assertThat(ended).as("packet type %d after the end", type).isFalse();
    assertThat(type == 2).as("CONNACK comes first, and once").isEqualTo(!connected);
    if (type != 3) {
      assertThat(first & 15).as("flags of type %d", type).isEqualTo(type == 6 ? 2 : 0);
    }
    switch (type) {
      case 2 -> connack(body);
      case 3 -> publish(first & 15, body);
      case 4, 5, 6, 7 -> acknowledgement(body);
      case 9 -> suback(body, true);
      case 11 -> suback(body, version == 5);
      case 13 -> {}
      case 14 -> disconnect(body);
      case 15 -> {
        assertThat(version).as("AUTH").isEqualTo(5);
        body.get();
        properties(body, OF_AUTH);
      }
      default -> throw new AssertionError("packet type %d from a server".formatted(type));
    }
    if (type != 3) {
      assertThat(body.remaining()).as("bytes behind packet type %d", type).isZero();
    }
  }

  private void connack(ByteBuffer body) {
    connected = true;
    int flags = body.get();
    int code = body.get() & 0xFF;
    assertThat(flags).as("acknowledge flags").isBetween(0, code == 0 ? 1 : 0); // [MQTT-3.2.2-6]
    ended = code != 0;
    if (version == 5) {
      assertThat(code == 0 || code >= 0x80).as("code %02X", code).isTrue();
      properties(body, OF_CONNACK);
    } else if (version == 0 && code == 0x84) { // for a version to come, as MQTT 5 says it
      properties(body, OF_CONNACK);
    } else {
      assertThat(code).isBetween(0, 5);
    }
  }

  private void publish(int flags, ByteBuffer body) {
    int qos = flags >> 1 & 3;
    assertThat(qos).isLessThan(3);
    assertThat(qos == 0 && (flags & 8) != 0).as("DUP with QoS 0 [MQTT-3.3.1-2]").isFalse();
    String topic = text(body);
    if (qos > 0) {
      packetId(body);
    }
    int alias = version == 5 ? properties(body, OF_PUBLISH) : 0;
    if (!topic.isEmpty() || !aliases.get(alias)) {
      TopicName.of(topic); // also: no wildcards
    }
    if (alias > 0) {
      aliases.set(alias); // [MQTT-3.3.2-12]
    }
  }

  private void acknowledgement(ByteBuffer body) {
    packetId(body);
    if (body.hasRemaining()) {
      assertThat(version).as("a reason code").isEqualTo(5);
      body.get();
      if (body.hasRemaining()) {
        properties(body, OF_ACKNOWLEDGEMENTS);
      }
    }
  }

  private void suback(ByteBuffer body, boolean codes) {
    packetId(body);
    if (version == 5) {
      properties(body, OF_ACKNOWLEDGEMENTS);
    }
    assertThat(body.hasRemaining()).as("codes").isEqualTo(codes);
    while (body.hasRemaining()) {
      int code = body.get() & 0xFF;
      assertThat(version == 5 || code < 3 || code == 0x80).as("code %02X", code).isTrue();
    }
  }

  private void disconnect(ByteBuffer body) {
    ended = true;
    assertThat(version).as("DISCONNECT from a server").isEqualTo(5);
    if (body.hasRemaining()) {
      assertThat(body.get() & 0xFF).isNotEqualTo(0x04);
      if (body.hasRemaining()) {
        properties(body, OF_DISCONNECT);
      }
    }
  }

  private static void packetId(ByteBuffer body) {
    assertThat(body.getShort()).as("packet identifier").isNotZero();
  }

  /** Answers the topic alias among them, 0 for none. */
  private static int properties(ByteBuffer body, Set<Integer> allowed) {
    int alias = 0;
    int length = variable(body);
    ByteBuffer in = body.slice(body.position(), length);
    body.position(body.position() + length);
    BitSet seen = new BitSet();
    while (in.hasRemaining()) {
      int property = in.get();
      assertThat(allowed).as("property").contains(property);
      boolean several = property == 0x26 || property == 0x0B;
      assertThat(seen.get(property) && !several).as("property %02X twice", property).isFalse();
      seen.set(property);
      if (property == 0x23) {
        alias = in.getShort(in.position()) & 0xFFFF;
        assertThat(alias).as("topic alias").isPositive(); // [MQTT-3.3.2-8]
      }
      Object form = FORM.get(property);
      if (form instanceof Integer width) {
        in.position(in.position() + width);
      } else if (form.equals(VARIABLE)) {
        assertThat(variable(in)).isPositive();
      } else if (property == 0x09 || property == 0x16) {
        in.position(in.position() + 2 + in.getShort(in.position()) & 0xFFFF);
      } else {
        text(in);
        if (form.equals(PAIR)) {
          text(in);
        }
      }
    }
    return alias;
  }

  private static String text(ByteBuffer in) {
    int length = in.getShort() & 0xFFFF;
    ByteBuffer utf8 = in.slice(in.position(), length);
    in.position(in.position() + length);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(utf8).toString();
    } catch (CharacterCodingException bad) {
      throw new AssertionError("text from the server is not UTF-8 [MQTT-1.5.4-1]", bad);
    }
  }

  private static int variable(ByteBuffer in) {
    int value = 0;
    for (int shift = 0; shift < 28; shift += 7) {
      int digit = in.get();
      value |= (digit & 0x7F) << shift;
      if (digit >= 0) {
        assertThat(digit == 0 && shift > 0).as("longer than needed [MQTT-1.5.5-1]").isFalse();
        return value;
      }
    }
    throw new AssertionError("a variable byte integer of five bytes");
  }
}
