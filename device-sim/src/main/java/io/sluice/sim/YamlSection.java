package io.sluice.sim;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One mapping of a scenario file. It knows where it stands, so that every refusal names file, key,
 * what was found and a remedy; keys that nobody reads are refused when it is opened.
 */
final class YamlSection {
  private final String where;
  private final String path;
  private final ObjectNode node;

  private YamlSection(String where, String path, ObjectNode node) {
    this.where = where;
    this.path = path;
    this.node = node;
  }

  /**
   * @param path of the section itself, empty at the top of the file
   */
  static YamlSection open(String where, String path, JsonNode node, Set<String> known) {
    if (!(node instanceof ObjectNode mapping)) {
      throw new ScenarioInvalid(
          where,
          "%s is %s".formatted(path.isEmpty() ? "the document" : "'" + path + "'", kind(node)),
          "write a mapping with " + String.join(", ", new TreeSet<>(known)));
    }
    YamlSection section = new YamlSection(where, path, mapping);
    mapping
        .fieldNames()
        .forEachRemaining(
            key -> {
              if (!known.contains(key)) {
                throw new ScenarioInvalid(
                    where,
                    "unknown key '%s'".formatted(section.at(key)),
                    NearestWord.remedy(key, known));
              }
            });
    return section;
  }

  String where() {
    return where;
  }

  /** The full path of a key of this section: {@code telemetry.every}. */
  String at(String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  boolean has(String key) {
    return node.hasNonNull(key);
  }

  @Nullable JsonNode raw(String key) {
    JsonNode value = node.get(key);
    return value == null || value.isNull() ? null : value;
  }

  /** The section under a key, or null when the key is absent. */
  @Nullable YamlSection section(String key, Set<String> known) {
    JsonNode value = raw(key);
    return value == null ? null : open(where, at(key), value, known);
  }

  ScenarioInvalid invalid(String key, String remedy) {
    JsonNode value = raw(key);
    String found = value == null ? "is missing" : "is " + describe(value);
    return new ScenarioInvalid(where, "'%s' %s".formatted(at(key), found), remedy);
  }

  String text(String key, String otherwise) {
    JsonNode value = raw(key);
    if (value == null) {
      return otherwise;
    }
    if (!value.isValueNode() || value.asText().isBlank()) {
      throw invalid(key, "write a text, for example " + otherwise);
    }
    return value.asText();
  }

  long integer(String key, long otherwise, long min, long max) {
    JsonNode value = raw(key);
    if (value == null) {
      return otherwise;
    }
    if (!value.canConvertToExactIntegral() || value.asLong() < min || value.asLong() > max) {
      throw invalid(key, "write a whole number from %d to %d".formatted(min, max));
    }
    return value.asLong();
  }

  double number(String key, double otherwise, double min, double max) {
    JsonNode value = raw(key);
    if (value == null) {
      return otherwise;
    }
    if (!value.isNumber() || value.asDouble() < min || value.asDouble() > max) {
      String range = Double.isInfinite(max) ? "" : " from %s to %s".formatted(min, max);
      throw invalid(key, "write a number" + range);
    }
    return value.asDouble();
  }

  double requiredNumber(String key) {
    if (!has(key)) {
      throw invalid(key, "write a number");
    }
    return number(key, 0, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
  }

  boolean flag(String key, boolean otherwise) {
    JsonNode value = raw(key);
    if (value == null) {
      return otherwise;
    }
    if (!value.isBoolean()) {
      throw invalid(key, "write true or false");
    }
    return value.booleanValue();
  }

  Duration duration(String key, Duration otherwise, Duration min, Duration max) {
    JsonNode value = raw(key);
    if (value == null) {
      return otherwise;
    }
    Duration duration =
        DurationText.parse(value.asText()).orElseThrow(() -> invalid(key, DurationText.EXAMPLES));
    if (duration.compareTo(min) < 0 || duration.compareTo(max) > 0) {
      throw invalid(
          key,
          "write a duration from %s to %s"
              .formatted(DurationText.print(min), DurationText.print(max)));
    }
    return duration;
  }

  /** One of a few words. */
  <T> T word(String key, T otherwise, Map<String, T> words) {
    JsonNode value = raw(key);
    if (value == null) {
      return otherwise;
    }
    T known = words.get(value.asText());
    if (known == null) {
      throw invalid(key, "write one of " + String.join(", ", new TreeSet<>(words.keySet())));
    }
    return known;
  }

  private static String describe(JsonNode value) {
    return value.isValueNode() ? "'%s'".formatted(value.asText()) : kind(value);
  }

  private static String kind(JsonNode value) {
    return switch (value.getNodeType()) {
      case ARRAY -> "a list";
      case OBJECT -> "a mapping";
      case NULL, MISSING -> "empty";
      default -> "'%s'".formatted(value.asText());
    };
  }
}
