package io.sluice.identity;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;

/**
 * Asks others over HTTP: hooks, authorizers, key sets, revocation lists. Follows no redirects,
 * reads no more than it was told, waits no longer than it was told. Any thread; nothing blocks the
 * caller.
 */
public final class Outgoing {
  private static final ObjectMapper JSON =
      JsonMapper.builder() // an answer that could be read in two ways is none
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build();

  private final HttpClient http;
  private final Executor executor;

  /**
   * @param executor reads the answers; its threads may block for the timeout
   */
  public Outgoing(Executor executor) {
    this.executor = executor;
    this.http =
        HttpClient.newBuilder()
            .connectTimeout(Duration.ofSeconds(5))
            .followRedirects(HttpClient.Redirect.NEVER)
            .version(HttpClient.Version.HTTP_1_1)
            .build();
  }

  /** Nobody could be reached, or what came back is of no use. The sentence says who and why. */
  public static final class Unanswered extends RuntimeException {
    Unanswered(String message) {
      super(message, null, false, false);
    }
  }

  /** Whether a text is an address that can be asked. */
  public static boolean isUrl(String text) {
    try {
      URI uri = URI.create(text);
      return uri.getHost() != null
          && uri.getUserInfo() == null
          && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()));
    } catch (IllegalArgumentException notOne) {
      return false;
    }
  }

  /** Posts JSON and reads JSON. */
  public CompletableFuture<JsonNode> ask(URI url, JsonNode body, Duration timeout, int bytesMax) {
    HttpRequest request =
        HttpRequest.newBuilder(url)
            .timeout(timeout)
            .header("content-type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
            .build();
    return send(request, timeout, bytesMax).thenApply(bytes -> json(where(url), bytes));
  }

  /** Gets JSON. */
  public CompletableFuture<JsonNode> getJson(URI url, Duration timeout, int bytesMax) {
    return get(url, timeout, bytesMax).thenApply(bytes -> json(where(url), bytes));
  }

  /** Gets bytes. */
  public CompletableFuture<byte[]> get(URI url, Duration timeout, int bytesMax) {
    return send(HttpRequest.newBuilder(url).timeout(timeout).GET().build(), timeout, bytesMax);
  }

  /** Posts bytes and reads bytes. */
  public CompletableFuture<byte[]> post(
      URI url, String contentType, byte[] body, Duration timeout, int bytesMax) {
    return send(
        HttpRequest.newBuilder(url)
            .timeout(timeout)
            .header("content-type", contentType)
            .POST(HttpRequest.BodyPublishers.ofByteArray(body))
            .build(),
        timeout,
        bytesMax);
  }

  private static JsonNode json(String where, byte[] bytes) {
    try {
      return JSON.readTree(bytes);
    } catch (JsonProcessingException notJson) {
      throw new Unanswered(
          "%s answered something that is no JSON; check what serves it".formatted(where));
    } catch (IOException impossible) {
      throw new IllegalStateException("reading an array does not fail", impossible);
    }
  }

  private CompletableFuture<byte[]> send(HttpRequest request, Duration timeout, int bytesMax) {
    return http.sendAsync(request, HttpResponse.BodyHandlers.ofInputStream())
        .handleAsync(
            (response, failure) -> {
              if (response == null) {
                throw new Unanswered(
                    "%s cannot be asked (%s); is it there, and is the address right?"
                        .formatted(where(request.uri()), reason(failure)));
              }
              return body(request, response, bytesMax);
            },
            executor)
        .orTimeout(timeout.toMillis() + 1_000, java.util.concurrent.TimeUnit.MILLISECONDS);
  }

  private static byte[] body(
      HttpRequest request, HttpResponse<InputStream> response, int bytesMax) {
    try (InputStream in = response.body()) {
      if (response.statusCode() != 200) {
        throw new Unanswered(
            "%s answered status %d where 200 was expected"
                .formatted(where(request.uri()), response.statusCode()));
      }
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      byte[] buffer = new byte[8192];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        bytes.write(buffer, 0, n);
        if (bytes.size() > bytesMax) {
          throw new Unanswered(
              "%s answered more than the %d bytes that are read"
                  .formatted(where(request.uri()), bytesMax));
        }
      }
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new Unanswered(
          "%s broke off its answer (%s)".formatted(where(request.uri()), reason(e)));
    }
  }

  /** Without its query, which may hold a secret. */
  private static String where(URI url) {
    return "%s://%s%s".formatted(url.getScheme(), url.getAuthority(), url.getRawPath());
  }

  private static String reason(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
  }
}
