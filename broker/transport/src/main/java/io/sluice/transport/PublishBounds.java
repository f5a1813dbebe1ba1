package io.sluice.transport;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.sluice.message.Publication;
import io.sluice.message.PublishProperties;
import io.sluice.message.UserProperty;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What a PUBLISH or a will may be: the limits, and what is not on offer. Any thread; a packet
 * within the limits costs no allocation.
 */
final class PublishBounds {
  private PublishBounds() {}

  /** Null when the packet, apart from its topic, is within the limits. */
  static @Nullable Fault fault(TransportLimits limits, PublishPacket packet) {
    Fault fault = fault(limits, packet.qos().value(), packet.retain(), packet.payload().length);
    return fault == null ? fault(limits, packet.properties()) : fault;
  }

  private static @Nullable Fault fault(
      TransportLimits limits, int qos, boolean retain, int payloadBytes) {
    if (qos > limits.maximumQos()) {
      return new Fault(
          Reason.QOS_NOT_SUPPORTED,
          "QoS %d is not offered; the maximum is %d [MQTT-3.2.2-11] [MQTT-3.2.2-12]"
              .formatted(qos, limits.maximumQos()));
    }
    if (retain && !limits.retainAvailable()) {
      return new Fault(
          Reason.RETAIN_NOT_SUPPORTED, "retained messages are not offered [MQTT-3.2.2-14]");
    }
    if (payloadBytes > limits.payloadBytesMax()) {
      return new Fault(
          Reason.QUOTA,
          "a payload has %d bytes; at most %d are taken"
              .formatted(payloadBytes, limits.payloadBytesMax()));
    }
    return null;
  }

  private static @Nullable Fault fault(TransportLimits limits, PublishProperties properties) {
    int count = properties.userProperties().size();
    if (count > limits.userPropertiesMax()) {
      return new Fault(
          Reason.QUOTA,
          "a packet has %d user properties; at most %d are taken"
              .formatted(count, limits.userPropertiesMax()));
    }
    int bytes = 0;
    for (int i = 0; i < count; i++) {
      UserProperty property = properties.userProperties().get(i);
      bytes += ByteBufUtil.utf8Bytes(property.name()) + ByteBufUtil.utf8Bytes(property.value());
    }
    if (bytes > limits.userPropertyBytesMax()) {
      return new Fault(
          Reason.QUOTA,
          "the user properties of a packet have %d bytes; at most %d are taken"
              .formatted(bytes, limits.userPropertyBytesMax()));
    }
    byte[] correlation = properties.correlationData();
    if (correlation != null && correlation.length > limits.correlationBytesMax()) {
      return new Fault(
          Reason.QUOTA,
          "correlation data has %d bytes; at most %d are taken"
              .formatted(correlation.length, limits.correlationBytesMax()));
    }
    return null;
  }

  /** Whether a payload says that it is UTF-8 and is not (MQTT 5, 3.3.2.3.2). */
  static boolean isMislabelled(PublishPacket packet) {
    Integer format = packet.properties().payloadFormatIndicator();
    return format != null
        && format == 1
        && !ByteBufUtil.isText(Unpooled.wrappedBuffer(packet.payload()), StandardCharsets.UTF_8);
  }

  /** Null when the will may be published some day. */
  static @Nullable Fault fault(TransportLimits limits, Publication will) {
    Fault fault = fault(limits, will.qos().value(), will.retain(), will.payload().length);
    if (fault == null) {
      fault = fault(limits, will.properties());
    }
    String ofTopic = TopicBounds.fault(limits, will.topic());
    return fault == null && ofTopic != null ? new Fault(Reason.TOPIC_INVALID, ofTopic) : fault;
  }

  /** The same properties with a message expiry within the limits. */
  static PublishProperties expiring(TransportLimits limits, PublishProperties properties) {
    Long given = properties.messageExpirySeconds();
    long wanted = given == null ? limits.messageExpirySecondsDefault() : given;
    if (given == null && wanted == 0) {
      return properties;
    }
    long max = limits.messageExpirySecondsMax();
    long granted = max == 0 ? wanted : Math.min(wanted, max);
    if (limits.awsQuirks()) {
      granted = Math.max(1, granted); // AWS IoT Developer Guide, "Message expiry"
    }
    return given != null && granted == given
        ? properties
        : new PublishProperties(
            properties.payloadFormatIndicator(),
            granted,
            properties.contentType(),
            properties.responseTopic(),
            properties.correlationData(),
            properties.userProperties());
  }
}
