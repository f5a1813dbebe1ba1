package io.sluice.sim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import java.util.Map;

/**
 * The result of one bench: what was measured, by name, in the order it is shown.
 *
 * @param sound whether the measurement counts: everybody connected, something arrived, nothing that
 *     must arrive was lost
 */
record BenchReport(String mode, boolean sound, ObjectNode values) {

  /** The values as programs read them. */
  ObjectNode json() {
    ObjectNode json = PayloadTemplate.JSON.createObjectNode().put("mode", mode).put("sound", sound);
    json.setAll(values);
    return json;
  }

  /** One value per line, as people read them. */
  String words() {
    StringBuilder words = new StringBuilder();
    line(words, "bench", mode + (sound ? "" : ": NOT SOUND, see what follows"));
    for (Map.Entry<String, JsonNode> value : values.properties()) {
      if (!value.getValue().isNull()) {
        line(words, label(value.getKey()), text(value.getValue()));
      }
    }
    return words.toString();
  }

  private static void line(StringBuilder words, String label, String text) {
    words.append(String.format(Locale.ROOT, "%-34s %s%n", label, text));
  }

  /** {@code brokerCpuMicrosPerMessage} becomes {@code broker cpu micros per message}. */
  private static String label(String name) {
    return name.replaceAll("([A-Z])", " $1").toLowerCase(Locale.ROOT);
  }

  private static String text(JsonNode value) {
    if (value.has("p50")) {
      return value.path("count").asLong() == 0
          ? "none counted"
          : "p50 %s  p99 %s  p99.9 %s  max %s"
              .formatted(
                  LatencySummary.words(value.path("p50").asLong()),
                  LatencySummary.words(value.path("p99").asLong()),
                  LatencySummary.words(value.path("p999").asLong()),
                  LatencySummary.words(value.path("max").asLong()));
    }
    if (value.isObject()) {
      StringBuilder parts = new StringBuilder();
      for (Map.Entry<String, JsonNode> part : value.properties()) {
        parts.append(parts.isEmpty() ? "" : ", ").append(part.getKey()).append(' ');
        parts.append(text(part.getValue()));
      }
      return parts.isEmpty() ? "none" : parts.toString();
    }
    if (value.isFloatingPointNumber()) {
      return String.format(
          Locale.ROOT, value.asDouble() < 100 ? "%.2f" : "%,.0f", value.asDouble());
    }
    return value.isIntegralNumber()
        ? String.format(Locale.ROOT, "%,d", value.asLong())
        : value.asText();
  }
}
