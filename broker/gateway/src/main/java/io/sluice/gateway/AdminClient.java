package io.sluice.gateway;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** Asks a running gateway over its HTTP API, signing as AWS clients do (Signature Version 4). */
final class AdminClient {
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);
  private static final String SERVICE = "iot";

  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1) // an upgrade to HTTP/2 gains nothing, and may hang
          .connectTimeout(Duration.ofSeconds(5))
          .build();
  private final URI endpoint;
  private final String region;
  private final String keyId;
  private final String secret;

  AdminClient(URI endpoint, String region, String keyId, String secret) {
    this.endpoint = endpoint;
    this.region = region;
    this.keyId = keyId;
    this.secret = secret;
  }

  /** What the gateway answered. */
  record Answer(int status, String body) {}

  /**
   * Reads a resource.
   *
   * @param path absolute, without characters that need escapes
   * @return the body
   * @throws Refusals.CommandFailed when the gateway cannot be reached or refuses
   */
  String get(String path) {
    return get(path, new TreeMap<>());
  }

  /**
   * Reads a resource.
   *
   * @param path absolute, without characters that need escapes
   * @param query parameters, not yet encoded
   * @return the body
   * @throws Refusals.CommandFailed when the gateway cannot be reached or refuses
   */
  String get(String path, SortedMap<String, String> query) {
    Answer answer = send("GET", path, query, "");
    if (answer.status() != 200) {
      throw new Refusals.CommandFailed(
          "%s%s answered %d: %s"
              .formatted(endpoint, path, answer.status(), messageOf(answer.body())));
    }
    return answer.body();
  }

  /** The sentence in an error's body; the body itself, where another server answered. */
  private static String messageOf(String body) {
    try {
      return Printable.of(new ObjectMapper().readTree(body).path("message").asText(body));
    } catch (JsonProcessingException notOurs) {
      return Printable.of(body);
    }
  }

  /**
   * Sends a request, signed.
   *
   * @param path absolute; its segments escaped with {@link #escape}
   * @param query names and values, not escaped
   * @param body empty for none
   * @return what was answered, whatever it is
   * @throws Refusals.CommandFailed when the gateway cannot be reached
   */
  Answer send(String method, String path, Map<String, String> query, String body) {
    return send(method, path, query, body, null);
  }

  /**
   * Sends a request to one of the services that take JSON by its name.
   *
   * @param operation {@code X-Amz-Target}, the service and the operation
   */
  Answer call(String operation, String body) {
    return send("POST", "/", Map.of(), body, operation);
  }

  private Answer send(
      String method,
      String path,
      Map<String, String> query,
      String body,
      @Nullable String operation) {
    String stamp = STAMP.format(Instant.now());
    String scope = stamp.substring(0, 8) + "/" + region + "/" + SERVICE + "/aws4_request";
    String canonicalQuery =
        new TreeMap<>(query)
            .entrySet().stream()
                .map(p -> escape(p.getKey()) + "=" + escape(p.getValue()))
                .collect(Collectors.joining("&"));
    // The canonical path escapes what is sent once more: all services but S3 do.
    String canonicalPath = path.replace("%", "%25");
    String signed = "host;x-amz-date" + (operation == null ? "" : ";x-amz-target");
    String canonical =
        "%s\n%s\n%s\nhost:%s\nx-amz-date:%s\n%s\n%s\n%s"
            .formatted(
                method,
                canonicalPath,
                canonicalQuery,
                endpoint.getAuthority(),
                stamp,
                operation == null ? "" : "x-amz-target:" + operation + "\n",
                signed,
                sha256(body));
    String toSign = "AWS4-HMAC-SHA256\n%s\n%s\n%s".formatted(stamp, scope, sha256(canonical));
    byte[] key = ("AWS4" + secret).getBytes(StandardCharsets.UTF_8);
    for (String part : scope.split("/", -1)) {
      key = hmac(key, part);
    }
    String target = canonicalQuery.isEmpty() ? path : path + "?" + canonicalQuery;
    HttpRequest.Builder request =
        HttpRequest.newBuilder(endpoint.resolve(target))
            .timeout(Duration.ofSeconds(10))
            .method(
                method,
                body.isEmpty()
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body))
            .header("x-amz-date", stamp)
            .header(
                "authorization",
                "AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s"
                    .formatted(keyId, scope, signed, HexFormat.of().formatHex(hmac(key, toSign))));
    if (operation != null) {
      request
          .header("x-amz-target", operation)
          .header("content-type", "application/x-amz-json-1.0");
    }
    try {
      HttpResponse<String> response =
          http.send(request.build(), HttpResponse.BodyHandlers.ofString());
      return new Answer(response.statusCode(), response.body());
    } catch (IOException unreachable) {
      throw new Refusals.CommandFailed(
          "%s cannot be reached (%s); is the gateway running, and is --endpoint right?"
              .formatted(
                  endpoint,
                  unreachable.getMessage() == null ? "refused" : unreachable.getMessage()));
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new Refusals.CommandFailed("interrupted");
    }
  }

  /** Escapes a text for a path segment or a query, as RFC 3986 and signatures have it. */
  static String escape(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8)
        .replace("+", "%20")
        .replace("*", "%2A")
        .replace("%7E", "~");
  }

  private static String sha256(String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException impossible) { // every Java has it
      throw new IllegalStateException(impossible);
    }
  }

  private static byte[] hmac(byte[] key, String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException impossible) { // every Java has it
      throw new IllegalStateException(impossible);
    }
  }
}
