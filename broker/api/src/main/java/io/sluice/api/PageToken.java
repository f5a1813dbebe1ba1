package io.sluice.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Pages of IoT's lists: an opaque token is the key of the last item given. */
final class PageToken {
  private PageToken() {}

  static String of(String lastKey) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(lastKey.getBytes(StandardCharsets.UTF_8));
  }

  /** The key after which the page begins; empty for the first page. */
  static String after(@Nullable String token) {
    if (token == null || token.isEmpty()) {
      return "";
    }
    try {
      return new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException notOurs) {
      throw Family.IOT.invalid(
          "the page token is none of ours; pass on the one from the page before");
    }
  }

  /**
   * A short list in the order of creation, those of one instant by name, from where a marker says.
   *
   * @param key gives {@link #created} of an item
   */
  static <T> Stream<T> byCreation(Stream<T> items, Function<T, String> key, Call call) {
    String after = after(call.parameter("marker"));
    boolean ascending = call.flag("isAscendingOrder"); // without it the newest first, decision 65
    Comparator<T> order = Comparator.comparing(key);
    return items
        .filter(
            item ->
                after.isEmpty()
                    || (ascending
                        ? key.apply(item).compareTo(after) > 0
                        : key.apply(item).compareTo(after) < 0))
        .sorted(ascending ? order : order.reversed());
  }

  /** A key whose order is that of creation. */
  static String created(long millis, String name) {
    return "%015d.%s".formatted(millis, name);
  }

  /**
   * Takes a page and names the next one in the reply.
   *
   * @param items those behind the last page, in the order of their keys
   * @param member of the reply for the token: {@code nextToken} or {@code nextMarker}
   */
  static <T> List<T> take(
      Stream<T> items, int max, Function<T, String> key, ObjectNode reply, String member) {
    List<T> taken = items.limit(max + 1L).toList();
    if (taken.size() <= max) {
      return taken;
    }
    reply.put(member, of(key.apply(taken.get(max - 1))));
    return taken.subList(0, max);
  }
}
