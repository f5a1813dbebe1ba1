package io.sluice.transport;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Whether the event loops keep up with what they leave for each other; all of them share one. A
 * publisher is not read while they do not, so that mailboxes do not grow with its speed. Any
 * thread.
 */
final class Congestion {
  private static final int CROWDED_FROM = 20_000;
  private static final int CROWDED_UNTIL = 5_000;

  private final AtomicInteger crowdedLoops = new AtomicInteger();

  /** One loop's share; that loop only. */
  final class OfLoop {
    private boolean crowded;

    /** As many wait in the loop's mailbox. */
    void backlog(int waiting) {
      boolean now = waiting > (crowded ? CROWDED_UNTIL : CROWDED_FROM);
      if (now != crowded) {
        crowded = now;
        crowdedLoops.addAndGet(now ? 1 : -1);
      }
    }
  }

  boolean isHigh() {
    return crowdedLoops.get() > 0;
  }
}
