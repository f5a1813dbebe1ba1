package io.sluice.outbound;

import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.Endpoint;
import com.linecorp.armeria.client.ResponseTimeoutException;
import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.ContentTooLargeException;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.RequestHeadersBuilder;
import com.linecorp.armeria.common.SessionProtocol;
import io.sluice.engine.Carrier.Outcome;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionException;

/**
 * HTTP calls that wait for their answer, within a time limit, to addresses that may be reached. Any
 * thread that may wait.
 */
final class HttpCalls implements AutoCloseable {
  /** As AWS IoT does, an answer that is longer is a failure. */
  static final int ANSWER_BYTES_MAX = 16_384;

  static final int TOO_MANY_REQUESTS = 429;
  private static final Duration CONNECT_LIMIT = Duration.ofSeconds(2);
  private static final Duration IDLE = Duration.ofSeconds(30);

  /** Headers that are the connection's or ours. */
  private static final Set<String> RESERVED =
      Set.of(
          "connection",
          "content-length",
          "expect",
          "host",
          "keep-alive",
          "proxy-connection",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade");

  private final Addresses addresses;
  private final ClientFactory factory =
      ClientFactory.builder()
          .workerGroup(1)
          .connectTimeout(CONNECT_LIMIT)
          .idleTimeout(IDLE)
          .preferHttp1(true)
          .build();

  HttpCalls(Addresses addresses) {
    this.addresses = addresses;
  }

  /** One call. */
  record Request(String method, URI uri, Map<String, String> headers, byte[] body) {}

  /** What came back. */
  record Response(int status, byte[] body) {}

  /** No answer, or none that counts. */
  static final class CallFailed extends Exception {
    private final Outcome outcome;

    CallFailed(Outcome outcome) {
      super(outcome.toString(), null, false, false);
      this.outcome = outcome;
    }

    Outcome outcome() {
      return outcome;
    }
  }

  /** Why a header cannot be sent; empty when it can. */
  static String headerProblem(String name) {
    if (!name.matches("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}")) {
      return "header '%s' has a character that a header's name cannot have".formatted(name);
    }
    return RESERVED.contains(name.toLowerCase(Locale.ROOT))
        ? "header '%s' belongs to the connection; leave it out".formatted(name)
        : "";
  }

  /** The request with user and password, when there are some. */
  static Request basic(Request request, Map<String, String> credentials) {
    String user = credentials.get("username");
    if (user == null) {
      return request;
    }
    Map<String, String> headers = new HashMap<>(request.headers());
    String both = user + ":" + credentials.getOrDefault("password", "");
    headers.put(
        "authorization",
        "Basic " + Base64.getEncoder().encodeToString(both.getBytes(StandardCharsets.UTF_8)));
    return new Request(request.method(), request.uri(), headers, request.body());
  }

  /** Reads a URL that templates may have filled. */
  static URI uri(String text) throws CallFailed {
    try {
      URI uri = new URI(text);
      if (uri.getHost() == null
          || uri.getUserInfo() != null
          || !List.of("http", "https").contains(String.valueOf(uri.getScheme()))) {
        throw new URISyntaxException(text, "it needs https:// and a host");
      }
      return uri;
    } catch (URISyntaxException wrong) {
      throw new CallFailed(
          new Outcome.Refused("url '%s' cannot be called: %s".formatted(text, wrong.getReason())));
    }
  }

  /** Calls, and judges the answer by its status as AWS IoT's HTTP action does. */
  Outcome tryOnce(Request request, Duration limit) {
    try {
      return judge(call(request, limit, ANSWER_BYTES_MAX).status());
    } catch (CallFailed failed) {
      return failed.outcome();
    }
  }

  /** 2xx is well, 429 and 5xx may become so, the rest never will. */
  static Outcome judge(int status) {
    if (status / 100 == 2) {
      return Outcome.DELIVERED;
    }
    String reason = "status %d".formatted(status);
    return status == TOO_MANY_REQUESTS || status / 100 == 5
        ? new Outcome.Retry(reason)
        : new Outcome.Refused(reason);
  }

  /**
   * Calls.
   *
   * @throws CallFailed when there is no answer
   */
  Response call(Request request, Duration limit, int answerBytesMax) throws CallFailed {
    URI uri = request.uri();
    boolean tls = "https".equals(uri.getScheme());
    Addresses.Checked checked = reach(uri, tls);
    int port = uri.getPort() > 0 ? uri.getPort() : tls ? 443 : 80;
    String host = uri.getHost();
    Endpoint endpoint =
        Endpoint.of(host.startsWith("[") ? host.substring(1, host.length() - 1) : host, port)
            .withIpAddr(checked.address().getHostAddress());
    String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
    RequestHeadersBuilder headers =
        RequestHeaders.builder(
            HttpMethod.valueOf(request.method()),
            uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery());
    try {
      request.headers().forEach(headers::set);
      AggregatedHttpResponse answer =
          WebClient.builder(tls ? SessionProtocol.HTTPS : SessionProtocol.HTTP, endpoint)
              .factory(factory)
              .responseTimeout(limit)
              .maxResponseLength(answerBytesMax)
              .build()
              .blocking()
              .execute(headers.build(), request.body());
      return new Response(answer.status().code(), answer.content().array());
    } catch (IllegalArgumentException header) { // a line break that a template brought
      throw new CallFailed(new Outcome.Refused("a header has a value that cannot be sent"));
    } catch (RuntimeException failed) {
      throw new CallFailed(outcome(failed, host, limit, answerBytesMax));
    }
  }

  private Addresses.Checked reach(URI uri, boolean tls) throws CallFailed {
    try {
      Addresses.Checked checked = addresses.check(uri.getHost());
      if (!tls && !checked.isOwn()) {
        throw new CallFailed(
            new Outcome.Refused(
                "host '%s' is asked for over http://; use https://, which only addresses that '%s' allows may go without"
                    .formatted(uri.getHost(), addresses.setting())));
      }
      return checked;
    } catch (Addresses.Unreachable unreachable) {
      String reason = String.valueOf(unreachable.getMessage());
      throw new CallFailed(
          unreachable.isForGood() ? new Outcome.Refused(reason) : new Outcome.Retry(reason));
    }
  }

  private static Outcome outcome(
      RuntimeException failed, String host, Duration limit, int answerBytesMax) {
    Throwable cause = failed;
    while (cause.getCause() != null
        && (cause instanceof CompletionException
            || cause instanceof com.linecorp.armeria.client.UnprocessedRequestException)) {
      cause = cause.getCause();
    }
    if (cause instanceof ContentTooLargeException) {
      return new Outcome.Refused(
          "host '%s' answered more than %d bytes".formatted(host, answerBytesMax));
    }
    if (cause instanceof ResponseTimeoutException) {
      return new Outcome.Retry(
          "host '%s' did not answer within %d ms".formatted(host, limit.toMillis()));
    }
    return new Outcome.Retry(
        "host '%s' could not be reached (%s)".formatted(host, cause.getClass().getSimpleName()));
  }

  @Override
  public void close() {
    factory.closeAsync();
  }
}
