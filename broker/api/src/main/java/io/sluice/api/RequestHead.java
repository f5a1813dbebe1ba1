package io.sluice.api;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request before its body, exactly as it came over the wire: signatures are made over these very
 * characters.
 *
 * @param method in capitals
 * @param rawPath as sent, percent-encoded, without the query
 * @param rawQuery as sent, without the question mark; empty when there is none
 * @param headers by lower-case name, values in their order; {@code host} holds HTTP/2's {@code
 *     :authority}
 */
record RequestHead(
    String method, String rawPath, String rawQuery, Map<String, List<String>> headers) {

  /** The first value of a header, or null. */
  @Nullable String header(String name) {
    List<String> values = headers.get(name.toLowerCase(Locale.ROOT));
    return values == null || values.isEmpty() ? null : values.get(0);
  }

  /** All values of a header, which may be none. */
  List<String> all(String name) {
    return headers.getOrDefault(name, List.of());
  }
}
