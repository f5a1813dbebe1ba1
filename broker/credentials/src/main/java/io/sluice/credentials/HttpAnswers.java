package io.sluice.credentials;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.sluice.store.Clock;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What authorizers said about senders of HTTP requests, until they want to be asked again. The same
 * sender is one who shows the same token, signature, headers and query, but for what differs from
 * one request of his to the next. Bounded; any thread.
 */
final class HttpAnswers {
  private static final int KEPT_MAX = 10_000;

  /** They tell about a request, and nothing about its sender. */
  private static final Set<String> HEADERS_OF_ONE_REQUEST =
      Set.of(
          "content-length",
          "content-type",
          "date",
          "traceparent",
          "tracestate",
          "x-amz-date",
          "x-amz-content-sha256",
          "x-amzn-trace-id",
          "x-amz-mqtt5-correlation-data",
          "x-amz-mqtt5-payload-format-indicator",
          "x-amz-mqtt5-user-properties",
          "amz-sdk-invocation-id",
          "amz-sdk-request");

  /** Of the operations of the data plane. */
  private static final List<String> PARAMETERS_OF_ONE_REQUEST =
      List.of(
          "qos",
          "retain",
          "contentType",
          "responseTopic",
          "messageExpiry",
          "maxResults",
          "nextToken",
          "pageSize");

  private final Clock clock;
  private final Cache<String, Known> known = Caffeine.newBuilder().maximumSize(KEPT_MAX).build();

  private record Known(AuthorizerAnswer answer, long untilMillis) {}

  HttpAnswers(Clock clock) {
    this.clock = clock;
  }

  /** The answer that still holds, or null. */
  @Nullable AuthorizerAnswer find(AuthorizerDefinition asked, ObjectNode body) {
    Known found = known.getIfPresent(key(asked, body));
    return found != null && clock.millis() < found.untilMillis() ? found.answer() : null;
  }

  void keep(AuthorizerDefinition asked, ObjectNode body, AuthorizerAnswer answer) {
    long seconds = Math.min(answer.refreshSeconds(), answer.disconnectSeconds());
    known.put(key(asked, body), new Known(answer, clock.millis() + seconds * 1_000L));
  }

  private static String key(AuthorizerDefinition asked, ObjectNode body) {
    ObjectNode sender = body.deepCopy();
    if (sender.at("/protocolData/http") instanceof ObjectNode http) {
      if (http.get("headers") instanceof ObjectNode headers) {
        headers.remove(HEADERS_OF_ONE_REQUEST);
      }
      http.put("queryString", ofSender(http.path("queryString").asText("")));
    }
    byte[] digest = ScramHash.sha256(sender.toString().getBytes(StandardCharsets.UTF_8));
    return asked.modifiedMillis() + asked.name() + HexFormat.of().formatHex(digest);
  }

  private static String ofSender(String query) {
    return Arrays.stream(query.replaceFirst("^\\?", "").split("&", -1))
        .filter(pair -> PARAMETERS_OF_ONE_REQUEST.stream().noneMatch(p -> isNamed(pair, p)))
        .sorted()
        .collect(Collectors.joining("&"));
  }

  private static boolean isNamed(String pair, String parameter) {
    return pair.toLowerCase(Locale.ROOT).startsWith(parameter.toLowerCase(Locale.ROOT) + "=");
  }
}
