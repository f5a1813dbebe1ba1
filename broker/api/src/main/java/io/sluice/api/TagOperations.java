package io.sluice.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.identity.Registry;
import io.sluice.identity.ResourceTags;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** Tags of resources. Source: AWS IoT API Reference, "TagResource" and its family. */
final class TagOperations {
  private static final Family FAMILY = Family.IOT;

  private final Registry registry;

  TagOperations(Registry registry) {
    this.registry = registry;
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

  private CompletableFuture<Reply> tag(Call call) {
    return registry
        .tags()
        .change(call.input().text("resourceArn"), given(call), Set.of())
        .thenApply(any -> Reply.EMPTY);
  }

  private CompletableFuture<Reply> untag(Call call) {
    return registry
        .tags()
        .change(
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
    return registry
        .tags()
        .of(arn)
        .thenApply(
            tags -> {
              ObjectNode reply = Reply.object();
              ArrayNode list = reply.putArray("tags");
              tags.forEach((key, value) -> list.addObject().put("Key", key).put("Value", value));
              return Reply.of(reply);
            });
  }
}
