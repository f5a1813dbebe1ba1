package io.sluice.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Pages of IoT's lists: an opaque token is the list's name and the key of the last item given, so
 * that one of another list is refused.
 */
final class PageToken {
  private PageToken() {}

  static String of(Call call, String lastKey) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString((call.operation() + ' ' + lastKey).getBytes(StandardCharsets.UTF_8));
  }

  /** The key after which the page begins, as a query parameter has it; empty for the first. */
  static String after(Call call, String parameter) {
    return after(call, parameter, call.parameter(parameter));
  }

  /**
   * The key after which the page begins; empty for the first page.
   *
   * @param where the member that has the token
   */
  static String after(Call call, String where, @Nullable String token) {
    if (token == null || token.isEmpty()) {
      return "";
    }
    String prefix = call.operation() + ' ';
    try {
      String text = new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8);
      if (text.length() > prefix.length() && text.startsWith(prefix)) {
        return text.substring(prefix.length());
      }
    } catch (IllegalArgumentException notBase64) { // answered below
    }
    throw call.input()
        .family()
        .invalid(
            "'%s' is no token of %s; pass on the one from the page before, or none for the first page"
                .formatted(where, call.operation()));
  }

  /**
   * For a list that is always whole: whoever has a token for its next page has it from elsewhere.
   */
  static void requireNone(Call call) {
    after(call, "nextToken");
  }

  /**
   * A short list in the order of creation, those of one instant by name, from where a marker says.
   *
   * @param key gives {@link #created} of an item
   */
  static <T> Stream<T> byCreation(Stream<T> items, Function<T, String> key, Call call) {
    String after = after(call, "marker");
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
   * @param call which list is asked for
   * @param items those behind the last page, in the order of their keys
   * @param member of the reply for the token: {@code nextToken} or {@code nextMarker}
   */
  static <T> List<T> take(
      Call call,
      Stream<T> items,
      int max,
      Function<T, String> key,
      ObjectNode reply,
      String member) {
    List<T> taken = items.limit(max + 1L).toList();
    if (taken.size() <= max) {
      return taken;
    }
    reply.put(member, of(call, key.apply(taken.get(max - 1))));
    return taken.subList(0, max);
  }
}
