package io.sluice.sim;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How far a publisher may run ahead of its subscribers: a closed loop, which neither drowns a slow
 * broker nor idles before a fast one. Any thread; subscribers add once per read batch.
 */
final class DeliveryWindow {
  private final long fan;
  private final long size;
  private final AtomicLong delivered = new AtomicLong();

  /**
   * @param fan how many deliveries each message makes; with 0 the window is always open
   * @param size in messages
   */
  DeliveryWindow(int fan, int size) {
    this.fan = fan;
    this.size = size;
  }

  boolean allowsAfter(long sent) {
    return fan == 0 || outstanding(sent) <= (size - 1) * fan;
  }

  /**
   * Whether half of the window is free: time to fill it in one write, rather than to answer each
   * delivery with a write of one message.
   */
  boolean wantsRefillAfter(long sent) {
    return fan == 0 || outstanding(sent) <= size / 2 * fan;
  }

  /** Deliveries that are still due after so many messages. */
  long outstanding(long sent) {
    return sent * fan - delivered.get();
  }

  void delivered(long count) {
    delivered.addAndGet(count);
  }

  long delivered() {
    return delivered.get();
  }
}
