package io.sluice.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.identity.Action;
import io.sluice.message.InvalidTopic;
import io.sluice.message.Publication;
import io.sluice.message.TopicName;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.CompletableFuture;

/**
 * Retained messages over HTTP. Source: AWS IoT API Reference, "GetRetainedMessage" and
 * "ListRetainedMessages".
 */
final class RetainedOperations {
  private static final Family FAMILY = Family.IOT_DATA;
  private static final int PAGE_MAX = 200;
  private static final Comparator<Publication> BY_TOPIC =
      Comparator.comparing(publication -> publication.topic().toString());

  private final RetainedReader retained;

  RetainedOperations(RetainedReader retained) {
    this.retained = retained;
  }

  void addTo(Operations operations) {
    operations
        .data()
        .add(
            "GET",
            "/retainedMessage/{topic+}",
            Operation.read(FAMILY, "GetRetainedMessage", this::get))
        .add("GET", "/retainedMessage", Operation.read(FAMILY, "ListRetainedMessages", this::list));
  }

  private CompletableFuture<Reply> get(Call call) {
    TopicName topic;
    try {
      topic = TopicName.of(call.pathVariable("topic"));
    } catch (InvalidTopic invalid) {
      throw FAMILY.invalid(String.valueOf(invalid.getMessage()));
    }
    DataPlane.require(call, Action.GET_RETAINED_MESSAGE, topic.toString());
    // Settled by a partition's owner, which has other things to do than write replies.
    return retained.settled(topic).thenApplyAsync(settled -> shown(topic));
  }

  private Reply shown(TopicName topic) {
    Publication found = retained.find(topic);
    if (found == null) {
      throw ApiError.of(
          "ResourceNotFoundException", 404, "topic '%s' has no retained message".formatted(topic));
    }
    ObjectNode reply = Reply.object();
    reply.put("topic", topic.toString());
    reply.put("payload", found.payload()); // Jackson writes bytes in base64
    reply.put("qos", found.qos().value());
    reply.put("lastModifiedTime", found.stampMicros() / 1000);
    if (!found.properties().userProperties().isEmpty()) {
      ArrayNode pairs = JsonNodeFactory.instance.arrayNode();
      found
          .properties()
          .userProperties()
          .forEach(property -> pairs.addObject().put(property.name(), property.value()));
      reply.put("userProperties", pairs.toString().getBytes(StandardCharsets.UTF_8));
    }
    return Reply.of(reply);
  }

  /** Keeps one page while it walks over all: the messages lie in no order. */
  private CompletableFuture<Reply> list(Call call) {
    DataPlane.require(call, Action.LIST_RETAINED_MESSAGES, "*");
    int max = call.number("maxResults", PAGE_MAX, 1, PAGE_MAX);
    String after = PageToken.after(call, "nextToken");
    return retained
        .settled(null)
        .thenApplyAsync(
            settled -> {
              PriorityQueue<Publication> smallest =
                  new PriorityQueue<>(max + 2, BY_TOPIC.reversed());
              retained.forEach(
                  publication -> {
                    if (publication.topic().toString().compareTo(after) > 0) {
                      smallest.add(publication);
                      if (smallest.size() > max + 1) {
                        smallest.remove(); // the greatest
                      }
                    }
                  });
              List<Publication> page = smallest.stream().sorted(BY_TOPIC).toList();
              ObjectNode reply = Reply.object();
              ArrayNode list = reply.putArray("retainedTopics");
              PageToken.take(
                      call,
                      page.stream(),
                      max,
                      publication -> publication.topic().toString(),
                      reply,
                      "nextToken")
                  .forEach(publication -> put(list.addObject(), publication));
              return Reply.of(reply);
            });
  }

  private static void put(ObjectNode into, Publication publication) {
    into.put("topic", publication.topic().toString())
        .put("payloadSize", publication.payload().length)
        .put("qos", publication.qos().value())
        .put("lastModifiedTime", publication.stampMicros() / 1000);
  }
}
