package io.sluice.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.sql.SqlVersion;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Rules as JSON: the TopicRulePayload of the AWS IoT API in, and out again. Source: AWS IoT API
 * Reference, "TopicRulePayload".
 */
public final class RuleDocument {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int ACTIONS_MAX = 10;
  private static final Set<String> SEPARATORS = Set.of("", "\n", "\t", "\r\n", ",");

  private RuleDocument() {}

  /**
   * Reads a TopicRulePayload.
   *
   * @throws RuleRejected when a field is missing or has the wrong form, or an action is not offered
   */
  public static Rule parse(String name, JsonNode payload, long nowMillis) {
    if (!name.matches("[a-zA-Z0-9_]{1,128}")) {
      throw invalid("rule name '%s' must be 1 to 128 letters, digits or '_'".formatted(name));
    }
    if (!payload.isObject()) {
      throw invalid("rule '%s': the body must be a TopicRulePayload, an object".formatted(name));
    }
    String versionText = text(payload, "awsIotSqlVersion", SqlVersion.V2015_10_08.toString());
    SqlVersion version =
        SqlVersion.of(versionText)
            .orElseThrow(
                () ->
                    invalid(
                        "rule '%s': awsIotSqlVersion '%s' is unknown; use one of %s"
                            .formatted(name, versionText, SqlVersion.names())));
    JsonNode list = payload.path("actions");
    if (!list.isArray() || list.size() > ACTIONS_MAX) {
      throw invalid(
          "rule '%s': actions must be a list of 0 to %d actions".formatted(name, ACTIONS_MAX));
    }
    List<RuleAction> actions = new ArrayList<>();
    list.forEach(action -> actions.add(action(name, action)));
    JsonNode error = payload.path("errorAction");
    return new Rule(
        name,
        required(name, payload, "sql"),
        version,
        text(payload, "description", ""),
        payload.path("ruleDisabled").asBoolean(false),
        actions,
        error.isMissingNode() || error.isNull() ? null : action(name, error),
        nowMillis);
  }

  private static RuleAction action(String rule, JsonNode action) {
    if (!action.isObject() || action.size() != 1) {
      throw invalid(
          "rule '%s': an action is an object with one key, its name; found %d keys"
              .formatted(rule, action.size()));
    }
    String key = action.fieldNames().next();
    JsonNode fields = action.get(key);
    return switch (key) {
      case "sqs" ->
          new RuleAction.ToQueue(
              required(rule, fields, "queueUrl"), fields.path("useBase64").asBoolean(false));
      case "kinesis" ->
          new RuleAction.ToStream(
              required(rule, fields, "streamName"), text(fields, "partitionKey", "${newuuid()}"));
      case "firehose" ->
          new RuleAction.ToDeliveryStream(
              required(rule, fields, "deliveryStreamName"),
              separator(rule, text(fields, "separator", "")),
              fields.path("batchMode").asBoolean(false));
      case "republish" -> republish(rule, fields);
      default ->
          throw invalid(
              "rule '%s': action '%s' is not offered; use sqs, kinesis, firehose or republish"
                  .formatted(rule, key));
    };
  }

  private static String separator(String rule, String separator) {
    if (!SEPARATORS.contains(separator)) {
      throw invalid(
          "rule '%s': separator must be a newline, a tab, CR LF or a comma".formatted(rule));
    }
    return separator;
  }

  private static RuleAction republish(String rule, JsonNode fields) {
    int qos = fields.path("qos").asInt(0);
    if (qos < 0 || qos > 1) {
      throw invalid("rule '%s': republish with qos %d; use 0 or 1".formatted(rule, qos));
    }
    Map<String, String> headers = new LinkedHashMap<>();
    Map<String, String> user = new LinkedHashMap<>();
    JsonNode given = fields.path("headers");
    given
        .properties()
        .forEach(
            header -> {
              if (header.getValue().isTextual()) {
                headers.put(header.getKey(), header.getValue().asText());
              }
            });
    given
        .path("userProperties")
        .forEach(p -> user.put(p.path("key").asText(), p.path("value").asText()));
    return new RuleAction.Republish(required(rule, fields, "topic"), qos, headers, user);
  }

