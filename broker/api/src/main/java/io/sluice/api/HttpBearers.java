package io.sluice.api;

import io.sluice.credentials.Proof;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Finds out who sends a request for the data plane that has neither a certificate nor a signature:
 * by a custom authorizer, or by a token. Called on event loops before the body is read, and returns
 * at once; what it answers may take its time.
 */
@FunctionalInterface
public interface HttpBearers {
  /** Finds nobody: these ways are closed. */
  HttpBearers NONE = request -> null;

  /** What comes of it, at once or later; null when the request shows nothing of these kinds. */
  @Nullable CompletableFuture<Proof> prove(Head request);

  /**
   * A request, before its body.
   *
   * @param uri path and query as they were sent, still percent-encoded
   * @param headers by lower-case name; may hold secrets, so never log them
   * @param serverName the host name that was asked for in the TLS handshake; null without
   */
  record Head(String uri, Map<String, List<String>> headers, @Nullable String serverName) {
    /** Leaves out what may be secret. */
    @Override
    public String toString() {
      return "Head[headers " + headers.keySet() + "]";
    }
  }
}
