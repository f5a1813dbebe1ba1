package io.sluice.engine;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;

/**
 * The fields of one object of a rule document, read by their types: what is there must have its
 * form, what nobody asks for is passed over, as AWS does.
 *
 * @param where the object stands, e.g. {@code actions[0].sqs}; empty for the document itself
 */
record RuleFields(String rule, String where, JsonNode node) {

  /**
   * @throws RuleRejected when it is no object
   */
  RuleFields {
    if (!node.isObject()) {
      throw invalid(
          "rule '%s': %s must be an object, found %s"
              .formatted(rule, where.isEmpty() ? "the body" : where, found(node)));
    }
  }

  String required(String name) {
    String text = text(name, "");
    if (text.isBlank()) {
      throw wrong(name, "must be a text that is not empty");
    }
    return text;
  }

  String text(String name, String absent) {
    JsonNode value = node.path(name);
    if (isAbsent(value)) {
      return absent;
    }
    if (!value.isTextual()) {
      throw wrong(name, "must be a text");
    }
    return value.asText();
  }

  boolean flag(String name) {
    JsonNode value = node.path(name);
    if (!isAbsent(value) && !value.isBoolean()) {
      throw wrong(name, "must be true or false");
    }
    return value.asBoolean(false);
  }

  int number(String name, int absent, int min, int max) {
    JsonNode value = node.path(name);
    if (isAbsent(value)) {
      return absent;
    }
    if (!value.isIntegralNumber()
        || !value.canConvertToInt()
        || value.asInt() < min
        || value.asInt() > max) {
      throw wrong(name, "must be a whole number from %d to %d".formatted(min, max));
    }
    return value.asInt();
  }

  boolean has(String name) {
    return !isAbsent(node.path(name));
  }

  /** Another object inside this one. */
  RuleFields object(String name) {
    return new RuleFields(rule, path(name), node.path(name));
  }

  RuleRejected wrong(String name, String expected) {
    return invalid(
        "rule '%s': %s %s, found %s".formatted(rule, path(name), expected, found(node.path(name))));
  }

  String path(String name) {
    return where.isEmpty() ? name : where + "." + name;
  }

  /** A kind of value, never the value: it may be somebody's secret. */
  static String found(JsonNode value) {
    return value.isMissingNode()
        ? "nothing"
        : value.isTextual() && value.asText().isBlank()
            ? "an empty text"
            : value.getNodeType().name().toLowerCase(Locale.ROOT);
  }

  private static boolean isAbsent(JsonNode value) {
    return value.isMissingNode() || value.isNull();
  }

  static RuleRejected invalid(String message) {
    return new RuleRejected(RuleRejected.Code.INVALID_REQUEST, message);
  }
}
