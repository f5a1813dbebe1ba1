package io.sluice.sim;

import java.time.Duration;

/**
 * The one thread that owns all devices of a fleet, and its time. Two implementations: a real thread
 * in {@link Fleet}, and one in the tests that a test moves by hand. Turns run one at a time, in
 * order of their due time; what a turn throws is logged and ends only that turn. After the fleet
 * has stopped, turns are dropped silently.
 */
interface FleetClock {
  /** Monotonic, in nanoseconds. Any thread. */
  long nanoTime();

  /** The wall clock. Any thread. */
  long epochMillis();

  /** Runs a turn soon. Any thread, does not block. */
  void execute(Runnable turn);

  /**
   * Runs a turn after a delay; there is no way to take it back, so the turn checks if it is late.
   */
  void after(Duration delay, Runnable turn);
}
