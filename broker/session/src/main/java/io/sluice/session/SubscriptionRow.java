package io.sluice.session;

import io.sluice.message.QoS;
import java.nio.ByteBuffer;

/**
 * A persistent session's subscription on disk: {@code version(1) | qos and flags(1) | retain
 * handling(1) | identifier(4) | since(8)}.
 *
 * @param retainedRun whether retained messages for it are still to be put into the inbox: after a
 *     crash they are looked for from the beginning
 */
record SubscriptionRow(Subscription.Options options, long sinceMicros, boolean retainedRun) {
  private static final byte VERSION = 1;
  private static final int NO_LOCAL = 0x04;
  private static final int RETAIN_AS_PUBLISHED = 0x08;
  private static final int RETAINED_RUN = 0x10;

  byte[] encode() {
    int flags =
        options.qos().value()
            | (options.noLocal() ? NO_LOCAL : 0)
            | (options.retainAsPublished() ? RETAIN_AS_PUBLISHED : 0)
            | (retainedRun ? RETAINED_RUN : 0);
    return ByteBuffer.allocate(15)
        .put(VERSION)
        .put((byte) flags)
        .put((byte) options.retainHandling().value())
        .putInt(options.identifier())
        .putLong(sinceMicros)
        .array();
  }

  static SubscriptionRow decode(byte[] row) {
    ByteBuffer in = ByteBuffer.wrap(row);
    byte version = in.get();
    if (version != VERSION) {
      throw new IllegalStateException(
          "subscription row has version %d, this gateway reads %d".formatted(version, VERSION));
    }
    int flags = in.get();
    Subscription.RetainHandling handling = Subscription.RetainHandling.of(in.get());
    Subscription.Options options =
        new Subscription.Options(
            QoS.of(flags & 0x03),
            (flags & NO_LOCAL) != 0,
            (flags & RETAIN_AS_PUBLISHED) != 0,
            handling,
            in.getInt());
    return new SubscriptionRow(options, in.getLong(), (flags & RETAINED_RUN) != 0);
  }
}
