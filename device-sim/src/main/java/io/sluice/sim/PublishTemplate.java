package io.sluice.sim;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/**
 * A PUBLISH that is written again and again: encoded once, then copied with its packet identifier,
 * its time and its number patched in. The payload starts with the time of sending (8 bytes,
 * nanoseconds) and the number (8 bytes), as far as it has room. Immutable.
 */
final class PublishTemplate {
  static final int TIME_BYTES = 8;
  static final int STAMP_BYTES = 16;

  private final byte[] packet;
  private final int packetIdAt; // -1 at QoS 0
  private final int payloadAt;
  private final int payloadBytes;

  PublishTemplate(MqttVersion version, String topic, int qos, int payloadBytes) {
    byte[] name = topic.getBytes(StandardCharsets.UTF_8);
    int properties = version == MqttVersion.V5 ? 1 : 0;
    ByteBuf out = Unpooled.buffer();
    out.writeByte(0x30 | qos << 1);
    Wire.writeLength(out, 2 + name.length + (qos > 0 ? 2 : 0) + properties + payloadBytes);
    out.writeShort(name.length).writeBytes(name);
    this.packetIdAt = qos > 0 ? out.writerIndex() : -1;
    out.writeZero((qos > 0 ? 2 : 0) + properties);
    this.payloadAt = out.writerIndex();
    this.payloadBytes = payloadBytes;
    out.writeZero(payloadBytes);
    this.packet = ByteBufUtil.getBytes(out);
  }

  void write(ByteBuf out, int packetId, long sentNanos, long number) {
    int at = out.writerIndex();
    out.writeBytes(packet);
    if (packetIdAt >= 0) {
      out.setShort(at + packetIdAt, packetId);
    }
    if (payloadBytes >= TIME_BYTES) {
      out.setLong(at + payloadAt, sentNanos);
    }
    if (payloadBytes >= STAMP_BYTES) {
      out.setLong(at + payloadAt + TIME_BYTES, number);
    }
  }
}