  private static String required(String rule, JsonNode fields, String name) {
    JsonNode value = fields.path(name);
    if (!value.isTextual() || value.asText().isBlank()) {
      throw invalid("rule '%s': '%s' is missing or no text".formatted(rule, name));
    }
    return value.asText();
  }

  private static String text(JsonNode fields, String name, String absent) {
    JsonNode value = fields.path(name);
    return value.isTextual() ? value.asText() : absent;
  }

  private static RuleRejected invalid(String message) {
    return new RuleRejected(RuleRejected.Code.INVALID_REQUEST, message);
  }

  /** Writes a rule as GetTopicRule answers it. */
  public static ObjectNode write(Rule rule) {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.put("ruleName", rule.name());
    out.put("sql", rule.sql());
    out.put("awsIotSqlVersion", rule.version().toString());
    out.put("description", rule.description());
    out.put("ruleDisabled", rule.disabled());
    out.put("createdAt", rule.createdAtMillis() / 1000.0);
    ArrayNode actions = out.putArray("actions");
    rule.actions().forEach(action -> actions.add(write(action)));
    RuleAction error = rule.errorAction();
    if (error != null) {
      out.set("errorAction", write(error));
    }
    return out;
  }

  private static ObjectNode write(RuleAction action) {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.set(action.key(), action.accept(new Fields()));
    return out;
  }

  private static final class Fields implements RuleAction.Visitor<ObjectNode> {
    @Override
    public ObjectNode toQueue(RuleAction.ToQueue action) {
      return JsonNodeFactory.instance
          .objectNode()
          .put("queueUrl", action.queueUrl())
          .put("useBase64", action.useBase64());
    }

    @Override
    public ObjectNode toStream(RuleAction.ToStream action) {
      return JsonNodeFactory.instance
          .objectNode()
          .put("streamName", action.streamName())
          .put("partitionKey", action.partitionKey());
    }

    @Override
    public ObjectNode toDeliveryStream(RuleAction.ToDeliveryStream action) {
      ObjectNode out =
          JsonNodeFactory.instance
              .objectNode()
              .put("deliveryStreamName", action.deliveryStreamName())
              .put("batchMode", action.batchMode());
      return action.separator().isEmpty() ? out : out.put("separator", action.separator());
    }

    @Override
    public ObjectNode republish(RuleAction.Republish action) {
      ObjectNode out =
          JsonNodeFactory.instance
              .objectNode()
              .put("topic", action.topic())
              .put("qos", action.qos());
      if (!action.headers().isEmpty() || !action.userProperties().isEmpty()) {
        ObjectNode headers = out.putObject("headers");
        action.headers().forEach(headers::put);
        if (!action.userProperties().isEmpty()) {
          ArrayNode user = headers.putArray("userProperties");
          action
              .userProperties()
              .forEach((key, value) -> user.addObject().put("key", key).put("value", value));
        }
      }
      return out;
    }
  }

  static byte[] encode(Rule rule) {
    try {
      return JSON.writeValueAsBytes(write(rule).put("createdAtMillis", rule.createdAtMillis()));
    } catch (IOException impossible) { // a tree in memory
      throw new IllegalStateException(impossible);
    }
  }

  static @Nullable Rule decode(byte @Nullable [] row) {
    if (row == null) {
      return null;
    }
    try {
      JsonNode document = JSON.readTree(row);
      return parse(
          document.path("ruleName").asText(), document, document.path("createdAtMillis").asLong());
    } catch (IOException damaged) {
      throw new IllegalStateException("a rule's row is no JSON", damaged);
    }
  }
}
