package io.sluice.store;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.jctools.queues.MpscArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * Log records on their way to the committer, bounded in number and bytes. Any thread offers, and
 * never waits; only the committer takes.
 */
final class AppendQueue {
  private static final int RECORDS_MAX = 1 << 16;
  private static final long BYTES_MAX = 64L << 20;
  private static final int RECORDS_PER_ROUND_MAX = 1 << 14;
  private static final int BYTES_PER_ROUND_MAX = 8 << 20;

  private final MpscArrayQueue<Waiting> records = new MpscArrayQueue<>(RECORDS_MAX);
  private final AtomicLong bytes = new AtomicLong();

  /** An append on its way; it is its own future, to spare an object per message. */
  static final class Waiting extends CompletableFuture<Long> {
    final RocksLog log;
    final int partition;
    final byte[] bytes;
    long offset; // once it is written; the committer's

    Waiting(RocksLog log, int partition, byte[] bytes) {
      this.log = log;
      this.partition = partition;
      this.bytes = bytes;
    }
  }

  /** Answers false when it is full. */
  boolean offer(Waiting waiting) {
    if (bytes.addAndGet(waiting.bytes.length) <= BYTES_MAX && records.offer(waiting)) {
      return true;
    }
    bytes.addAndGet(-waiting.bytes.length);
    return false;
  }

  /** Whether it is three quarters full. */
  boolean isCongested() {
    return records.size() > RECORDS_MAX / 4 * 3 || bytes.get() > BYTES_MAX / 4 * 3;
  }

  boolean isEmpty() {
    return records.isEmpty();
  }

  /** The oldest, or null. */
  @Nullable Waiting poll() {
    Waiting waiting = records.poll();
    if (waiting != null) {
      bytes.addAndGet(-waiting.bytes.length);
    }
    return waiting;
  }

  /** Takes what one round may write, oldest first. */
  void drainTo(List<Waiting> taken) {
    long taking = 0;
    while (taken.size() < RECORDS_PER_ROUND_MAX && taking < BYTES_PER_ROUND_MAX) {
      Waiting waiting = records.poll();
      if (waiting == null) {
        break;
      }
      taken.add(waiting);
      taking += waiting.bytes.length;
    }
    bytes.addAndGet(-taking);
  }
}
