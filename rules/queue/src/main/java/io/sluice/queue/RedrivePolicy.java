package io.sluice.queue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;

/**
 * Where a message goes that was received too often.
 *
 * @param deadLetterTargetArn the dead-letter queue
 * @param maxReceiveCount 1 to 1000
 */
record RedrivePolicy(String deadLetterTargetArn, int maxReceiveCount) {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int COUNT_MAX = 1000;
  private static final int SOURCES_MAX = 10;

  /** Of a dead-letter queue: which queues may name it. */
  record Allow(Permission permission, List<String> sourceQueueArns) {
    boolean allows(String sourceArn) {
      return switch (permission) {
        case ALL -> true;
        case NONE -> false;
        case BY_QUEUE -> sourceQueueArns.contains(sourceArn);
      };
    }
  }

  /** {@code allowAll}, {@code denyAll}, {@code byQueue}. */
  enum Permission {
    ALL,
    NONE,
    BY_QUEUE
  }

  static RedrivePolicy parse(String value) {
    JsonNode json = object("RedrivePolicy", value);
    JsonNode arn = json.get("deadLetterTargetArn");
    JsonNode count = json.get("maxReceiveCount");
    if (arn == null || count == null) {
      throw invalid(
          "RedrivePolicy",
          value,
          "Redrive policy does not contain mandatory attribute: %s."
              .formatted(arn == null ? "deadLetterTargetArn" : "maxReceiveCount"));
    }
    int max = number(count.asText());
    if (max < 1 || max > COUNT_MAX) {
      throw invalid(
          "RedrivePolicy", value, "Invalid value for maxReceiveCount: must be between 1 and 1000.");
    }
    return new RedrivePolicy(arn.asText(), max);
  }

  static Allow parseAllow(String value) {
    JsonNode json = object("RedriveAllowPolicy", value);
    JsonNode sources = json.get("sourceQueueArns");
    List<String> arns = new ArrayList<>();
    if (sources != null) {
      sources.forEach(arn -> arns.add(arn.asText()));
    }
    Permission permission =
        switch (json.path("redrivePermission").asText("allowAll")) {
          case "allowAll" -> Permission.ALL;
          case "denyAll" -> Permission.NONE;
          case "byQueue" -> Permission.BY_QUEUE;
          default ->
              throw invalid(
                  "RedriveAllowPolicy",
                  value,
                  "redrivePermission must be allowAll, denyAll or byQueue.");
        };
    if ((permission == Permission.BY_QUEUE) == arns.isEmpty() || arns.size() > SOURCES_MAX) {
      throw invalid(
          "RedriveAllowPolicy",
          value,
          "sourceQueueArns takes 1 to 10 ARNs with byQueue, and none otherwise.");
    }
    return new Allow(permission, List.copyOf(arns));
  }

  private static JsonNode object(String attribute, String value) {
    try {
      JsonNode json = JSON.readTree(value);
      if (json != null && json.isObject()) {
        return json;
      }
    } catch (JsonProcessingException notJson) { // the caller's mistake: answered below
    }
    throw invalid(attribute, value, "Must be valid JSON object.");
  }

  private static int number(String text) {
    try {
      return Integer.parseInt(text.strip());
    } catch (NumberFormatException notANumber) { // out of every range
      return -1;
    }
  }

  static QueueError invalid(String attribute, String value, String reason) {
    return QueueError.outOfRange(attribute, value, reason);
  }
}
