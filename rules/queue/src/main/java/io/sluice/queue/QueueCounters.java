package io.sluice.queue;

import java.util.concurrent.atomic.LongAdder;

/** What happened in all queues since the start. Any thread. */
public final class QueueCounters {
  final LongAdder sent = new LongAdder();
  final LongAdder duplicates = new LongAdder();
  final LongAdder received = new LongAdder();
  final LongAdder deleted = new LongAdder();
  final LongAdder expired = new LongAdder();
  final LongAdder redriven = new LongAdder();
  final LongAdder redriveReturned = new LongAdder();
  final LongAdder redriveLost = new LongAdder();

  QueueCounters() {}

  /** Messages accepted by queues, those from other queues not counted. */
  public long sent() {
    return sent.sum();
  }

  /** Sends that a FIFO queue answered with an earlier message. */
  public long duplicates() {
    return duplicates.sum();
  }

  /** Messages handed out, each time. */
  public long received() {
    return received.sum();
  }

  public long deleted() {
    return deleted.sum();
  }

  /** Messages whose retention ended. */
  public long expired() {
    return expired.sum();
  }

  /** Messages that arrived in a dead-letter queue. */
  public long redriven() {
    return redriven.sum();
  }

  /** Messages that came back because their dead-letter queue is not there. */
  public long redriveReturned() {
    return redriveReturned.sum();
  }

  /** Messages dropped because neither their dead-letter queue nor their own is there any more. */
  public long redriveLost() {
    return redriveLost.sum();
  }
}
