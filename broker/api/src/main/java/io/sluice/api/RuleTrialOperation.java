package io.sluice.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.engine.Rule;
import io.sluice.engine.RuleBook;
import io.sluice.engine.RuleDocument;
import io.sluice.engine.RuleTrial;
import io.sluice.message.InvalidTopic;
import io.sluice.message.Origin;
import io.sluice.message.Publication;
import io.sluice.message.PublishProperties;
import io.sluice.message.QoS;
import io.sluice.message.TopicName;
import io.sluice.sql.SqlVersion;
import io.sluice.store.Clock;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * {@code POST /sluice/rules/test}: what a rule would do with a message, with nothing done. The body
 * has a {@code rule} (a TopicRulePayload; without {@code awsIotSqlVersion} 2016-03-23) or the
 * {@code ruleName} of one that is there, a {@code topic}, a {@code payload} (text, or any JSON) or
 * {@code payloadBase64}, and perhaps a {@code clientId}.
 */
final class RuleTrialOperation {
  private final RuleBook rules;
  private final Clock clock;

  RuleTrialOperation(RuleBook rules, Clock clock) {
    this.rules = rules;
    this.clock = clock;
  }

  void addTo(Operations operations) {
    operations
        .control()
        .add("POST", "/sluice/rules/test", Operation.read(Family.IOT, "TestRule", this::test));
  }

  /** The statement may ask somebody and wait, so it leaves the event loop. */
  private CompletableFuture<Reply> test(Call call) {
    JsonNode body = call.input().node();
    Rule rule = rule(body);
    Publication publication = publication(body, call);
    return CompletableFuture.supplyAsync(
        () -> Reply.of(RuleTrial.json(rules.dryRun(rule, publication))));
  }

  private Rule rule(JsonNode body) {
    if (body.path("rule") instanceof ObjectNode draft) {
      ObjectNode document = draft.deepCopy();
      if (!document.has("awsIotSqlVersion")) {
        document.put("awsIotSqlVersion", SqlVersion.V2016_03_23.toString());
      }
      if (!document.has("actions")) {
        document.putArray("actions");
      }
      return RuleDocument.parse("draft", document, clock.millis());
    }
    String name = body.path("ruleName").asText("");
    return rules
        .get(name)
        .orElseThrow(
            () ->
                Family.IOT.invalid(
                    name.isEmpty()
                        ? "give a 'rule' (its fields) or the 'ruleName' of one that is there"
                        : "rule '%s' does not exist; ListTopicRules names those that do"
                            .formatted(name)));
  }

  private Publication publication(JsonNode body, Call call) {
    try {
      return new Publication(
          TopicName.of(body.path("topic").asText("")),
          payload(body),
          QoS.AT_LEAST_ONCE,
          false,
          PublishProperties.NONE,
          new Origin(text(body, "clientId"), null, call.sourceIp(), Origin.Kind.MQTT, 0),
          clock.millis() * 1000);
    } catch (InvalidTopic invalid) {
      throw Family.IOT.invalid("topic: " + invalid.getMessage());
    }
  }

  private static byte[] payload(JsonNode body) {
    String base64 = text(body, "payloadBase64");
    if (base64 != null) {
      try {
        return Base64.getDecoder().decode(base64);
      } catch (IllegalArgumentException notBase64) {
        throw Family.IOT.invalid("payloadBase64 is not base64");
      }
    }
    JsonNode payload = body.path("payload");
    return payload.isMissingNode()
        ? new byte[0]
        : (payload.isTextual() ? payload.textValue() : payload.toString())
            .getBytes(StandardCharsets.UTF_8);
  }

  private static @Nullable String text(JsonNode body, String field) {
    JsonNode value = body.path(field);
    return value.isTextual() ? value.textValue() : null;
  }
}
