package io.sluice.sim;

import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;

/** A fleet's thread and time, moved by the test: the test's thread is the owner. */
final class HandMovedClock implements FleetClock {
  private record Turn(long dueNanos, long order, Runnable run) {}

  private final PriorityQueue<Turn> turns =
      new PriorityQueue<>(Comparator.comparingLong(Turn::dueNanos).thenComparingLong(Turn::order));
  private long nowNanos;
  private long order;

  @Override
  public long nanoTime() {
    return nowNanos;
  }

  @Override
  public long epochMillis() {
    return 1_700_000_000_000L + nowNanos / 1_000_000;
  }

  @Override
  public void execute(Runnable turn) {
    after(Duration.ZERO, turn);
  }

  @Override
  public void after(Duration delay, Runnable turn) {
    turns.add(new Turn(nowNanos + delay.toNanos(), order++, turn));
  }

  /** Runs all that is due until then, in order. */
  void advance(Duration by) {
    long until = nowNanos + by.toNanos();
    while (!turns.isEmpty() && turns.peek().dueNanos() <= until) {
      Turn next = turns.remove();
      nowNanos = next.dueNanos();
      next.run().run();
    }
    nowNanos = until;
  }

  void settle() {
    advance(Duration.ZERO);
  }
}
