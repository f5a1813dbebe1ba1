package io.sluice.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import software.amazon.awssdk.http.ContentStreamProvider;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4FamilyHttpSigner;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.HttpSigner;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;

/** Requests made by hand and signed by the AWS SDK's signer: what no SDK client would send. */
final class HandMade {
  static final AccessKey ADMIN = new AccessKey("AKADMIN", "admin-secret", AccessKey.Role.ADMIN);
  static final AccessKey READER =
      new AccessKey("AKREADER", "reader-secret", AccessKey.Role.READ_ONLY);

  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private final int port;
  private final String method;
  private final String target;
  private final Map<String, String> headers = new LinkedHashMap<>();
  private byte[] body = new byte[0];
  private byte[] sentBody = null;
  private AccessKey key = ADMIN;
  private boolean signed = true;
  private Duration clockOffset = Duration.ZERO;

  private HandMade(int port, String method, String target) {
    this.port = port;
    this.method = method;
    this.target = target;
  }

  static HandMade request(int port, String method, String target) {
    return new HandMade(port, method, target);
  }

  /** An AWS JSON call. */
  static HandMade json(int port, String target, String body) {
    return request(port, "POST", "/")
        .header("X-Amz-Target", target)
        .header("Content-Type", "application/x-amz-json-1.0")
        .body(body);
  }

  /** A form of the query protocol. */
  static HandMade form(int port, String path, String form) {
    return request(port, "POST", path)
        .header("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
        .body(form);
  }

  HandMade header(String name, String value) {
    headers.put(name, value);
    return this;
  }

  HandMade body(String text) {
    return body(text.getBytes(UTF_8));
  }

  HandMade body(byte[] bytes) {
    this.body = bytes;
    return this;
  }

  /** Signs the body, then sends another. */
  HandMade tamper(String text) {
    this.sentBody = text.getBytes(UTF_8);
    return this;
  }

  HandMade key(AccessKey other) {
    this.key = other;
    return this;
  }

  HandMade unsigned() {
    this.signed = false;
    return this;
  }

  HandMade clockOffset(Duration offset) {
    this.clockOffset = offset;
    return this;
  }

  HttpResponse<String> send() {
    return send(HttpResponse.BodyHandlers.ofString());
  }

  <T> HttpResponse<T> send(HttpResponse.BodyHandler<T> handler) {
    try {
      return CLIENT.send(toRequest(), handler);
    } catch (IOException | InterruptedException failed) {
      throw new IllegalStateException(failed);
    }
  }

  /** Sends over a connection of its own, whose closing is the caller's. */
  Socket sendOverSocket() {
    StringBuilder head = new StringBuilder("%s %s HTTP/1.1\r\n".formatted(method, target));
    head.append("Host: 127.0.0.1:").append(port).append("\r\n");
    head.append("Content-Length: ").append(body.length).append("\r\n");
    signedHeaders(URI.create("http://127.0.0.1:" + port + target))
        .forEach(
            (name, values) -> values.forEach(v -> head.append("%s: %s\r\n".formatted(name, v))));
    try {
      Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
      socket.getOutputStream().write(head.append("\r\n").toString().getBytes(UTF_8));
      socket.getOutputStream().write(body);
      socket.getOutputStream().flush();
      return socket;
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private HttpRequest toRequest() {
    URI uri = URI.create("http://127.0.0.1:" + port + target);
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .timeout(Duration.ofSeconds(20))
            .method(
                method, HttpRequest.BodyPublishers.ofByteArray(sentBody == null ? body : sentBody));
    (signed ? signedHeaders(uri) : headersAsLists())
        .forEach((name, values) -> values.forEach(value -> request.header(name, value)));
    return request.build();
  }

  private Map<String, List<String>> headersAsLists() {
    Map<String, List<String>> lists = new LinkedHashMap<>();
    headers.forEach((name, value) -> lists.put(name, List.of(value)));
    return lists;
  }

  private Map<String, List<String>> signedHeaders(URI uri) {
    SdkHttpRequest.Builder request =
        SdkHttpRequest.builder().method(SdkHttpMethod.fromValue(method)).uri(uri);
    headers.forEach(request::putHeader);
    Map<String, List<String>> all =
        AwsV4HttpSigner.create()
            .sign(
                r ->
                    r.identity(AwsCredentialsIdentity.create(key.id(), key.secret()))
                        .request(request.build())
                        .payload(ContentStreamProvider.fromByteArray(body))
                        .putProperty(AwsV4FamilyHttpSigner.SERVICE_SIGNING_NAME, "sqs")
                        .putProperty(AwsV4HttpSigner.REGION_NAME, "local")
                        .putProperty(
                            HttpSigner.SIGNING_CLOCK, Clock.offset(Clock.systemUTC(), clockOffset)))
            .request()
            .headers();
    Map<String, List<String>> sendable = new LinkedHashMap<>();
    Set<String> clientsOwn = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
    clientsOwn.addAll(List.of("host", "content-length"));
    all.forEach(
        (name, values) -> {
          if (!clientsOwn.contains(name)) {
            sendable.put(name, new ArrayList<>(values));
          }
        });
    return sendable;
  }
}
