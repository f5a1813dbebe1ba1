package io.sluice.store;

import java.util.concurrent.atomic.AtomicLongArray;

/** Counts values by their magnitude: bucket i those from 2^(i-1) up to but not including 2^i. */
final class Buckets {
  private static final int COUNT = 41; // the last takes all from 2^39 on: nanoseconds of 9 minutes

  private final AtomicLongArray counts = new AtomicLongArray(COUNT);

  /** Any thread; not negative. */
  void add(long value) {
    counts.incrementAndGet(Math.min(COUNT - 1, Long.SIZE - Long.numberOfLeadingZeros(value)));
  }

  long[] snapshot() {
    long[] copy = new long[COUNT];
    for (int i = 0; i < COUNT; i++) {
      copy[i] = counts.get(i);
    }
    return copy;
  }
}
