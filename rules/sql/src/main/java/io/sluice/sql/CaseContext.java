package io.sluice.sql;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.message.PublishProperties;
import io.sluice.message.UserProperty;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The {@code context} of a case: what is known of the message, the clock, and what the embedded
 * stores would answer.
 */
record CaseContext(JsonNode given) implements Lookups {
  private static final String DEFAULT_ACCOUNT = "000000000000";

  /** Missing or null stands for a message that nothing is known about. */
  static CaseContext of(JsonNode given) {
    if (!given.isObject() && !given.isMissingNode() && !given.isNull()) {
      throw new IllegalArgumentException("'context' must be an object");
    }
    return new CaseContext(given);
  }

  SqlVersion version() {
    String name = text("sqlVersion");
    return name == null
        ? SqlVersion.V2016_03_23
        : SqlVersion.of(name)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "sqlVersion '" + name + "' is none of " + SqlVersion.names()));
  }

  @Nullable String ruleName() {
    return text("ruleName");
  }

  MessageContext message() {
    String traceId = text("traceId");
    return new MessageContext(
        protocol(),
        text("clientId"),
        text("principal"),
        text("sourceIp"),
        traceId == null ? UUID.randomUUID().toString() : traceId, // every message of MQTT has one
        properties(given.path("mqtt5")));
  }

  private MessageContext.Protocol protocol() {
    String name = text("protocol");
    if (name == null || name.equalsIgnoreCase("mqtt")) {
      return MessageContext.Protocol.MQTT;
    } else if (name.equalsIgnoreCase("http")) {
      return MessageContext.Protocol.HTTP;
    }
    throw new IllegalArgumentException("protocol '" + name + "' is none of mqtt, http");
  }

  EvaluationContext world(RandomGenerator random) {
    String account = text("accountId");
    JsonNode clock = given.path("timestampMs");
    if (!clock.isMissingNode() && !clock.isNull() && !clock.canConvertToLong()) {
      throw new IllegalArgumentException("timestampMs must be whole milliseconds since 1970");
    }
    long now = clock.isNumber() ? clock.longValue() : System.currentTimeMillis();
    return new EvaluationContext(account == null ? DEFAULT_ACCOUNT : account, now, random, this);
  }

  private @Nullable String text(String field) {
    return text(given, field);
  }

  private static @Nullable String text(JsonNode node, String field) {
    JsonNode value = node.path(field);
    return value.isMissingNode() || value.isNull() ? null : value.asText();
  }

  @SuppressWarnings(
      "NullAway") // it does not see in a compiled record that the array itself, not its bytes, may
  // be null
  private static PublishProperties properties(JsonNode mqtt5) {
    if (!mqtt5.isObject()) {
      return PublishProperties.NONE;
    }
    String correlation = text(mqtt5, "correlationDataBase64");
    return new PublishProperties(
        formatIndicator(mqtt5.path("formatIndicator")),
        null,
        text(mqtt5, "contentType"),
        text(mqtt5, "responseTopic"),
        correlation == null ? null : Base64.getDecoder().decode(correlation),
        userProperties(mqtt5.path("userProperties")));
  }

  /** As on the wire, or as {@code get_mqtt_property} answers. */
  private static @Nullable Integer formatIndicator(JsonNode node) {
    if (node.isNumber()) {
      return node.intValue();
    }
    return node.isTextual() ? node.textValue().equals("UTF8_DATA") ? 1 : 0 : null;
  }

  private static List<UserProperty> userProperties(JsonNode pairs) {
    List<UserProperty> properties = new ArrayList<>();
    for (JsonNode pair : pairs) {
      if (pair.isArray() && pair.size() == 2) {
        properties.add(new UserProperty(pair.get(0).asText(), pair.get(1).asText()));
      } else if (pair.isObject() && pair.has("key")) {
        properties.add(new UserProperty(pair.get("key").asText(), pair.path("value").asText()));
      } else if (pair.isObject() && pair.size() == 1) {
        pair.properties()
            .forEach(
                field ->
                    properties.add(new UserProperty(field.getKey(), field.getValue().asText())));
      } else {
        throw new IllegalArgumentException("userProperties must be a list of pairs");
      }
    }
    return properties;
  }

  @Override
  public byte[] thingShadow(String thing, @Nullable String shadow) {
    String name = shadow == null ? thing : thing + "/" + shadow;
    return found(given.path("shadows").path(name), "get_thing_shadow: no shadow '" + name + "'");
  }

  @Override
  public byte[] registryData(String operation, String thing) {
    return found(
        given.path("registry").path(operation).path(thing),
        "get_registry_data: " + operation + " has no thing '" + thing + "'");
  }

  private static byte[] found(JsonNode node, String otherwise) {
    if (node.isMissingNode()) {
      throw new LookupFailed(otherwise);
    }
    return node.toString().getBytes(StandardCharsets.UTF_8);
  }
}
