package io.sluice.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.credentials.Authorizers;
import io.sluice.engine.RuleBook;
import io.sluice.identity.Registry;
import io.sluice.identity.ResourceTags;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Tags of resources. Source: AWS IoT API Reference, "TagResource" and its family. */
final class TagOperations {
  private static final Family FAMILY = Family.IOT;

  private static final String RULE = ":rule/";
  private static final String GROUP = ":thinggroup/";
  private static final String AUTHORIZER = ":authorizer/";

  private final Registry registry;
  private final RuleBook rules;
  private final DynamicGroupOperations dynamic;
  private final Authorizers authorizers;

  TagOperations(
      Registry registry, RuleBook rules, DynamicGroupOperations dynamic, Authorizers authorizers) {
    this.registry = registry;
    this.rules = rules;
    this.dynamic = dynamic;
    this.authorizers = authorizers;
  }

  void addTo(Operations operations) {
    operations
        .control()
        .add("POST", "/tags", Operation.write(FAMILY, "TagResource", this::tag))
        .add("POST", "/untag", Operation.write(FAMILY, "UntagResource", this::untag))
        .add("GET", "/tags", Operation.read(FAMILY, "ListTagsForResource", this::list));
  }

  /** The tags that a request gives to what it creates; checked, so that it is refused first. */
  static Map<String, String> given(Call call) {
    Map<String, String> tags = new LinkedHashMap<>();
    if (!call.input().has("tags")) {
      return tags;
    }
    JsonNode list = call.input().node().get("tags");
    if (!list.isArray()) {
      throw FAMILY.invalid("'tags' must be a list of objects with 'Key' and 'Value'");
    }
    for (JsonNode one : list) {
      JsonNode value = one.path("Value");
      if (!one.path("Key").isTextual() || !(value.isTextual() || value.isMissingNode())) {
        throw FAMILY.invalid("'tags' must be a list of objects with 'Key' and 'Value'");
      }
      String key = one.path("Key").asText();
      ResourceTags.check(key, value.asText());
      if (tags.put(key, value.asText()) != null) {
        throw FAMILY.invalid("'tags' names one key twice; give each once");
      }
    }
    return tags;
  }

  /** Tags what was just made. */
  static <T> CompletableFuture<T> tagged(
      Registry registry,
      Map<String, String> tags,
      CompletableFuture<T> made,
      Function<T, String> arn) {
    return tags.isEmpty()
        ? made
        : made.thenCompose(
            one -> registry.tags().change(arn.apply(one), tags, Set.of()).thenApply(all -> one));
  }

  /**
   * The tags in a header: {@code a=1&b=2}, percent-encoded, as CreateTopicRule has them.
   *
   * @param header null: none
   */
  static Map<String, String> inHeader(@Nullable String header) {
    Map<String, String> tags = new LinkedHashMap<>();
    if (header == null || header.isEmpty()) {
      return tags;
    }
    for (PercentEncoding.Parameter tag : parameters(header)) {
      ResourceTags.check(tag.name(), tag.value());
      if (tags.put(tag.name(), tag.value()) != null) {
        throw FAMILY.invalid("'x-amz-tagging' names one key twice; give each once");
      }
    }
    return tags;
  }

  private static List<PercentEncoding.Parameter> parameters(String header) {
    try {
      return PercentEncoding.parameters(header, true);
    } catch (IllegalArgumentException malformed) {
      throw FAMILY.invalid("'x-amz-tagging' is malformed: " + malformed.getMessage());
    }
  }

  private CompletableFuture<SortedMap<String, String>> change(
      String arn, Map<String, String> put, Set<String> remove) {
    String own = registry.arns().thing("").replace(":thing/", "");
    if (arn.startsWith(own + RULE)) {
      String name = arn.substring((own + RULE).length());
      if (rules.get(name).isEmpty()) {
        throw ApiError.of(
            "ResourceNotFoundException",
            404,
            "there is no rule of this ARN; ListTopicRules names those that are");
      }
      return registry.tags().change(ResourceTags.Elsewhere.RULE, name, put, remove);
    }
    if (arn.startsWith(own + AUTHORIZER)) {
      String name = authorizers.get(arn.substring((own + AUTHORIZER).length())).name();
      return registry.tags().change(ResourceTags.Elsewhere.AUTHORIZER, name, put, remove);
    }
    String group = arn.startsWith(own + GROUP) ? arn.substring((own + GROUP).length()) : "";
    return dynamic.has(group)
        ? registry.tags().change(ResourceTags.Elsewhere.DYNAMIC_GROUP, group, put, remove)
        : registry.tags().change(arn, put, remove);
  }

  private CompletableFuture<Reply> tag(Call call) {
    Map<String, String> tags = given(call);
    if (tags.isEmpty()) {
      throw FAMILY.missing("tags");
    }
    return change(call.input().text("resourceArn"), tags, Set.of()).thenApply(any -> Reply.EMPTY);
  }

  private CompletableFuture<Reply> untag(Call call) {
    return change(
            call.input().text("resourceArn"),
            Map.of(),
            new HashSet<>(call.input().texts("tagKeys")))
        .thenApply(any -> Reply.EMPTY);
  }

  /** All of them: there are fifty at most. */
  private CompletableFuture<Reply> list(Call call) {
    String arn = call.parameter("resourceArn");
    if (arn == null) {
      throw FAMILY.missing("resourceArn");
    }
    PageToken.requireNone(call);
    return change(arn, Map.of(), Set.of())
        .thenApply(
            tags -> {
              ObjectNode reply = Reply.object();
              ArrayNode list = reply.putArray("tags");
              tags.forEach((key, value) -> list.addObject().put("Key", key).put("Value", value));
              return Reply.of(reply);
            });
  }
}
