package io.sluice.shadow;

import org.jspecify.annotations.Nullable;

/**
 * How a request ended. Bodies are JSON in UTF-8, the receiver's to keep, and the same bytes that
 * MQTT subscribers were sent.
 */
public sealed interface ShadowReply {

  /** Done; what HTTP answers with 200. */
  record Accepted(byte[] body) implements ShadowReply {}

  /**
   * Refused; nothing changed.
   *
   * @param error code and text
   * @param body the document that MQTT's {@code rejected} carries; HTTP has its own shape
   * @param clientToken what the request carried, if it could be read that far
   */
  record Rejected(ShadowError error, byte[] body, @Nullable String clientToken)
      implements ShadowReply {}

  /** A will: nothing happened and nobody was told. */
  record Ignored() implements ShadowReply {}
}
