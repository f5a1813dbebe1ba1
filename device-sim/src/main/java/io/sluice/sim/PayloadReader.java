package io.sluice.sim;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads the payload of a scenario: plain JSON, in which a mapping with one key that starts with
 * {@code $} is a generator. The sign keeps a misspelt generator from being sent as data.
 */
final class PayloadReader {
  private static final Set<String> GENERATORS =
      Set.of(
          "$walk",
          "$uniform",
          "$gaussian",
          "$sine",
          "$counter",
          "$choice",
          "$timestamp",
          "$constant");
  private static final int DEPTH_MAX = 32;
  private static final double ANY = Double.POSITIVE_INFINITY;

  private final String where;

  PayloadReader(String where) {
    this.where = where;
  }

  GeneratorSpec read(String path, JsonNode node) {
    return read(path, node, 0);
  }

  private GeneratorSpec read(String path, JsonNode node, int depth) {
    if (depth > DEPTH_MAX) {
      throw new ScenarioInvalid(
          where, "'%s' is nested deeper than %d".formatted(path, DEPTH_MAX), "flatten it");
    }
    if (node.isTextual()) {
      NameTemplate text = NameTemplate.of(where, path, node.asText());
      return text.hasPlaces() ? new GeneratorSpec.Named(text) : new GeneratorSpec.Constant(node);
    }
    if (node.isArray()) {
      List<GeneratorSpec> items = new ArrayList<>();
      for (int i = 0; i < node.size(); i++) {
        items.add(read("%s[%d]".formatted(path, i), node.get(i), depth + 1));
      }
      return new GeneratorSpec.Items(items);
    }
    if (!node.isObject()) {
      return new GeneratorSpec.Constant(node);
    }
    Map<String, GeneratorSpec> fields = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      if (field.getKey().startsWith("$")) {
        return generator(path, node, field.getKey(), field.getValue());
      }
      String at = path + "." + field.getKey();
      fields.put(field.getKey(), read(at, field.getValue(), depth + 1));
    }
    return new GeneratorSpec.Fields(fields);
  }

  private GeneratorSpec generator(String path, JsonNode parent, String name, JsonNode setting) {
    String at = path + "." + name;
    if (!GENERATORS.contains(name)) {
      throw new ScenarioInvalid(
          where, "unknown generator '%s'".formatted(at), NearestWord.remedy(name, GENERATORS));
    }
    if (parent.size() != 1) {
      throw new ScenarioInvalid(
          where,
          "'%s' has other keys beside it".formatted(at),
          "give the generator a mapping of its own: {temperature: {%s: ...}}".formatted(name));
    }
    return switch (name) {
      case "$constant" -> new GeneratorSpec.Constant(setting);
      case "$choice" -> choice(at, setting);
      case "$timestamp" -> timestamp(at, setting);
      case "$walk" -> walk(at, setting);
      case "$uniform" -> uniform(at, setting);
      case "$gaussian" -> {
        YamlSection keys = open(at, setting, Set.of("mean", "deviation", "decimals"));
        double deviation = keys.number("deviation", 1, 0, Double.MAX_VALUE);
        yield new GeneratorSpec.Gaussian(keys.requiredNumber("mean"), deviation, decimals(keys));
      }
      case "$sine" -> {
        YamlSection keys = open(at, setting, Set.of("mean", "amplitude", "period", "decimals"));
        Duration period =
            keys.duration(
                "period", Duration.ofMinutes(1), Duration.ofMillis(1), Duration.ofDays(366));
        double amplitude = keys.number("amplitude", 1, -ANY, ANY);
        yield new GeneratorSpec.Sine(
            keys.number("mean", 0, -ANY, ANY), amplitude, period, decimals(keys));
      }
      default -> {
        YamlSection keys = open(at, setting, Set.of("start", "step"));
        long bound = Integer.MAX_VALUE;
        yield new GeneratorSpec.Counter(
            keys.integer("start", 0, -bound * bound, bound * bound),
            keys.integer("step", 1, -bound, bound));
      }
    };
  }

  private GeneratorSpec walk(String at, JsonNode setting) {
    YamlSection keys = open(at, setting, Set.of("start", "step", "min", "max", "decimals"));
    double min = keys.number("min", -Double.MAX_VALUE, -ANY, ANY);
    double max = keys.number("max", Double.MAX_VALUE, -ANY, ANY);
    checkOrder(keys, min, max);
    double start = keys.requiredNumber("start");
    if (start < min || start > max) {
      throw keys.invalid("start", "put it between min and max");
    }
    double step = keys.number("step", 1, 0, Double.MAX_VALUE);
    return new GeneratorSpec.Walk(start, step, min, max, decimals(keys));
  }

  private GeneratorSpec uniform(String at, JsonNode setting) {
    YamlSection keys = open(at, setting, Set.of("min", "max", "decimals"));
    double min = keys.requiredNumber("min");
    double max = keys.requiredNumber("max");
    checkOrder(keys, min, max);
    return new GeneratorSpec.Uniform(min, max, decimals(keys));
  }

  private GeneratorSpec choice(String at, JsonNode setting) {
    if (!setting.isArray() || setting.isEmpty()) {
      throw new ScenarioInvalid(
          where,
          "'%s' has nothing to choose from".formatted(at),
          "write a list: [ok, ok, warning]");
    }
    List<JsonNode> values = new ArrayList<>();
    setting.forEach(values::add);
    return new GeneratorSpec.Choice(values);
  }

  private GeneratorSpec timestamp(String at, JsonNode setting) {
    return switch (setting.asText()) {
      case "millis" -> new GeneratorSpec.Timestamp(GeneratorSpec.Timestamp.Form.MILLIS);
      case "seconds" -> new GeneratorSpec.Timestamp(GeneratorSpec.Timestamp.Form.SECONDS);
      case "iso" -> new GeneratorSpec.Timestamp(GeneratorSpec.Timestamp.Form.ISO);
      default ->
          throw new ScenarioInvalid(
              where,
              "'%s' is '%s'".formatted(at, setting.asText()),
              "write one of millis, seconds, iso");
    };
  }

  private YamlSection open(String at, JsonNode setting, Set<String> known) {
    return YamlSection.open(where, at, setting, known);
  }

  private static void checkOrder(YamlSection keys, double min, double max) {
    if (min > max) {
      throw keys.invalid("min", "make it at most max");
    }
  }

  private static int decimals(YamlSection keys) {
    return (int) keys.integer("decimals", 2, 0, 9);
  }
}
