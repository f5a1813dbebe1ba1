package io.sluice.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.sluice.engine.Rule;
import io.sluice.engine.RuleBook;
import io.sluice.engine.RuleDocument;
import io.sluice.engine.RuleRejected;
import io.sluice.identity.Registry;
import io.sluice.identity.ResourceTags;
import io.sluice.message.TopicFilter;
import io.sluice.store.Clock;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;

/** Topic rules. Source: AWS IoT API Reference, "CreateTopicRule" and its family. */
final class RuleOperations {
  private static final Family FAMILY = Family.IOT;
  private static final int PAGE_MAX = 10_000;

  private final RuleBook rules;
  private final Registry registry; // keeps the tags of rules
  private final Clock clock;
  private final String arnPrefix;

  RuleOperations(RuleBook rules, Registry registry, Clock clock, ApiSettings settings) {
    this.rules = rules;
    this.registry = registry;
    this.clock = clock;
    this.arnPrefix = "arn:aws:iot:%s:%s:rule/".formatted(settings.region(), settings.account());
  }

  void addTo(Operations operations) {
    operations
        .control()
        .add("POST", "/rules/{rule}", Operation.write(FAMILY, "CreateTopicRule", this::create))
        .add("PATCH", "/rules/{rule}", Operation.write(FAMILY, "ReplaceTopicRule", this::replace))
        .add("GET", "/rules/{rule}", Operation.read(FAMILY, "GetTopicRule", this::get))
        .add("GET", "/rules", Operation.read(FAMILY, "ListTopicRules", this::list))
        .add(
            "POST",
            "/rules/{rule}/enable",
            Operation.write(FAMILY, "EnableTopicRule", call -> setDisabled(call, false)))
        .add(
            "POST",
            "/rules/{rule}/disable",
            Operation.write(FAMILY, "DisableTopicRule", call -> setDisabled(call, true)))
        .add("DELETE", "/rules/{rule}", Operation.write(FAMILY, "DeleteTopicRule", this::delete));
  }

  private CompletableFuture<Reply> create(Call call) {
    Map<String, String> tags = TagOperations.inHeader(call.head().header("x-amz-tagging"));
    Rule rule = rule(call);
    if (rules.get(rule.name()).isPresent()) { // said here too, where its ARN is known
      throw ApiError.of(
              RuleRejected.Code.ALREADY_EXISTS.wireName(),
              RuleRejected.Code.ALREADY_EXISTS.httpStatus(),
              "rule '%s' exists; replace it or choose another name".formatted(rule.name()))
          .with("resourceId", TextNode.valueOf(rule.name()))
          .with("resourceArn", TextNode.valueOf(arnPrefix + rule.name()));
    }
    return empty(rules.create(rule).thenCompose(made -> tag(rule.name(), tags)));
  }

  /** A rule that was just made, or is gone, keeps no tags of one before it. */
  private CompletableFuture<SortedMap<String, String>> tag(String name, Map<String, String> tags) {
    return registry.tags().replace(ResourceTags.Elsewhere.RULE, name, tags);
  }

  private CompletableFuture<Reply> replace(Call call) {
    return empty(rules.replace(rule(call)));
  }

  private Rule rule(Call call) {
    return RuleDocument.parse(call.pathVariable("rule"), call.input().node(), clock.millis());
  }

  private CompletableFuture<Reply> setDisabled(Call call, boolean disabled) {
    return empty(rules.setDisabled(call.pathVariable("rule"), disabled));
  }

  private CompletableFuture<Reply> delete(Call call) {
    String name = call.pathVariable("rule");
    return empty(rules.delete(name).thenCompose(deleted -> tag(name, Map.of())));
  }

  private static CompletableFuture<Reply> empty(CompletableFuture<?> done) {
    return done.thenApply(any -> Reply.EMPTY);
  }

  private CompletableFuture<Reply> get(Call call) {
    String name = call.pathVariable("rule");
    Rule rule =
        rules
            .get(name)
            .orElseThrow(
                () ->
                    ApiError.of(
                        RuleRejected.Code.UNKNOWN_RULE.wireName(),
                        RuleRejected.Code.UNKNOWN_RULE.httpStatus(),
                        "rule '%s' does not exist; ListTopicRules names those that do"
                            .formatted(name)));
    ObjectNode reply = Reply.object().put("ruleArn", arnPrefix + name);
    ObjectNode document = RuleDocument.write(rule);
    document.set("createdAt", WireFormat.timestamp(rule.createdAtMillis()));
    reply.set("rule", document);
    return CompletableFuture.completedFuture(Reply.of(reply));
  }

  private CompletableFuture<Reply> list(Call call) {
    int max = call.number("maxResults", PAGE_MAX, 1, PAGE_MAX);
    String topic = call.parameter("topic");
    Boolean disabled = call.parameter("ruleDisabled") == null ? null : call.flag("ruleDisabled");
    String after = PageToken.after(call, "nextToken");
    ObjectNode reply = Reply.object();
    ArrayNode list = reply.putArray("rules");
    PageToken.take(
            call,
            rules.list().stream()
                .filter(rule -> rule.name().compareTo(after) > 0)
                .filter(rule -> disabled == null || rule.disabled() == disabled)
                .filter(rule -> topic == null || topic.equals(pattern(rule))),
            max,
            Rule::name,
            reply,
            "nextToken")
        .forEach(
            rule -> {
              ObjectNode item =
                  list.addObject()
                      .put("ruleArn", arnPrefix + rule.name())
                      .put("ruleName", rule.name())
                      .put("topicPattern", pattern(rule))
                      .put("ruleDisabled", rule.disabled());
              item.set("createdAt", WireFormat.timestamp(rule.createdAtMillis()));
            });
    return CompletableFuture.completedFuture(Reply.of(reply));
  }

  private String pattern(Rule rule) {
    return rules.from(rule.name()).map(TopicFilter::toString).orElse("");
  }
}
