package io.sluice.queue;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Pages of names: a token is the last name of the page before. */
final class Paging {
  private static final int MAX = 1_000;

  private Paging() {}

  static int max(@Nullable Integer maxResults) {
    if (maxResults == null) {
      return MAX;
    }
    if (maxResults < 1 || maxResults > MAX) {
      throw QueueError.outOfRange(
          "MaxResults", maxResults, "MaxResults must be an integer between 1 and 1000.");
    }
    return maxResults;
  }

  /** The name after which to go on; empty for the start. */
  static String after(@Nullable String token) {
    if (token == null || token.isEmpty()) {
      return "";
    }
    try {
      return new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException notOurs) {
      throw QueueError.badParameter("Invalid or expired next token.");
    }
  }

  /**
   * @param found in order; more than {@code max} when there are more
   */
  static QueueListing page(List<String> found, int max, boolean paged) {
    List<String> page = found.subList(0, Math.min(max, found.size()));
    boolean more = paged && found.size() > max;
    return new QueueListing(
        page,
        more
            ? Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(page.get(max - 1).getBytes(StandardCharsets.UTF_8))
            : null);
  }
}
