package io.sluice.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.message.InvalidTopic;
import io.sluice.message.PublishProperties;
import io.sluice.message.TopicName;
import io.sluice.message.UserProperty;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a request tells of the message in its body, in query parameters and headers. Source: AWS IoT
 * API Reference, "Publish" and "SendDirectMessage" of the data plane.
 */
final class MessageParameters {
  private static final Family FAMILY = Family.IOT_DATA;
  private static final String BASIC_INGEST = "$aws/rules/";
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int EXPIRY_SECONDS_MAX = Integer.MAX_VALUE;

  private MessageParameters() {}

  /** A topic that clients may publish to over HTTP: not a reserved one, but Basic Ingest's. */
  static TopicName topic(String text, boolean basicIngest) {
    TopicName topic;
    try {
      topic = TopicName.of(text);
    } catch (InvalidTopic invalid) {
      throw FAMILY.invalid(String.valueOf(invalid.getMessage()));
    }
    if (topic.isReserved() && !(basicIngest && text.startsWith(BASIC_INGEST))) {
      throw FAMILY.invalid(
          "topic '%s' begins with '$', which is reserved; publish to another, or use the shadow's own operations"
              .formatted(text));
    }
    return topic;
  }

  /** Content type, response topic, payload format, correlation data, user properties, expiry. */
  static PublishProperties properties(Call call, @Nullable Long expirySeconds) {
    String responseTopic = call.parameter("responseTopic");
    String contentType = call.parameter("contentType");
    return new PublishProperties(
        payloadFormat(call.head().header("x-amz-mqtt5-payload-format-indicator")),
        expirySeconds,
        contentType,
        responseTopic == null ? null : topic(responseTopic, true).toString(),
        base64("x-amz-mqtt5-correlation-data", call.head().header("x-amz-mqtt5-correlation-data")),
        userProperties(call.head().header("x-amz-mqtt5-user-properties")));
  }

  /** How long the message counts, in seconds; null: for ever. */
  static @Nullable Long expirySeconds(Call call) {
    return call.parameter("messageExpiry") == null
        ? null
        : Long.valueOf(call.number("messageExpiry", 0, 0, EXPIRY_SECONDS_MAX));
  }

  private static @Nullable Integer payloadFormat(@Nullable String header) {
    if (header == null) {
      return null;
    }
    return switch (header) {
      case "UNSPECIFIED_BYTES" -> 0;
      case "UTF8_DATA" -> 1;
      default ->
          throw FAMILY.invalid(
              "x-amz-mqtt5-payload-format-indicator must be UNSPECIFIED_BYTES or UTF8_DATA");
    };
  }

  private static byte @Nullable [] base64(String name, @Nullable String header) {
    if (header == null) {
      return null;
    }
    try {
      return Base64.getDecoder().decode(header);
    } catch (IllegalArgumentException notBase64) {
      throw FAMILY.invalid("header '%s' is not base64; encode its value".formatted(name));
    }
  }

  /** A JSON array of objects with one pair each, in base64. */
  private static List<UserProperty> userProperties(@Nullable String header) {
    byte[] json = base64("x-amz-mqtt5-user-properties", header);
    List<UserProperty> properties = new ArrayList<>();
    if (json == null) {
      return properties;
    }
    try {
      JsonNode list = JSON.readTree(json);
      if (list.isArray()) {
        list.forEach(
            pair ->
                pair.properties()
                    .forEach(
                        p -> properties.add(new UserProperty(p.getKey(), p.getValue().asText()))));
        return properties;
      }
    } catch (IOException malformed) { // answered below
    }
    throw FAMILY.invalid(
        "header 'x-amz-mqtt5-user-properties' must be a JSON array of objects with one pair each");
  }
}
