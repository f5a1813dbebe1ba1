package io.sluice.queue;

import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A live queue as its owner knows it. Plain fields: the partition's owner thread only. */
final class Queue {
  final String name;
  QueueRow row;
  Backlog backlog;

  /** Present for FIFO queues. */
  @Nullable Deduplication deduplication;

  /** Of FIFO queues. */
  ReceiveAttempts attempts = new ReceiveAttempts();

  /** Long polls in the order they came, at most {@link QueueLimits#waitingReceivesMax}. */
  final Set<ReceiveCall> waiting = new LinkedHashSet<>();

  /** A turn that serves {@link #waiting} is on its way. */
  boolean serveQueued;

  /** When the timer that looks after {@link #waiting} is due. */
  long wakeAt = Long.MAX_VALUE;

  /** When the timer that drops what is too old is due. */
  long sweepAt = Long.MAX_VALUE;

  Queue(String name, QueueRow row, Backlog backlog, @Nullable Deduplication deduplication) {
    this.name = name;
    this.row = row;
    this.backlog = backlog;
    this.deduplication = deduplication;
  }

  boolean isFifo() {
    return row.attributes().isFifo();
  }
}
