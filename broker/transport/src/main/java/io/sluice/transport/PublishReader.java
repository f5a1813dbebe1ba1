package io.sluice.transport;

import io.netty.buffer.ByteBuf;
import io.sluice.message.PublishProperties;
import io.sluice.message.QoS;
import io.sluice.message.UserProperty;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads PUBLISH, the packet that there are most of, without the decoder that the others go through:
 * the payload is copied once, a topic name that was there before is neither decoded nor made again,
 * and no property is boxed. {@link PacketCheck} has looked at the packet before, so lengths and
 * properties are well. One instance per connection, event loop only.
 */
final class PublishReader {
  private static final int DUP = 0x08;
  private static final int RETAIN = 0x01;
  private static final byte[] EMPTY = {};

  private byte[] lastTopic = EMPTY;
  private String lastTopicText = "";

  // of the packet that is read
  private int at;

  /**
   * Borrows the buffer, moves none of its indexes.
   *
   * @param flags the low half of the first byte; QoS 3 was refused before
   * @param from where the body begins
   * @param end where the packet ends
   * @throws PacketFault what is wrong with it
   */
  PublishPacket read(ByteBuf in, int flags, int from, int end, boolean v5) {
    QoS qos = QoS.of(flags >> 1 & 3);
    at = from;
    String topic = topic(in);
    int packetId = 0;
    if (qos != QoS.AT_MOST_ONCE) {
      packetId = in.getUnsignedShort(at);
      at += 2;
      if (packetId == 0) {
        throw new PacketFault(Reason.MALFORMED, "PUBLISH has packet identifier 0 [MQTT-2.2.1-3]");
      }
    }
    Properties properties = v5 ? properties(in) : NONE;
    byte[] payload = at == end ? EMPTY : new byte[end - at];
    in.getBytes(at, payload);
    return new PublishPacket(
        qos,
        (flags & DUP) != 0,
        (flags & RETAIN) != 0,
        topic,
        packetId,
        properties.alias,
        properties.travelling,
        payload);
  }

  // ---- topic name

  private String topic(ByteBuf in) {
    int length = in.getUnsignedShort(at);
    int from = at + 2;
    at = from + length;
    if (length == 0) {
      return "";
    }
    if (!isLast(in, from, length)) {
      byte[] utf8 = new byte[length];
      in.getBytes(from, utf8);
      lastTopicText = text(utf8);
      lastTopic = utf8;
    }
    return lastTopicText;
  }

  private boolean isLast(ByteBuf in, int from, int length) {
    byte[] last = lastTopic;
    if (last.length != length) {
      return false;
    }
    for (int i = length - 1; i >= 0; i--) { // topics of one device differ at their ends
      if (in.getByte(from + i) != last[i]) {
        return false;
      }
    }
    return true;
  }

  private static String text(byte[] utf8) {
    for (byte b : utf8) {
      if (b == 0) {
        throw new PacketFault(Reason.MALFORMED, "topic name holds U+0000 [MQTT-1.5.4-2]");
      }
      if (b == '+' || b == '#') {
        throw new PacketFault(
            Reason.MALFORMED, "topic name has a wildcard [MQTT-3.3.2-2] [MQTT-4.7.0-1]");
      }
    }
    return utf8(utf8, "topic name");
  }

  private static String utf8(byte[] bytes, String what) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException invalid) {
      throw new PacketFault(Reason.MALFORMED, what + " is not valid UTF-8 [MQTT-1.5.4-1]");
    }
  }

  // ---- properties

  /** What the properties of one packet say. */
  private record Properties(int alias, PublishProperties travelling) {}

  private static final Properties NONE =
      new Properties(PublishPacket.NO_ALIAS, PublishProperties.NONE);

  private Properties properties(ByteBuf in) {
    int end = variable(in);
    end += at; // behind the length's own bytes
    if (at == end) {
      return NONE;
    }
    int alias = PublishPacket.NO_ALIAS;
    Integer formatIndicator = null;
    Long expirySeconds = null;
    String contentType = null;
    String responseTopic = null;
    byte @Nullable [] correlationData = null;
    List<UserProperty> userProperties = List.of();
    while (at < end) {
      int identifier = in.getByte(at++);
      switch (identifier) {
        case PropertyRules.PAYLOAD_FORMAT_INDICATOR -> formatIndicator = (int) in.getByte(at++);
        case PropertyRules.MESSAGE_EXPIRY_INTERVAL -> {
          expirySeconds = in.getUnsignedInt(at);
          at += 4;
        }
        case PropertyRules.CONTENT_TYPE -> contentType = utf8(counted(in), "Content Type");
        case PropertyRules.RESPONSE_TOPIC -> responseTopic = utf8(counted(in), "Response Topic");
        case PropertyRules.CORRELATION_DATA -> correlationData = counted(in);
        case PropertyRules.TOPIC_ALIAS -> {
          alias = in.getUnsignedShort(at);
          at += 2;
        }
        case PropertyRules.USER_PROPERTY -> {
          userProperties = userProperties.isEmpty() ? new ArrayList<>() : userProperties;
          String name = utf8(counted(in), "User Property");
          userProperties.add(new UserProperty(name, utf8(counted(in), "User Property")));
        }
        default ->
            throw new PacketFault(
                Reason.PROTOCOL_ERROR,
                "a client's PUBLISH has a Subscription Identifier [MQTT-3.3.4-6]");
      }
    }
    PublishProperties read =
        new PublishProperties(
            formatIndicator,
            expirySeconds,
            contentType,
            responseTopic,
            correlationData,
            userProperties);
    return new Properties(alias, read.isEmpty() ? PublishProperties.NONE : read);
  }

  private byte[] counted(ByteBuf in) {
    byte[] bytes = new byte[in.getUnsignedShort(at)];
    in.getBytes(at + 2, bytes);
    at += 2 + bytes.length;
    return bytes;
  }

  private int variable(ByteBuf in) {
    int value = 0;
    for (int shift = 0; ; shift += 7) {
      int digit = in.getByte(at++);
      value |= (digit & 0x7F) << shift;
      if (digit >= 0) {
        return value;
      }
    }
  }
}
