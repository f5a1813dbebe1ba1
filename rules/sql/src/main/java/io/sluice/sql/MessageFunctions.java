package io.sluice.sql;

import io.sluice.message.PublishProperties;
import io.sluice.message.UserProperty;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.random.RandomGenerator;

/** What is known of the message besides its payload, and of the rule. */
final class MessageFunctions {
  private MessageFunctions() {}

  static void addTo(Functions.Registry functions) {
    functions.add(
        "topic",
        0,
        1,
        a ->
            a.size() == 0
                ? new Text(a.frame().message().topicText())
                : a.integer(0) instanceof Int level
                    ? a.frame().message().topicLevel(level.clampedToInt())
                    : Undefined.UNDEFINED);
    functions.add("clientid", 0, 0, a -> clientId(a.frame().message().context()));
    functions.add("principal", 0, 0, a -> Value.of(a.frame().message().context().principal()));
    functions.add("accountid", 0, 0, a -> new Text(a.frame().context().accountId()));
    functions.add2016("sourceip", 0, 0, a -> Value.of(a.frame().message().context().sourceIp()));
    functions.add("traceid", 0, 0, a -> Value.of(traced(a.frame().message().context())));
    functions.add("newuuid", 0, 0, a -> new Text(newUuid(a.frame().context().random())));
    functions.add("timestamp", 0, 0, a -> Int.of(a.frame().context().timestampMs()));
    functions.add(
        new Functions.Function(
            "sql_version",
            0,
            0,
            SqlVersion.V2015_10_08,
            (call, compiler) -> {
              Value version = new Text(compiler.version.toString());
              return frame -> version;
            }));
    functions.add("get_mqtt_property", 1, 1, MessageFunctions::mqttProperty);
    functions.add("get_user_properties", 0, 1, MessageFunctions::userProperties);
  }

  private static Value clientId(MessageContext context) {
    String id = context.clientId();
    return new Text(id == null || context.protocol() != MessageContext.Protocol.MQTT ? "n/a" : id);
  }

  private static @org.jspecify.annotations.Nullable String traced(MessageContext context) {
    return context.protocol() == MessageContext.Protocol.MQTT ? context.traceId() : null;
  }

  /** A random UUID, version 4 [RFC 4122]. */
  private static String newUuid(RandomGenerator random) {
    long high = random.nextLong() & ~0xf000L | 0x4000L;
    long low = random.nextLong() & ~(3L << 62) | 1L << 63;
    return new UUID(high, low).toString();
  }

  private static Value mqttProperty(Args a) {
    if (!(a.at(0) instanceof Text name)) {
      return Undefined.UNDEFINED;
    }
    PublishProperties properties = a.frame().message().context().properties();
    return switch (name.toString()) {
      case "content_type" -> Value.of(properties.contentType());
      case "response_topic" -> Value.of(properties.responseTopic());
      case "format_indicator" -> {
        Integer indicator = properties.payloadFormatIndicator();
        yield new Text(indicator != null && indicator == 1 ? "UTF8_DATA" : "UNSPECIFIED_BYTES");
      }
      case "correlation_data" -> {
        byte[] data = properties.correlationData();
        yield data == null
            ? Undefined.UNDEFINED
            : new Text(Base64.getEncoder().encodeToString(data));
      }
      default -> Undefined.UNDEFINED;
    };
  }

  private static Value userProperties(Args a) {
    List<UserProperty> properties = a.frame().message().context().properties().userProperties();
    List<Value> found = new ArrayList<>();
    if (a.size() == 0) {
      for (UserProperty property : properties) {
        BuiltObject pair = new BuiltObject(1);
        pair.put(new Key(property.name()), new Text(property.value()));
        found.add(pair);
      }
      return new BuiltArray(found);
    }
    if (!(a.at(0) instanceof Text name)) {
      return Undefined.UNDEFINED;
    }
    for (UserProperty property : properties) {
      if (property.name().equals(name.toString())) {
        found.add(new Text(property.value()));
      }
    }
    return found.isEmpty() ? Undefined.UNDEFINED : new BuiltArray(found);
  }
}
