package io.sluice.store;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/**
 * A histogram that costs two additions a value and no allocation: counts values by their magnitude,
 * bucket i those from 2^(i-1) up to but not including 2^i. Any thread.
 */
public final class Buckets {
  private static final int COUNT = 41; // the last takes all from 2^39 on: nanoseconds of 9 minutes

  private final AtomicLongArray counts = new AtomicLongArray(COUNT);
  private final LongAdder sum = new LongAdder();

  /** Any thread; not negative. */
  public void add(long value) {
    sum.add(value);
    counts.incrementAndGet(Math.min(COUNT - 1, Long.SIZE - Long.numberOfLeadingZeros(value)));
  }

  /** All values together. */
  public long sum() {
    return sum.sum();
  }

  /** How many values each bucket counts. */
  public long[] snapshot() {
    long[] copy = new long[COUNT];
    for (int i = 0; i < COUNT; i++) {
      copy[i] = counts.get(i);
    }
    return copy;
  }
}
