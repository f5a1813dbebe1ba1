package io.sluice.store;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * A log in its own column family, keys {@code partition | offset}. {@link #claimed} is guarded by
 * the order of {@link GroupCommit}; the rest is for any thread.
 */
final class RocksLog implements Log {
  /** Where each log begins, {@code partition | name}: remembers a log that was trimmed empty. */
  static final Table HEADS = new Table("log-heads");

  private static final String FAMILY_PREFIX = "log-";

  private final String name;
  private final String family;
  private final RocksDatabase database;
  private final GroupCommit commits;
  private final long[] claimed; // next offset to give out
  private final AtomicLongArray next; // next offset to become visible
  private final AtomicLongArray first; // reads begin here: not among the tombstones before
  private final AtomicReferenceArray<@Nullable Runnable> listeners;

  RocksLog(String name, int partitions, RocksDatabase database, GroupCommit commits) {
    this.name = name;
    this.family = family(name);
    this.database = database;
    this.commits = commits;
    this.claimed = new long[partitions];
    this.next = new AtomicLongArray(partitions);
    this.first = new AtomicLongArray(partitions);
    this.listeners = new AtomicReferenceArray<>(partitions);
    for (int p = 0; p < partitions; p++) {
      byte @Nullable [] head = database.get(HEADS.name(), headKey(p));
      long begin = head == null ? 0 : Keys.numberAt(head, 0);
      long[] end = {begin};
      database.scan(
          family,
          key(p, begin),
          key(p, Long.MAX_VALUE),
          true,
          (key, value) -> {
            end[0] = offset(key) + 1;
            return false;
          });
      first.set(p, begin);
      next.set(p, end[0]);
      claimed[p] = end[0];
    }
  }

  /** The column family of a log; two logs' names cannot meet {@link #HEADS}, see {@code Table}. */
  static String family(String log) {
    if (log.equals("heads")) {
      throw new IllegalArgumentException("a log cannot be named 'heads'");
    }
    return new Table(FAMILY_PREFIX + log).name();
  }

  /** Refuses a room's table that would be a log's family. */
  static void checkNoLog(Table table) {
    if (table.name().startsWith(FAMILY_PREFIX)) {
      throw new IllegalArgumentException(
          "table '%s': names that begin with '%s' belong to logs"
              .formatted(table.name(), FAMILY_PREFIX));
    }
  }

  @Override
  public boolean isCongested() {
    return commits.isCongested();
  }

  String family() {
    return family;
  }

  /** Gives out the next offset; under the order's lock. */
  long claim(int partition) {
    return claimed[partition]++;
  }

  void check(int partition) {
    if (partition < 0 || partition >= claimed.length) {
      throw new IllegalArgumentException(
          "log '%s' has %d partitions, no %d".formatted(name, claimed.length, partition));
    }
  }

  /** The record is written; under the order's lock. */
  void written(int partition, long offset) {
    next.lazySet(partition, offset + 1);
  }

  @Nullable Runnable listener(int partition) {
    return listeners.get(partition);
  }

  @Override
  public CompletableFuture<Long> append(int partition, byte[] record) {
    check(partition);
    return commits.append(this, partition, record);
  }

  @Override
  public List<LogRecord> read(int partition, long from, int recordsMax, int bytesMax) {
    check(partition);
    long begin = Math.max(from, first.get(partition));
    long end = next.get(partition);
    List<LogRecord> records = new ArrayList<>();
    if (begin >= end || recordsMax < 1) {
      return records; // the common answer at the end of the log: no disk asked
    }
    long[] bytes = {0};
    database.scan(
        family,
        key(partition, begin),
        key(partition, end),
        false,
        (key, value) -> {
          records.add(new LogRecord(offset(key), value));
          bytes[0] += value.length;
          return records.size() < recordsMax && bytes[0] < bytesMax;
        });
    return records;
  }

  @Override
  public long next(int partition) {
    return next.get(partition);
  }

  @Override
  public void trim(int partition, long before) {
    check(partition);
    long begin = first.get(partition);
    long end = Math.min(before, next.get(partition));
    if (end > begin) {
      commits.deleteRange(
          family,
          key(partition, begin),
          key(partition, end),
          HEADS.name(),
          headKey(partition),
          end);
      first.accumulateAndGet(partition, end, Math::max);
    }
  }

  @Override
  public void onAppend(int partition, Runnable listener) {
    check(partition);
    listeners.set(partition, listener);
  }

  private byte[] headKey(int partition) {
    return Keys.inPartition(partition, Keys.of().text(name).bytes());
  }

  static byte[] key(int partition, long offset) {
    byte[] key = new byte[Keys.PARTITION_BYTES + Long.BYTES];
    key[0] = (byte) (partition >>> 8);
    key[1] = (byte) partition;
    for (int i = 0; i < Long.BYTES; i++) {
      key[Keys.PARTITION_BYTES + i] = (byte) (offset >>> 56 - 8 * i);
    }
    return key;
  }

  private static long offset(byte[] key) {
    return Keys.numberAt(key, Keys.PARTITION_BYTES);
  }
}
