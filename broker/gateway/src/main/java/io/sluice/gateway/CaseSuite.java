package io.sluice.gateway;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.sluice.engine.Rule;
import io.sluice.engine.RuleRejected;
import io.sluice.engine.RuleTrial;
import io.sluice.sql.CasesRunner;
import io.sluice.sql.SqlVersion;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A file of cases that a rule must pass, {@code *.cases.yaml}; the guide on rules describes it.
 * Each case runs as {@code rules test --cases} runs it.
 */
final class CaseSuite {
  private static final YAMLMapper YAML =
      YAMLMapper.builder()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);
  private static final Set<String> SUITE_FIELDS = Set.of("rule", "sql", "sqlVersion", "cases");
  private static final Set<String> CASE_FIELDS =
      Set.of("name", "topic", "payload", "payloadBase64", "context", "expect");
  private static final Set<String> EXPECT_FIELDS =
      Set.of("fires", "output", "kind", "error", "templates");

  private final CasesRunner runner = new CasesRunner();
  private final String sql;
  private final String version;
  private final JsonNode cases;

  private CaseSuite(String sql, String version, JsonNode cases) {
    this.sql = sql;
    this.version = version;
    this.cases = cases;
  }

  /**
   * Runs a suite and prints one line for each case, and behind one that fails where it differs.
   *
   * @return 0 when all pass, 1 when one does not
   * @throws GatewayConfig.ConfigRefused when the file is no suite
   */
  static int run(Path file, PrintStream out) {
    CaseSuite suite = read(file);
    int failed = 0;
    for (int i = 0; i < suite.cases.size(); i++) {
      JsonNode given = suite.cases.get(i);
      String name = given.path("name").asText("case " + (i + 1));
      List<String> differences = suite.differences(given);
      out.println((differences.isEmpty() ? "ok    " : "FAIL  ") + name);
      differences.forEach(line -> out.println("      " + line));
      failed += differences.isEmpty() ? 0 : 1;
    }
    out.printf(
        "%s: %d of %d cases passed%n", file, suite.cases.size() - failed, suite.cases.size());
    return failed == 0 ? 0 : 1;
  }

  private static CaseSuite read(Path file) {
    JsonNode suite;
    try {
      suite = YAML.readTree(Files.readString(file));
    } catch (JsonProcessingException broken) {
      throw refused(file, "is no YAML: " + broken.getOriginalMessage());
    } catch (IOException unreadable) {
      throw refused(file, "cannot be read: " + unreadable.getMessage());
    }
    known(file, "the suite", suite, SUITE_FIELDS);
    JsonNode cases = suite.path("cases");
    if (!cases.isArray() || cases.isEmpty()) {
      throw refused(file, "must have a list 'cases' with at least one case");
    }
    for (JsonNode one : cases) {
      known(file, "a case", one, CASE_FIELDS);
      known(file, "'expect' of a case", one.path("expect"), EXPECT_FIELDS);
    }
    if (suite.path("sql").isTextual() == suite.path("rule").isTextual()) {
      throw refused(file, "must name either a 'rule' (a file) or 'sql' (a statement)");
    }
    if (suite.path("sql").isTextual()) {
      return new CaseSuite(
          suite.path("sql").asText(), suite.path("sqlVersion").asText("2016-03-23"), cases);
    }
    Rule rule = rule(file.resolveSibling(suite.path("rule").asText()), SqlVersion.V2016_03_23);
    return new CaseSuite(rule.sql(), rule.version().toString(), cases);
  }

  /** A rule's file. */
  static Rule rule(Path file, SqlVersion version) {
    try {
      String name = String.valueOf(file.getFileName()).replaceAll("\\.sql$", "");
      return RuleTrial.parse(name, Files.readString(file), version);
    } catch (IOException unreadable) {
      throw refused(file, "cannot be read: " + unreadable.getMessage());
    } catch (RuleRejected noRule) {
      throw refused(file, "makes no rule: " + noRule.getMessage());
    }
  }

  private static void known(Path file, String what, JsonNode node, Set<String> fields) {
    if (!node.isObject() || node.isEmpty()) {
      throw refused(file, what + " must have fields: " + new TreeSet<>(fields));
    }
    node.fieldNames()
        .forEachRemaining(
            field -> {
              if (!fields.contains(field)) {
                throw refused(
                    file,
                    "%s has a field '%s'; known are %s"
                        .formatted(what, field, new TreeSet<>(fields)));
              }
            });
  }

  private static GatewayConfig.ConfigRefused refused(Path file, String why) {
    return new GatewayConfig.ConfigRefused("file '%s' %s".formatted(file, why));
  }

  private List<String> differences(JsonNode given) {
    JsonNode expect = given.path("expect");
    JsonNode answer = answer(given, null);
    List<String> lines = new ArrayList<>();
    boolean refused = answer.path("kind").asText().equals("error");
    if (expect.has("error")) {
      String wanted = expect.path("error").asText();
      if (!answer.path("error").asText("").contains(wanted)) {
        lines.add("expected an error with '%s', found %s".formatted(wanted, answer));
      }
    } else if (!answer.path("error").isNull()) {
      lines.add((refused ? "refused: " : "failed: ") + answer.path("error").asText());
      return lines;
    }
    boolean fired = answer.path("matched").asBoolean();
    if (expect.has("fires") && expect.path("fires").asBoolean() != fired) {
      lines.add(
          fired ? "it fired" : "it did not fire; without --cases or SUITE this command says why");
      return lines;
    }
    if (expect.has("kind")) {
      JsonDiff.between(expect.path("kind"), answer.path("kind"))
          .forEach(line -> lines.add("kind " + line));
    }
    if (expect.has("output")) {
      JsonDiff.between(json(expect.path("output")), answer.path("output"))
          .forEach(line -> lines.add("output " + line));
    }
    for (Map.Entry<String, JsonNode> template : expect.path("templates").properties()) {
      JsonNode filled = answer(given, template.getKey());
      String why = filled.path("error").isNull() ? "" : " (" + filled.path("error").asText() + ")";
      JsonDiff.between(new TextNode(template.getValue().asText()), filled.path("output"))
          .forEach(line -> lines.add("template '" + template.getKey() + "' " + line + why));
    }
    return lines;
  }

  /** What the runner answers: the output, or the template filled. */
  private JsonNode answer(JsonNode given, @Nullable String template) {
    ObjectNode line = JsonNodeFactory.instance.objectNode();
    line.put("sql", sql);
    line.set("topic", given.path("topic"));
    JsonNode payload = given.path("payload");
    if (given.has("payloadBase64")) {
      line.set("payloadBase64", given.path("payloadBase64"));
    } else if (payload.isContainerNode()) {
      line.put("payload", json(payload).toString());
    } else if (!payload.isMissingNode()) {
      line.put("payload", payload.asText()); // the raw text of the message
    }
    ObjectNode context = line.putObject("context");
    context.put("sqlVersion", version);
    if (given.path("context") instanceof ObjectNode known) {
      context.setAll(known);
    }
    if (template != null) {
      line.put("template", template);
    }
    try {
      return JSON.readTree(new String(runner.answer(line.toString()), StandardCharsets.UTF_8));
    } catch (IOException impossible) { // it writes JSON
      throw new IllegalStateException(impossible);
    }
  }

  /** YAML's values as JSON's: its dates and its own kinds of numbers are gone. */
  private static JsonNode json(JsonNode yaml) {
    try {
      return JSON.readTree(yaml.toString());
    } catch (IOException impossible) { // it writes JSON
      throw new IllegalStateException(impossible);
    }
  }
}
