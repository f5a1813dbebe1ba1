package io.sluice.store;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Tables of rows, sorted by key as unsigned bytes, and logs. Two implementations: {@link
 * RocksStore} on disk, and the tests' SimulatedStore, which crashes on cue.
 *
 * <p>Threads: every method may be called from any thread. Reads and {@link #commit} may block on
 * disk, so event loops call neither.
 *
 * <p>Durability: what {@link #commit} wrote is visible when it returns and durable when its future
 * completes. Writes become durable in the order they were written: after a crash the store holds a
 * prefix of them, each whole.
 */
public interface StateStore extends AutoCloseable {

  /** How many partitions the data directory was made with; fixed for its life. */
  int partitions();

  /** The row's value, a fresh array, or null. */
  byte @Nullable [] get(Table table, byte[] key);

  /** Rows with {@code from <= key < to} in the order of their keys, at most {@code max}. */
  List<Row> range(Table table, byte[] from, byte[] to, int max);

  /** Rows with {@code from <= key < to}, last first, at most {@code max}. */
  List<Row> rangeBackwards(Table table, byte[] from, byte[] to, int max);

  /**
   * Writes a record whole.
   *
   * @return completes when it is on disk; fails with {@link StoreFailed}. Completes on the store's
   *     thread: do little there.
   * @throws StoreFailed when the disk refused: nothing of the record is visible, and the store
   *     takes no more writes
   */
  CompletableFuture<@Nullable Void> commit(StateRecord record);

  /** The log of this name; the same instance each time. */
  Log log(String name);

  /** Makes everything durable and gives the directory back. */
  @Override
  void close();
}
