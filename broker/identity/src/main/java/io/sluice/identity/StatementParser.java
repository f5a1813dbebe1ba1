package io.sluice.identity;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads one statement of a policy document.
 *
 * @param position counted from 1, for the messages
 */
record StatementParser(int position, PolicyDocument.Version version) {
  private static final Pattern ACTION = Pattern.compile("\\*|[A-Za-z0-9*?-]+:[A-Za-z0-9*?]+");
  private static final Set<String> KEYS =
      Set.of("Sid", "Effect", "Action", "Resource", "Condition");

  Statement parse(JsonNode node) {
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      if (!KEYS.contains(field.getKey())) {
        throw malformed(
            field.getKey(),
            "is not part of device policies; use Sid, Effect, Action, Resource, Condition");
      }
    }
    List<String> actions = texts("Action", node.path("Action"));
    EnumSet<Action> appliesTo = EnumSet.noneOf(Action.class);
    for (String action : actions) {
      if (!ACTION.matcher(action).matches()) {
        throw malformed(
            "Action",
            "has '%s'; write it like iot:Publish or iot:*".formatted(Names.shown(action)));
      }
      appliesTo.addAll(Action.matching(action));
    }
    List<PolicyText> resources = new ArrayList<>();
    for (String resource : texts("Resource", node.path("Resource"))) {
      if (!resource.startsWith("arn:") && !resource.startsWith("*")) {
        throw malformed(
            "Resource",
            "has '%s', which is no ARN; write arn:aws:iot:REGION:ACCOUNT:topic/... or *"
                .formatted(Names.shown(resource)));
      }
      resources.add(text("Resource", resource));
    }
    return new Statement(
        label(node.get("Sid")),
        effect(node.path("Effect")),
        actions,
        appliesTo,
        resources,
        conditions(node.get("Condition")));
  }

  private String label(@Nullable JsonNode node) {
    if (node == null) {
      return "statement " + position;
    }
    if (!node.isTextual()) {
      throw malformed(
          "Sid", "is %s where a string was expected".formatted(PolicyDocument.kind(node)));
    }
    return "statement %d ('%s')".formatted(position, whole("Sid", node.asText()));
  }

  private Statement.Effect effect(JsonNode node) {
    return switch (node.asText()) {
      case "Allow" -> Statement.Effect.ALLOW;
      case "Deny" -> Statement.Effect.DENY;
      default ->
          throw malformed(
              "Effect",
              "is %s; write \"Allow\" or \"Deny\""
                  .formatted(
                      node.isTextual()
                          ? "'" + Names.shown(node.asText()) + "'"
                          : PolicyDocument.kind(node)));
    };
  }

  private List<Condition> conditions(@Nullable JsonNode node) {
    List<Condition> conditions = new ArrayList<>();
    if (node == null) {
      return conditions;
    }
    if (!node.isObject()) {
      throw malformed(
          "Condition", "is %s where an object was expected".formatted(PolicyDocument.kind(node)));
    }
    for (Map.Entry<String, JsonNode> operator : node.properties()) {
      String where = "Condition." + operator.getKey();
      if (!operator.getValue().isObject()) {
        throw malformed(
            where,
            "is %s where an object was expected"
                .formatted(PolicyDocument.kind(operator.getValue())));
      }
      for (Map.Entry<String, JsonNode> key : operator.getValue().properties()) {
        String place = where + "." + key.getKey();
        List<PolicyText> values = new ArrayList<>();
        for (String value : scalars(place, key.getValue())) {
          values.add(text(place, value));
        }
        try {
          conditions.add(Condition.of(operator.getKey(), key.getKey(), values));
        } catch (IllegalArgumentException e) {
          throw malformed(place, String.valueOf(e.getMessage()));
        }
      }
    }
    return conditions;
  }

  /** Strings, numbers and booleans, one or a list. */
  private List<String> scalars(String key, JsonNode node) {
    List<String> scalars = new ArrayList<>();
    for (JsonNode element : node.isArray() ? node : List.of(node)) {
      if (!element.isTextual() && !element.isNumber() && !element.isBoolean()) {
        throw malformed(
            key, "is %s where values were expected".formatted(PolicyDocument.kind(element)));
      }
      scalars.add(whole(key, element.asText()));
    }
    if (scalars.isEmpty()) {
      throw malformed(key, "is an empty list; give at least one value");
    }
    return scalars;
  }

  private List<String> texts(String key, JsonNode node) {
    List<String> texts = new ArrayList<>();
    for (JsonNode element : node.isArray() ? node : List.of(node)) {
      if (!element.isTextual() || element.asText().isEmpty()) {
        throw malformed(
            key,
            "is %s where a string or a list of strings was expected"
                .formatted(PolicyDocument.kind(element)));
      }
      texts.add(whole(key, element.asText()));
    }
    if (texts.isEmpty()) {
      throw malformed(key, "is an empty list; give at least one");
    }
    return texts;
  }

  /** A text that can be kept: UTF-8 has no bytes for half a character. */
  private String whole(String key, String text) {
    if (StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      return text;
    }
    throw malformed(
        key, "has half a character (an escape from \\ud800 to \\udfff alone); write it whole");
  }

  private PolicyText text(String key, String source) {
    try {
      return PolicyText.parse(source, version == PolicyDocument.Version.V2012);
    } catch (IllegalArgumentException e) {
      throw malformed(key, String.valueOf(e.getMessage()));
    }
  }

  MalformedPolicyException malformed(String key, String found) {
    return new MalformedPolicyException(
        "statement %d%s %s"
            .formatted(position, key.isEmpty() ? "" : ": key '" + Names.shown(key) + "'", found));
  }
}
