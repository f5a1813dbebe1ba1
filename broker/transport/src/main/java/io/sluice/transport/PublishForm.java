package io.sluice.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.sluice.message.Publication;
import io.sluice.message.PublishProperties;
import io.sluice.message.UserProperty;
import io.sluice.session.Shipment;
import java.nio.charset.StandardCharsets;

/**
 * PUBLISH packets as bytes. What all receivers of a fan-out share is encoded once and kept with the
 * {@link Shipment}; the first byte (QoS, DUP, RETAIN) and the packet identifier are set when it is
 * written to one of them.
 */
final class PublishForm {
  private static final int PUBLISH = 0x30;
  private static final int DUP = 0x08;
  private static final int RETAIN = 0x01;

  private static final int PAYLOAD_FORMAT_INDICATOR = 0x01;
  private static final int MESSAGE_EXPIRY_INTERVAL = 0x02;
  private static final int CONTENT_TYPE = 0x03;
  private static final int RESPONSE_TOPIC = 0x08;
  private static final int CORRELATION_DATA = 0x09;
  private static final int SUBSCRIPTION_IDENTIFIER = 0x0B;
  private static final int TOPIC_ALIAS = 0x23;
  private static final int USER_PROPERTY = 0x26;

  private static final byte[] NO_PROPERTIES = {};
  private static final byte[] NO_TOPIC = {};
  private static final int FORM_V5 = 2;
  private static final int FORM_PACKET_ID = 1;

  private PublishForm() {}

  /** The packet's bytes with QoS 0 flags and packet identifier 0; shared, so do not change them. */
  static byte[] of(Shipment shipment, boolean v5, boolean packetId, int[] subscriptionIds) {
    Publication publication = shipment.publication();
    if (v5
        && (subscriptionIds.length > 0
            || publication.properties().messageExpirySeconds() != null)) {
      return encode(
          publication, true, packetId, subscriptionIds, 0, true); // differs among receivers
    }
    int index = (v5 ? FORM_V5 : 0) | (packetId ? FORM_PACKET_ID : 0);
    byte[] form = shipment.form(index);
    if (form == null) {
      form = encode(publication, v5, packetId, subscriptionIds, 0, true);
      shipment.keepForm(index, form);
    }
    return form;
  }

  /**
   * As {@link #of}, for one receiver of MQTT 5 that knows the topic by an alias, or is told it now.
   *
   * @param withTopic whether the topic name goes along [MQTT-3.3.2-8]
   */
  static byte[] aliased(
      Publication publication,
      boolean packetId,
      int[] subscriptionIds,
      int alias,
      boolean withTopic) {
    return encode(publication, true, packetId, subscriptionIds, alias, withTopic);
  }

  /** Writes a form for one receiver. */
  static void write(
      ByteBuf out, byte[] form, int qos, boolean duplicate, boolean retain, int packetId) {
    int start = out.writerIndex();
    out.writeBytes(form);
    out.setByte(start, PUBLISH | qos << 1 | (duplicate ? DUP : 0) | (retain ? RETAIN : 0));
    if (qos > 0) {
      int topic = 1;
      while (form[topic] < 0) { // remaining length: the high bit says that another byte follows
        topic++;
      }
      topic++;
      int length = (form[topic] & 0xFF) << 8 | form[topic + 1] & 0xFF;
      out.setShort(start + topic + 2 + length, packetId);
    }
  }

  private static byte[] encode(
      Publication publication,
      boolean v5,
      boolean packetId,
      int[] subscriptionIds,
      int alias,
      boolean withTopic) {
    byte[] topic = withTopic ? publication.topic().utf8() : NO_TOPIC;
    byte[] payload = publication.payload();
    byte[] properties = v5 ? properties(publication, subscriptionIds, alias) : NO_PROPERTIES;
    int remaining =
        Short.BYTES
            + topic.length
            + (packetId ? Short.BYTES : 0)
            + (v5 ? variableLength(properties.length) + properties.length : 0)
            + payload.length;
    byte[] form = new byte[1 + variableLength(remaining) + remaining];
    form[0] = PUBLISH;
    int at = putVariable(form, 1, remaining);
    form[at++] = (byte) (topic.length >> 8);
    form[at++] = (byte) topic.length;
    System.arraycopy(topic, 0, form, at, topic.length);
    at += topic.length + (packetId ? Short.BYTES : 0);
    if (v5) {
      at = putVariable(form, at, properties.length);
      System.arraycopy(properties, 0, form, at, properties.length);
      at += properties.length;
    }
    System.arraycopy(payload, 0, form, at, payload.length);
    return form;
  }

  private static byte[] properties(Publication publication, int[] subscriptionIds, int alias) {
    if (subscriptionIds.length == 0 && alias == 0 && publication.properties().isEmpty()) {
      return NO_PROPERTIES;
    }
    ByteBuf out = Unpooled.buffer();
    if (alias != 0) {
      out.writeByte(TOPIC_ALIAS).writeShort(alias);
    }
    writeProperties(out, publication, subscriptionIds);
    return ByteBufUtil.getBytes(out); // of the heap: the collector takes it
  }

  private static void writeProperties(ByteBuf out, Publication publication, int[] subscriptionIds) {
    PublishProperties p = publication.properties();
    if (p.payloadFormatIndicator() != null) {
      out.writeByte(PAYLOAD_FORMAT_INDICATOR).writeByte(p.payloadFormatIndicator());
    }
    if (p.messageExpirySeconds() != null) {
      long left = (publication.expiresAtMicros() - Outbound.nowMicros() + 999_999) / 1_000_000;
      left =
          Math.max(0, Math.min(left, p.messageExpirySeconds())); // stamps may run ahead of clocks
      out.writeByte(MESSAGE_EXPIRY_INTERVAL).writeInt((int) left); // [MQTT-3.3.2-6]
    }
    if (p.contentType() != null) {
      writeText(out.writeByte(CONTENT_TYPE), p.contentType());
    }
    if (p.responseTopic() != null) {
      writeText(out.writeByte(RESPONSE_TOPIC), p.responseTopic());
    }
    if (p.correlationData() != null) {
      out.writeByte(CORRELATION_DATA)
          .writeShort(p.correlationData().length)
          .writeBytes(p.correlationData());
    }
    for (int id : subscriptionIds) { // [MQTT-3.3.4-3] [MQTT-3.3.4-4]
      writeVariable(out.writeByte(SUBSCRIPTION_IDENTIFIER), id);
    }
    for (UserProperty property : p.userProperties()) { // [MQTT-3.3.2-18]
      writeText(out.writeByte(USER_PROPERTY), property.name());
      writeText(out, property.value());
    }
  }

  private static void writeText(ByteBuf out, String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    out.writeShort(utf8.length).writeBytes(utf8);
  }

  static int variableLength(int value) {
    return value < 128 ? 1 : value < 16_384 ? 2 : value < 2_097_152 ? 3 : 4;
  }

  private static int putVariable(byte[] to, int from, int value) {
    int at = from;
    int left = value;
    while (left > 127) {
      to[at++] = (byte) (left & 0x7F | 0x80);
      left >>>= 7;
    }
    to[at++] = (byte) left;
    return at;
  }

  static void writeVariable(ByteBuf out, int value) {
    int left = value;
    while (left > 127) {
      out.writeByte(left & 0x7F | 0x80);
      left >>>= 7;
    }
    out.writeByte(left);
  }
}
