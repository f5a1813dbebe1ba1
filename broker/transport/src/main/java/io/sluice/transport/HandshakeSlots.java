package io.sluice.transport;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Lets only so many TLS handshakes run at once; the others wait, unread and without an engine, in
 * the order they came, so that a storm costs its clients time and not their connection. How many
 * wait is bounded by how many connections may not be let in yet, how long by the CONNECT timeout.
 * Any thread.
 */
final class HandshakeSlots {
  private final int max;
  private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
  private int running;

  HandshakeSlots(int max) {
    this.max = max;
  }

  /**
   * Runs {@code begin} now, or on the thread that gives a slot back. Whoever began calls {@link
   * #done} once.
   */
  void acquire(Runnable begin) {
    synchronized (this) {
      if (running >= max) {
        waiting.addLast(begin);
        return;
      }
      running++;
    }
    begin.run();
  }

  /** A handshake has ended, well or not: the slot goes to the one that waits longest. */
  void done() {
    Runnable next = next();
    if (next != null) {
      next.run();
    }
  }

  private synchronized @Nullable Runnable next() {
    Runnable next = waiting.pollFirst();
    if (next == null) {
      running--;
    }
    return next;
  }

  synchronized int running() {
    return running;
  }
}
