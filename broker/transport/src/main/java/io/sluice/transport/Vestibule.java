package io.sluice.transport;

import java.util.concurrent.atomic.AtomicLong;

/** What all connections that are not let in yet may hold together. Any thread. */
final class Vestibule {
  private final long bytesMax;
  private final AtomicLong bytes = new AtomicLong();

  Vestibule(long bytesMax) {
    this.bytesMax = bytesMax;
  }

  /**
   * Counts bytes that are held more, or fewer when negative.
   *
   * @return false when there are too many: the caller gives up what it holds
   */
  boolean hold(int more) {
    return bytes.addAndGet(more) <= bytesMax || more <= 0;
  }

  long bytes() {
    return bytes.get();
  }
}
