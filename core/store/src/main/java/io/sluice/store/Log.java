package io.sluice.store;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * A sequence of records per partition that only grows at its end and is trimmed at its start. Many
 * writers, any thread.
 *
 * <p>A record is visible to {@link #read} as soon as it is written, a moment before it is durable:
 * what follows from it is written after it, so a crash that forgets the record forgets what
 * followed too.
 */
public interface Log {

  /**
   * Appends one record. Never blocks: the caller may be an event loop. The bytes are the log's from
   * now on.
   *
   * @return the record's offset, once it is on disk; fails with {@link StoreFailed} when it will
   *     never be, and with {@link Overloaded} when too many appends wait already. Completes on the
   *     store's thread: do little there.
   */
  CompletableFuture<Long> append(int partition, byte[] record);

  /**
   * Reads on from an offset (from the first record still there, when that is later). May block on
   * disk.
   *
   * @return at most {@code recordsMax} records and about {@code bytesMax} bytes, at least one
   *     record unless none is there
   */
  List<LogRecord> read(int partition, long from, int recordsMax, int bytesMax);

  /**
   * Whether so many appends wait that their senders should pause before they are refused. Any
   * thread, no disk.
   */
  default boolean isCongested() {
    return false;
  }

  /** The offset that the next record will get. Any thread, no disk. */
  long next(int partition);

  /** Forgets the records before an offset; may be lazy about it. May block on disk. */
  void trim(int partition, long before);

  /**
   * Calls {@code listener} after records became visible, on any thread; it must return at once. One
   * listener a partition.
   */
  void onAppend(int partition, Runnable listener);
}
