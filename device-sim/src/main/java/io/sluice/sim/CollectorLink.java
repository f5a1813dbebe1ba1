package io.sluice.sim;

import io.netty.buffer.ByteBuf;
import java.util.BitSet;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Takes what an offline session kept, and notes which messages there were. Confined to its loop.
 */
final class CollectorLink extends BenchLink {
  private final BitSet[] seen; // by publisher, then by its message
  private final AtomicLong unique = new AtomicLong();
  private final AtomicLong doubled = new AtomicLong();
  private final AtomicLong foreign = new AtomicLong();

  CollectorLink(Session session, LoopStats stats, int publishers) {
    super(session, stats);
    seen = new BitSet[publishers];
    for (int i = 0; i < publishers; i++) {
      seen[i] = new BitSet();
    }
  }

  @Override
  void published(ByteBuf in, int payloadAt, int payloadBytes) {
    long number =
        payloadBytes >= PublishTemplate.STAMP_BYTES
            ? in.getLong(payloadAt + PublishTemplate.TIME_BYTES)
            : -1;
    long publisher = number >> 40;
    if (number < 0 || publisher >= seen.length) {
      foreign.incrementAndGet();
      return;
    }
    int message = (int) (number & (1L << 40) - 1);
    if (seen[(int) publisher].get(message)) {
      doubled.incrementAndGet();
    } else {
      seen[(int) publisher].set(message);
      unique.incrementAndGet();
    }
  }

  /** Different messages so far. Any thread. */
  long unique() {
    return unique.get();
  }

  /** Messages that came again; at QoS 1 a broker may. Any thread. */
  long doubled() {
    return doubled.get();
  }

  /** Messages that no publisher of this run sent. Any thread. */
  long foreign() {
    return foreign.get();
  }
}
