package io.sluice.transport;

import io.netty.util.concurrent.EventExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Measures how late an event loop does what was due: every device on it waits as long. Event loop
 * only, after {@link #watch}.
 */
final class LoopLag implements Runnable {
  private static final long PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  private final EventExecutor loop;
  private final TransportCounters counters;
  private long dueNanos;

  private LoopLag(EventExecutor loop, TransportCounters counters) {
    this.loop = loop;
    this.counters = counters;
  }

  /** From now on, as long as the loop lives. */
  static void watch(EventExecutor loop, TransportCounters counters) {
    new LoopLag(loop, counters).next();
  }

  private void next() {
    dueNanos = System.nanoTime() + PERIOD_NANOS;
    loop.schedule(this, PERIOD_NANOS, TimeUnit.NANOSECONDS);
  }

  @Override
  public void run() {
    counters.loopLagNanos.add(Math.max(0, System.nanoTime() - dueNanos));
    if (!loop.isShuttingDown()) {
      next();
    }
  }
}
