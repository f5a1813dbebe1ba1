package io.sluice.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.message.UserProperty;
import io.sluice.sql.SqlVersion;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Rules as JSON: the TopicRulePayload of the AWS IoT API in, and out again. Source: AWS IoT API
 * Reference, "TopicRulePayload".
 */
public final class RuleDocument {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int ACTIONS_MAX = 10;
  private static final int USER_PROPERTIES_MAX = 100;
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9_]{1,128}");
  private static final Set<String> SEPARATORS = Set.of("", "\n", "\t", "\r\n", ",");

  /** Actions of this house; with a field {@code endpoint} they lead to another. */
  private static final Set<String> EMBEDDED = Set.of("sqs", "kinesis", "firehose");

  private static final List<String> HEADERS =
      List.of(
          "payloadFormatIndicator",
          "contentType",
          "responseTopic",
          "correlationData",
          "messageExpiry");

  private RuleDocument() {}

  /**
   * Reads a TopicRulePayload. Fields that no action of ours has are passed over, {@code roleArn}
   * among them.
   *
   * @throws RuleRejected when a field is missing or has the wrong form, or an action is not offered
   */
  public static Rule parse(String name, JsonNode payload, long nowMillis) {
    if (!NAME.matcher(name).matches()) {
      throw RuleFields.invalid(
          "rule name '%s' must be 1 to 128 letters, digits or '_'".formatted(name));
    }
    RuleFields fields = new RuleFields(name, "", payload);
    return new Rule(
        name,
        fields.required("sql"),
        version(fields),
        fields.text("description", ""),
        fields.flag("ruleDisabled"),
        actions(fields),
        fields.has("errorAction") ? action(fields.object("errorAction")) : null,
        nowMillis);
  }

  private static SqlVersion version(RuleFields fields) {
    String text = fields.text("awsIotSqlVersion", SqlVersion.V2015_10_08.toString());
    return SqlVersion.of(text)
        .orElseThrow(
            () ->
                RuleFields.invalid(
                    "rule '%s': awsIotSqlVersion '%s' is unknown; use one of %s"
                        .formatted(fields.rule(), text, SqlVersion.names())));
  }

  private static List<RuleAction> actions(RuleFields fields) {
    JsonNode list = fields.node().path("actions");
    if (!list.isArray()) {
      throw fields.wrong("actions", "must be a list");
    }
    if (list.size() > ACTIONS_MAX) {
      throw RuleFields.invalid(
          "rule '%s': actions has %d entries; at most %d are allowed"
              .formatted(fields.rule(), list.size(), ACTIONS_MAX));
    }
    List<RuleAction> actions = new ArrayList<>();
    for (int i = 0; i < list.size(); i++) {
      actions.add(action(new RuleFields(fields.rule(), "actions[%d]".formatted(i), list.get(i))));
    }
    return actions;
  }

  private static RuleAction action(RuleFields action) {
    if (action.node().size() != 1) {
      throw RuleFields.invalid(
          "rule '%s': %s must have one key, the action's name; found %d"
              .formatted(action.rule(), action.where(), action.node().size()));
    }
    String key = action.node().fieldNames().next();
    OutboundShapes outbound = OutboundShapes.of(key);
    if (outbound != null && (!EMBEDDED.contains(key) || action.object(key).has("endpoint"))) {
      return new RuleAction.Outbound(key, outbound.shape().read(action.object(key)));
    }
    return switch (key) {
      case "sqs" -> {
        RuleFields sqs = action.object(key);
        yield new RuleAction.ToQueue(sqs.required("queueUrl"), sqs.flag("useBase64"));
      }
      case "kinesis" -> {
        RuleFields kinesis = action.object(key);
        yield new RuleAction.ToStream(
            kinesis.required("streamName"), kinesis.text("partitionKey", "${newuuid()}"));
      }
      case "firehose" -> {
        RuleFields firehose = action.object(key);
        yield new RuleAction.ToDeliveryStream(
            firehose.required("deliveryStreamName"),
            separator(firehose),
            firehose.flag("batchMode"));
      }
      case "republish" -> republish(action.object(key));
      default ->
          throw RuleFields.invalid(
              "rule '%s': action '%s' in %s is not offered; use one of %s"
                  .formatted(action.rule(), key, action.where(), offered()));
    };
  }

  private static Set<String> offered() {
    Set<String> offered = OutboundShapes.keys();
    offered.addAll(EMBEDDED);
    offered.add("republish");
    return offered;
  }

  private static String separator(RuleFields firehose) {
    String separator = firehose.text("separator", "");
    if (!SEPARATORS.contains(separator)) {
      throw firehose.wrong("separator", "must be a newline, a tab, CR LF or a comma");
    }
    return separator;
  }

  private static RuleAction republish(RuleFields fields) {
    String topic = fields.required("topic");
    int qos = fields.number("qos", 0, 0, 1);
    Map<String, String> headers = new LinkedHashMap<>();
    List<UserProperty> user = new ArrayList<>();
    if (fields.has("headers")) {
      RuleFields given = fields.object("headers");
      for (String header : HEADERS) {
        if (given.has(header)) {
          headers.put(header, given.text(header, ""));
        }
      }
      if (given.has("userProperties")) {
        userProperties(given, user);
      }
    }
    return new RuleAction.Republish(topic, qos, headers, user);
  }

  private static void userProperties(RuleFields headers, List<UserProperty> user) {
    JsonNode list = headers.node().path("userProperties");
    if (!list.isArray() || list.size() > USER_PROPERTIES_MAX) {
      throw headers.wrong(
          "userProperties", "must be a list of at most %d".formatted(USER_PROPERTIES_MAX));
    }
    for (int i = 0; i < list.size(); i++) {
      RuleFields property =
          new RuleFields(
              headers.rule(), headers.path("userProperties[%d]".formatted(i)), list.get(i));
      if (!property.has("value")) {
        throw property.wrong("value", "must be a text");
      }
      user.add(new UserProperty(property.required("key"), property.text("value", "")));
    }
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
    public ObjectNode outbound(RuleAction.Outbound action) {
      return action.fields().deepCopy();
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
        HEADERS.stream()
            .filter(action.headers()::containsKey)
            .forEach(name -> headers.put(name, action.headers().get(name)));
        if (!action.userProperties().isEmpty()) {
          ArrayNode user = headers.putArray("userProperties");
          action
              .userProperties()
              .forEach(
                  property ->
                      user.addObject().put("key", property.name()).put("value", property.value()));
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

  /**
   * @throws RuleRejected when this version of the gateway does not take it
   */
  static Rule decode(byte[] row) {
    JsonNode document;
    try {
      document = JSON.readTree(row);
    } catch (IOException damaged) {
      throw RuleFields.invalid("its row is no JSON");
    }
    return parse(
        document.path("ruleName").asText(), document, document.path("createdAtMillis").asLong());
  }

  /** What stands for a rule whose row does not make one. */
  static Rule unreadable(String name) {
    return new Rule(name, "", SqlVersion.V2015_10_08, "", true, List.of(), null, 0);
  }
}
