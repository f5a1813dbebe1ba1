package io.sluice.session;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A persistent session on disk: {@code version(1) | expirySeconds(8) | disconnectedAt(8) |
 * sentBefore(8)}.
 *
 * @param disconnectedAtMillis when its connection ended, 0 while it is online
 * @param sentBefore inbox places before this one may have been sent; {@link Long#MAX_VALUE} while
 *     online: after a crash all may have been
 */
record SessionRow(long expirySeconds, long disconnectedAtMillis, long sentBefore) {
  private static final byte VERSION = 1;

  byte[] encode() {
    return ByteBuffer.allocate(25)
        .put(VERSION)
        .putLong(expirySeconds)
        .putLong(disconnectedAtMillis)
        .putLong(sentBefore)
        .array();
  }

  static @Nullable SessionRow decode(byte @Nullable [] row) {
    if (row == null) {
      return null;
    }
    ByteBuffer in = ByteBuffer.wrap(row);
    byte version = in.get();
    if (version != VERSION) {
      throw new IllegalStateException(
          "session row has version %d, this gateway reads %d".formatted(version, VERSION));
    }
    return new SessionRow(in.getLong(), in.getLong(), in.getLong());
  }
}
