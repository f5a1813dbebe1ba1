package io.sluice.api;

import io.sluice.identity.WebOrigins;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What the operator decides about HTTP.
 *
 * @param http where the API listens, HTTP/1.1 and HTTP/2 with prior knowledge; port 0 picks one
 * @param https where devices' data plane listens with mutual TLS; null for nowhere
 * @param region the region in ARNs
 * @param account the account in ARNs and queue URLs, 12 digits
 * @param publicUrl how callers reach us, {@code http://host:port}; null: as their Host header says
 * @param endpoint what DescribeEndpoint answers, a host name; null: the Host header's
 * @param webOrigins which web pages of other origins may ask, and read the answers
 * @param requestBytesMax the longest body taken from anybody
 * @param publishBytesMax the longest payload of a publication over HTTP
 * @param connectionsMax open connections at once, both ports together; a further one is closed at
 *     once
 * @param requestTimeout how long an answer may take; longer than the longest poll, 20 s
 * @param idleTimeout how long a connection without requests stays
 * @param drainTimeout how long requests in flight may end when the server stops
 */
public record ApiSettings(
    InetSocketAddress http,
    @Nullable InetSocketAddress https,
    String region,
    String account,
    @Nullable String publicUrl,
    @Nullable String endpoint,
    WebOrigins webOrigins,
    long requestBytesMax,
    int publishBytesMax,
    int connectionsMax,
    Duration requestTimeout,
    Duration idleTimeout,
    Duration drainTimeout) {

  private static final long REQUEST_BYTES_MIN = 1024;

  public ApiSettings {
    if (!account.matches("[0-9]{12}")) {
      throw new IllegalArgumentException(
          "account is '%s'; use 12 digits, as 000000000000".formatted(account));
    }
    if (requestBytesMax < REQUEST_BYTES_MIN) {
      throw new IllegalArgumentException(
          "requestBytesMax is %d; use at least %d".formatted(requestBytesMax, REQUEST_BYTES_MIN));
    }
    if (connectionsMax < 1) {
      throw new IllegalArgumentException(
          "connectionsMax is %d; use at least 1".formatted(connectionsMax));
    }
  }

  /**
   * The defaults: account {@code 000000000000}, region {@code local}; 16 MiB requests, because
   * PutRecords may carry 10 MiB and base64 adds a third.
   */
  public static ApiSettings of(InetSocketAddress http, @Nullable InetSocketAddress https) {
    return new ApiSettings(
        http,
        https,
        "local",
        "000000000000",
        null,
        null,
        WebOrigins.ANY,
        16L << 20,
        256 << 10,
        1024,
        Duration.ofSeconds(60),
        Duration.ofSeconds(120),
        Duration.ofSeconds(3));
  }

  /** The same with another longest body. */
  public ApiSettings withRequestBytesMax(long bytes) {
    return new ApiSettings(
        http,
        https,
        region,
        account,
        publicUrl,
        endpoint,
        webOrigins,
        bytes,
        publishBytesMax,
        connectionsMax,
        requestTimeout,
        idleTimeout,
        drainTimeout);
  }

  /** The same for other web pages. */
  public ApiSettings withWebOrigins(WebOrigins allowed) {
    return new ApiSettings(
        http,
        https,
        region,
        account,
        publicUrl,
        endpoint,
        allowed,
        requestBytesMax,
        publishBytesMax,
        connectionsMax,
        requestTimeout,
        idleTimeout,
        drainTimeout);
  }
}
