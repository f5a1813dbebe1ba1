package io.sluice.shadow;

import org.jspecify.annotations.Nullable;

/** A peer's mistake on its way to becoming a {@code rejected} document. Costs no stack trace. */
final class ShadowRejected extends RuntimeException {
  private final transient ShadowError error;
  private final transient @Nullable String clientToken;

  ShadowRejected(ShadowError error, @Nullable String clientToken) {
    super(error.message(), null, false, false);
    this.error = error;
    this.clientToken = clientToken;
  }

  ShadowError error() {
    return error;
  }

  /** What the request carried, so that the client can tell which of its requests failed. */
  @Nullable String clientToken() {
    return clientToken;
  }
}
