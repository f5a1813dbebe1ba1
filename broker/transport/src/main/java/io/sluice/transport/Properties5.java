package io.sluice.transport;

import io.netty.handler.codec.mqtt.MqttProperties;
import io.sluice.message.PublishProperties;
import io.sluice.message.UserProperty;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the properties of MQTT 5 packets out of Netty's form. */
final class Properties5 {
  private Properties5() {}

  static @Nullable Integer integer(MqttProperties properties, int type) {
    MqttProperties.MqttProperty<?> property = properties.getProperty(type);
    return property == null ? null : (Integer) property.value();
  }

  static int integer(MqttProperties properties, int type, int absent) {
    Integer value = integer(properties, type);
    return value == null ? absent : value;
  }

  /** A four byte integer without sign; Netty hands it out as a signed one. */
  static long unsigned(MqttProperties properties, int type, long absent) {
    Integer value = integer(properties, type);
    return value == null ? absent : Integer.toUnsignedLong(value);
  }

  static @Nullable String text(MqttProperties properties, int type) {
    MqttProperties.MqttProperty<?> property = properties.getProperty(type);
    return property == null ? null : (String) property.value();
  }

  static byte @Nullable [] bytes(MqttProperties properties, int type) {
    MqttProperties.MqttProperty<?> property = properties.getProperty(type);
    return property == null ? null : (byte[]) property.value();
  }

  /** What travels with a publication or a will. */
  static PublishProperties publish(MqttProperties properties) {
    if (properties.isEmpty()) {
      return PublishProperties.NONE;
    }
    Integer expiry = integer(properties, MqttProperties.PUBLICATION_EXPIRY_INTERVAL);
    PublishProperties read =
        new PublishProperties(
            integer(properties, MqttProperties.PAYLOAD_FORMAT_INDICATOR),
            expiry == null ? null : Integer.toUnsignedLong(expiry),
            text(properties, MqttProperties.CONTENT_TYPE),
            text(properties, MqttProperties.RESPONSE_TOPIC),
            bytes(properties, MqttProperties.CORRELATION_DATA),
            userProperties(properties));
    return read.isEmpty() ? PublishProperties.NONE : read;
  }

  private static List<UserProperty> userProperties(MqttProperties properties) {
    List<UserProperty> read = new ArrayList<>();
    for (MqttProperties.MqttProperty<?> property :
        properties.getProperties(MqttProperties.USER_PROPERTY)) {
      if (property.value() instanceof MqttProperties.StringPair pair) {
        read.add(new UserProperty(pair.key, pair.value));
      }
    }
    return read;
  }
}
