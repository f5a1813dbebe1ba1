package io.sluice.engine;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.util.Arrays;

/**
 * A rule as a file: the fields of a TopicRulePayload as YAML between two lines of {@code ---}, and
 * behind them the statement. The rule's name is the file's, without {@code .sql}.
 *
 * @param linesBefore how many lines of the file stand before the statement
 */
record RuleFile(Rule rule, int linesBefore) {
  private static final YAMLMapper YAML =
      YAMLMapper.builder().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION).build();
  private static final String FENCE = "---";

  /**
   * @throws RuleRejected when the file makes no rule
   */
  static RuleFile parse(String name, String text, long nowMillis) {
    String[] lines = text.split("\r?\n", -1);
    int end = 1;
    while (end < lines.length && !lines[end].stripTrailing().equals(FENCE)) {
      end++;
    }
    if (!lines[0].stripTrailing().equals(FENCE) || end == lines.length) {
      throw RuleFields.invalid(
          ("rule file '%s.sql' must begin with a line '---', the rule's fields (actions, and what else it has), "
                  + "another line '---', and then the statement")
              .formatted(name));
    }
    String front = String.join("\n", Arrays.copyOfRange(lines, 1, end));
    String sql = String.join("\n", Arrays.copyOfRange(lines, end + 1, lines.length));
    JsonNode fields = fields(name, front);
    if (fields.has("sql")) {
      throw RuleFields.invalid(
          "rule file '%s.sql': the statement belongs behind the second '---', not in a field 'sql'"
              .formatted(name));
    }
    if (fields instanceof ObjectNode document) {
      document.put("sql", sql.strip());
    }
    int blank = sql.length() - sql.stripLeading().length();
    int blankLines = (int) sql.substring(0, blank).chars().filter(c -> c == '\n').count();
    return new RuleFile(RuleDocument.parse(name, fields, nowMillis), end + 1 + blankLines);
  }

  private static JsonNode fields(String name, String front) {
    try {
      return YAML.readTree(front);
    } catch (JsonProcessingException broken) {
      int line = broken.getLocation() == null ? 1 : broken.getLocation().getLineNr();
      throw RuleFields.invalid(
          "rule file '%s.sql', line %d: the fields are no YAML: %s"
              .formatted(name, line + 1, broken.getOriginalMessage()));
    }
  }

  /** The rule with its statement where it stands in the file, so that errors name its lines. */
  Rule inPlace() {
    return new Rule(
        rule.name(),
        "\n".repeat(linesBefore) + rule.sql(),
        rule.version(),
        rule.description(),
        rule.disabled(),
        rule.actions(),
        rule.errorAction(),
        rule.createdAtMillis());
  }
}
