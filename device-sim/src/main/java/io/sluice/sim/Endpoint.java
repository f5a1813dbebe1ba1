package io.sluice.sim;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where a fleet connects to.
 *
 * @param certificates null for plain TCP; else the folder with {@code ca.pem}, to trust the broker,
 *     and {@code NAME.pem} and {@code NAME.key.pem} for each client identifier {@code NAME}
 */
public record Endpoint(String host, int port, @Nullable Path certificates) {
  public Endpoint {
    if (host.isBlank() || port < 1 || port > 65_535) {
      throw new IllegalArgumentException(
          "%s:%d is no address; give a host and a port from 1 to 65535".formatted(host, port));
    }
  }

  /** Plain TCP, for a broker that lets anonymous clients in. */
  public static Endpoint plain(String host, int port) {
    return new Endpoint(host, port, null);
  }

  /** Mutual TLS, one certificate per device. */
  public static Endpoint mutualTls(String host, int port, Path certificates) {
    return new Endpoint(host, port, certificates);
  }

  @Override
  public String toString() {
    return "%s:%d%s".formatted(host, port, certificates == null ? "" : " (mutual TLS)");
  }
}
