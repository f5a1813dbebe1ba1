package io.sluice.session;

import java.nio.ByteBuffer;

/**
 * A persistent session on disk; drawn in {@code docs/formats/session.md}.
 *
 * @param disconnectedAtMillis when its connection ended, 0 while it is online
 * @param sentBefore inbox places before this one may have been sent; {@link Long#MAX_VALUE} while
 *     online: after a crash all may have been
 * @param inboxFrom the first place of its inbox; rows before it belong to a session of the same
 *     client that ended and is being forgotten
 */
record SessionRow(long expirySeconds, long disconnectedAtMillis, long sentBefore, long inboxFrom) {
  private static final byte VERSION = 1;
  private static final int BYTES = 1 + 4 * Long.BYTES;

  static SessionRow online(long expirySeconds, long inboxFrom) {
    return new SessionRow(expirySeconds, 0, Long.MAX_VALUE, inboxFrom);
  }

  boolean isOnline() {
    return disconnectedAtMillis == 0;
  }

  /** When an offline session ends; not for one that never does. */
  long expiresAtMillis() {
    return disconnectedAtMillis + expirySeconds * 1000;
  }

  byte[] encode() {
    return ByteBuffer.allocate(BYTES)
        .put(VERSION)
        .putLong(expirySeconds)
        .putLong(disconnectedAtMillis)
        .putLong(sentBefore)
        .putLong(inboxFrom)
        .array();
  }

  static SessionRow decode(byte[] row) {
    ByteBuffer in = ByteBuffer.wrap(row);
    byte version = in.get();
    if (version != VERSION) {
      throw new IllegalStateException(
          "session row has version %d, this gateway reads %d; start the gateway that wrote it"
              .formatted(version, VERSION));
    }
    return new SessionRow(in.getLong(), in.getLong(), in.getLong(), in.getLong());
  }
}
