package io.sluice.message;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Gives out the stamps of publications and subscriptions: wall-clock microseconds, moved on by one
 * where the clock stands or goes back, so that every stamp is later than all before it. Safe for
 * any thread.
 */
public final class Stamps {
  private final LongSupplier clockMillis;
  private final AtomicLong last;

  /**
   * @param clockMillis the clock, milliseconds since the epoch
   * @param after a stamp that all new ones must follow, e.g. the newest in the ingress log
   */
  public Stamps(LongSupplier clockMillis, long after) {
    this.clockMillis = clockMillis;
    this.last = new AtomicLong(after);
  }

  /** The next stamp. */
  public long next() {
    long now = clockMillis.getAsLong() * 1000;
    while (true) {
      long previous = last.get();
      long stamp = Math.max(previous + 1, now);
      if (last.compareAndSet(previous, stamp)) {
        return stamp;
      }
    }
  }
}
