package io.sluice.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.identity.Action;
import io.sluice.message.InvalidTopic;
import io.sluice.message.PublishProperties;
import io.sluice.message.QoS;
import io.sluice.message.TopicName;
import io.sluice.message.UserProperty;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * {@code POST /topics/{topic}}. Source: AWS IoT API Reference, "Publish" of the data plane; AWS IoT
 * Developer Guide, "HTTPS".
 */
final class PublishOperations {
  private static final Family FAMILY = Family.IOT_DATA;
  private static final String BASIC_INGEST = "$aws/rules/";
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int EXPIRY_SECONDS_MAX = Integer.MAX_VALUE;

  private final HttpPublisher publisher;
  private final int payloadBytesMax;

  PublishOperations(HttpPublisher publisher, int payloadBytesMax) {
    this.publisher = publisher;
    this.payloadBytesMax = payloadBytesMax;
  }

  void addTo(Operations operations) {
    operations
        .data()
        .add("POST", "/topics/{topic+}", Operation.write(FAMILY, "Publish", this::publish));
  }

  private CompletableFuture<Reply> publish(Call call) {
    TopicName topic = topic(call.pathVariable("topic"));
    boolean retain = call.flag("retain");
    DataPlane.require(call, Action.PUBLISH, topic.toString());
    if (retain) {
      DataPlane.require(call, Action.RETAIN_PUBLISH, topic.toString());
    }
    if (call.body().length > payloadBytesMax) {
      throw FAMILY.tooLarge(payloadBytesMax);
    }
    QoS qos = QoS.of(call.number("qos", 0, 0, 1));
    return publisher
        .publish(topic, call.body(), qos, retain, properties(call), DataPlane.origin(call))
        .thenApply(
            landed ->
                Reply.of(
                    Reply.object()
                        .put("message", "OK")
                        .put("traceId", UUID.randomUUID().toString())));
  }

  private static TopicName topic(String text) {
    TopicName topic;
    try {
      topic = TopicName.of(text);
    } catch (InvalidTopic invalid) {
      throw FAMILY.invalid(String.valueOf(invalid.getMessage()));
    }
    if (topic.isReserved() && !text.startsWith(BASIC_INGEST)) {
      throw FAMILY.invalid(
          "topic '%s' begins with '$', which is reserved; publish to another, or use the shadow's own operations"
              .formatted(text));
    }
    return topic;
  }

  private static PublishProperties properties(Call call) {
    String responseTopic = call.parameter("responseTopic");
    String contentType = call.parameter("contentType");
    Long expiry =
        call.parameter("messageExpiry") == null
            ? null
            : Long.valueOf(call.number("messageExpiry", 0, 0, EXPIRY_SECONDS_MAX));
    return new PublishProperties(
        payloadFormat(call.head().header("x-amz-mqtt5-payload-format-indicator")),
        expiry,
        contentType,
        responseTopic == null ? null : topic(responseTopic).toString(),
        base64("x-amz-mqtt5-correlation-data", call.head().header("x-amz-mqtt5-correlation-data")),
        userProperties(call.head().header("x-amz-mqtt5-user-properties")));
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
