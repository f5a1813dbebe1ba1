package io.sluice.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.NavigableSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The lists of IoT's control plane with {@code nextToken} and {@code maxResults}. */
final class Paging {
  static final int PAGE_MAX = 250;

  private Paging() {}

  /** The key after which the page asked for begins; empty for the first. */
  static String after(Call call) {
    return PageToken.after(call, "nextToken");
  }

  /**
   * Answers one page.
   *
   * @param items those behind {@link #after}, in the order of their keys
   * @param member of the reply that holds the list
   */
  static <T> CompletableFuture<Reply> page(
      Call call,
      Stream<T> items,
      Function<T, String> key,
      String member,
      BiConsumer<ArrayNode, T> write) {
    return CompletableFuture.completedFuture(reply(call, items, key, member, write));
  }

  /** One page, as {@link #page}. */
  static <T> Reply reply(
      Call call,
      Stream<T> items,
      Function<T, String> key,
      String member,
      BiConsumer<ArrayNode, T> write) {
    ObjectNode reply = Reply.object();
    ArrayNode list = reply.putArray(member);
    int max = call.number("maxResults", PAGE_MAX, 1, PAGE_MAX);
    PageToken.take(call, items, max, key, reply, "nextToken")
        .forEach(item -> write.accept(list, item));
    return Reply.of(reply);
  }

  /** Answers one page of names. */
  static CompletableFuture<Reply> names(Call call, NavigableSet<String> names, String member) {
    return page(
        call,
        names.tailSet(after(call), false).stream(),
        name -> name,
        member,
        (list, name) -> list.add(name));
  }

  /** A query parameter that is a whole number, or null. */
  static @Nullable Long longOrNull(Call call, String name) {
    String text = call.parameter(name);
    try {
      return text == null ? null : Long.valueOf(text);
    } catch (NumberFormatException notNumber) {
      throw call.input()
          .family()
          .invalid("query parameter '%s' must be a number; found '%s'".formatted(name, text));
    }
  }

  /** Refuses members that this gateway would have to ignore. */
  static void requireNo(Call call, String... members) {
    for (String member : members) {
      if (call.input().has(member) && !call.input().node().get(member).isEmpty()
          || call.input().has(member) && call.input().node().get(member).isValueNode()) {
        throw call.input()
            .family()
            .invalid("'%s' is not supported by this gateway; leave it out".formatted(member));
      }
    }
  }
}
