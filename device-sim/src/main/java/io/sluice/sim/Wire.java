package io.sluice.sim;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;

/**
 * The few MQTT control packets that the bench sends, written straight into a buffer: a codec that
 * makes an object per packet would cost the generator more than a good broker costs. Section 2.1 of
 * both specifications; what is valid is the caller's to know.
 */
final class Wire {
  static final int CONNACK = 2;
  static final int PUBLISH = 3;
  static final int PUBACK = 4;
  static final int PUBREC = 5;
  static final int PUBREL = 6;
  static final int PUBCOMP = 7;
  static final int SUBACK = 9;
  static final int PINGRESP = 13;
  static final int DISCONNECT = 14;

  private static final int SESSION_EXPIRY_INTERVAL = 0x11;
  private static final int CLEAN_START = 0x02;

  private Wire() {}

  /**
   * @param sessionExpirySeconds only MQTT 5 can say it; 3.1.1 keeps a session that is not clean
   */
  static void connect(
      ByteBuf out,
      MqttVersion version,
      String clientId,
      boolean cleanStart,
      int keepAliveSeconds,
      int sessionExpirySeconds) {
    boolean five = version == MqttVersion.V5;
    int properties = five ? 1 + (sessionExpirySeconds > 0 ? 5 : 0) : 0;
    out.writeByte(0x10);
    writeLength(out, 10 + properties + 2 + ByteBufUtil.utf8Bytes(clientId));
    writeText(out, "MQTT");
    out.writeByte(version.level()).writeByte(cleanStart ? CLEAN_START : 0);
    out.writeShort(keepAliveSeconds);
    if (five) {
      out.writeByte(properties - 1);
      if (sessionExpirySeconds > 0) {
        out.writeByte(SESSION_EXPIRY_INTERVAL).writeInt(sessionExpirySeconds);
      }
    }
    writeText(out, clientId);
  }

  static void subscribe(ByteBuf out, MqttVersion version, int packetId, String filter, int qos) {
    boolean five = version == MqttVersion.V5;
    out.writeByte(0x82);
    writeLength(out, 2 + (five ? 1 : 0) + 2 + ByteBufUtil.utf8Bytes(filter) + 1);
    out.writeShort(packetId);
    if (five) {
      out.writeByte(0); // no properties
    }
    writeText(out, filter);
    out.writeByte(qos);
  }

  /**
   * @param flags DUP 8, QoS 2 or 4, RETAIN 1
   * @param packetId not written at QoS 0
   */
  static void publish(
      ByteBuf out, MqttVersion version, int flags, String topic, int packetId, byte[] payload) {
    boolean five = version == MqttVersion.V5;
    boolean identified = (flags & 6) != 0;
    out.writeByte(PUBLISH << 4 | flags);
    writeLength(
        out,
        2 + ByteBufUtil.utf8Bytes(topic) + (identified ? 2 : 0) + (five ? 1 : 0) + payload.length);
    writeText(out, topic);
    if (identified) {
      out.writeShort(packetId);
    }
    if (five) {
      out.writeByte(0); // no properties
    }
    out.writeBytes(payload);
  }

  /** PUBACK, PUBREC, PUBREL or PUBCOMP; without a reason code it means success in MQTT 5 too. */
  static void acknowledge(ByteBuf out, int type, int packetId) {
    int flags = type == PUBREL ? 0x02 : 0;
    out.writeInt((type << 4 | flags) << 24 | 2 << 16 | packetId);
  }

  static void ping(ByteBuf out) {
    out.writeShort(0xC000);
  }

  static void disconnect(ByteBuf out) {
    out.writeShort(0xE000);
  }

  /** A variable byte integer (section 1.5.5 of MQTT 5). */
  static void writeLength(ByteBuf out, int length) {
    int rest = length;
    while (rest > 127) {
      out.writeByte(rest & 127 | 128);
      rest >>>= 7;
    }
    out.writeByte(rest);
  }

  private static void writeText(ByteBuf out, String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    out.writeShort(utf8.length).writeBytes(utf8);
  }
}
