package io.sluice.sim;

import io.netty.buffer.ByteBuf;

/** Counts and times what it receives, and lets its publisher go on. Confined to its event loop. */
final class SubscriberLink extends BenchLink {
  private final DeliveryWindow window;
  private final PublisherLink publisher;
  private long expected = -1;
  private long batch;

  SubscriberLink(Session session, LoopStats stats, DeliveryWindow window, PublisherLink publisher) {
    super(session, stats);
    this.window = window;
    this.publisher = publisher;
  }

  @Override
  void published(ByteBuf in, int payloadAt, int payloadBytes) {
    batch++;
    if (payloadBytes >= PublishTemplate.TIME_BYTES) {
      stats.deliveredAfter(readNanos() - in.getLong(payloadAt));
    }
    if (payloadBytes >= PublishTemplate.STAMP_BYTES) {
      long number = in.getLong(payloadAt + PublishTemplate.TIME_BYTES);
      if (number != expected && expected >= 0) {
        stats.outOfOrder++;
      }
      expected = number + 1;
    }
  }

  @Override
  void batchRead() {
    if (batch > 0) {
      stats.delivered += batch;
      window.delivered(batch);
      batch = 0;
      publisher.windowMoved();
    }
  }
}
