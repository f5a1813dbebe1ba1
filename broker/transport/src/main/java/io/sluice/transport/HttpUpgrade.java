package io.sluice.transport;

import io.netty.util.AttributeKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The HTTP request that opened a WebSocket: where tokens and signatures travel that have no place
 * in CONNECT. Its size was bounded before it was read.
 *
 * @param uri as it was sent, still percent-encoded: a signature covers these very characters
 * @param headers by lower-case name, the values of each in their order; may hold secrets, so never
 *     log it
 */
public record HttpUpgrade(String uri, Map<String, List<String>> headers) {
  static final AttributeKey<HttpUpgrade> KEY = AttributeKey.valueOf(HttpUpgrade.class, "upgrade");

  public HttpUpgrade {
    Map<String, List<String>> copy = new TreeMap<>();
    headers.forEach((name, values) -> copy.put(name, List.copyOf(values)));
    headers = java.util.Collections.unmodifiableMap(copy);
  }

  static HttpUpgrade of(String uri, Iterable<Map.Entry<String, String>> sent) {
    Map<String, List<String>> headers = new TreeMap<>();
    sent.forEach(
        header ->
            headers
                .computeIfAbsent(header.getKey().toLowerCase(Locale.ROOT), n -> new ArrayList<>())
                .add(header.getValue()));
    return new HttpUpgrade(uri, headers);
  }

  /** What stands before the question mark. */
  public String path() {
    int mark = uri.indexOf('?');
    return mark < 0 ? uri : uri.substring(0, mark);
  }

  /** What stands behind the question mark, percent-encoded; empty when there is none. */
  public String query() {
    int mark = uri.indexOf('?');
    return mark < 0 ? "" : uri.substring(mark + 1);
  }

  /** The first value of a header, whatever the case of its name. */
  public Optional<String> header(String name) {
    List<String> values = headers.get(name.toLowerCase(Locale.ROOT));
    return values == null ? Optional.empty() : Optional.of(values.get(0));
  }

  /** Leaves out what may be secret. */
  @Override
  public String toString() {
    return "HttpUpgrade[" + path() + ", headers " + headers.keySet() + "]";
  }
}
