package io.sluice.transport;

import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Finds out that nothing was heard from a client for one and a half times its keep alive
 * [MQTT-3.1.2-22]. Costs a clock read a batch and a timer each period. Event loop only.
 */
final class KeepAlive {
  private static final long MILLIS_PER_SECOND_AND_A_HALF = 1500;

  private final Loop loop;
  private final Reading reading;
  private final Runnable silent;
  private long limitNanos;
  private long lastHeardNanos = System.nanoTime();
  private boolean heard; // since the last end of a batch
  private @Nullable ScheduledFuture<?> next;

  /**
   * @param silent what to do with a client that is not heard any more
   */
  KeepAlive(Loop loop, Reading reading, Runnable silent) {
    this.loop = loop;
    this.reading = reading;
    this.silent = silent;
  }

  /**
   * @param seconds the keep alive in force; 0: none
   */
  void begin(int seconds) {
    if (seconds > 0) {
      limitNanos = TimeUnit.MILLISECONDS.toNanos(seconds * MILLIS_PER_SECOND_AND_A_HALF);
      schedule(limitNanos);
    }
  }

  /** A packet has come. */
  void heard() {
    heard = true;
  }

  /** A batch of packets was read. */
  void endOfBatch() {
    if (heard) {
      heard = false;
      lastHeardNanos = System.nanoTime();
    }
  }

  void end() {
    if (next != null) {
      next.cancel(false);
    }
  }

  private void schedule(long inNanos) {
    next = loop.eventLoop().schedule(this::check, inNanos, TimeUnit.NANOSECONDS);
  }

  private void check() {
    if (reading.isHeldBack()) {
      lastHeardNanos = System.nanoTime();
    }
    long left = lastHeardNanos + limitNanos - System.nanoTime();
    if (left <= 0) {
      silent.run();
    } else {
      schedule(left);
    }
  }
}
