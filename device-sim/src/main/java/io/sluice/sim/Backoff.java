package io.sluice.sim;

import java.time.Duration;
import java.util.SplittableRandom;

/**
 * How long a device waits before it connects again: doubling up to a bound, the upper half of each
 * wait left to chance, so that a fleet that lost its broker does not come back in one instant.
 * Confined to one thread.
 */
final class Backoff {
  private static final int DOUBLINGS_MAX = 20;

  private final Duration first;
  private final Duration max;
  private final SplittableRandom random;
  private int attempts;

  Backoff(Duration first, Duration max, SplittableRandom random) {
    this.first = first;
    this.max = max;
    this.random = random;
  }

  Duration next() {
    long doubled = first.toNanos() << Math.min(attempts++, DOUBLINGS_MAX);
    long wait = Math.min(doubled, max.toNanos());
    return Duration.ofNanos(wait / 2 + (long) (random.nextDouble() * (wait - wait / 2)));
  }

  /** A connection stood: the next wait is a first one again. */
  void reset() {
    attempts = 0;
  }
}
