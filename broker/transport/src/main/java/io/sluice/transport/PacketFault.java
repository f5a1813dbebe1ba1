package io.sluice.transport;

import io.netty.handler.codec.DecoderException;

/**
 * What is wrong with a packet of a client, found before the packet is decoded. Carries no stack
 * trace: a peer's mistake is expected, and must not cost more than a good packet does.
 */
final class PacketFault extends DecoderException {
  private final Reason reason;

  /**
   * @param reason what the client is told
   */
  PacketFault(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  Reason reason() {
    return reason;
  }

  @Override
  public Throwable fillInStackTrace() {
    return this;
  }
}
