package io.sluice.store;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One decision of a partition: what its handler may read and where it writes its effects. Reads see
 * the turn's own writes. All effects are committed as one {@link StateRecord} when the handler
 * returns. Keys are the room's own; the partition in front of them is added here. Confined to the
 * owner thread, for the length of the call.
 */
public final class Turn {
  private final StateStore store;
  private final int partition;
  private final long now;
  private final StateRecord record = new StateRecord();
  private final Map<Table, TreeMap<byte[], byte @Nullable []>> own = new HashMap<>();
  private final List<Runnable> afterDurable = new ArrayList<>();
  private long earliestTimer = Long.MAX_VALUE;

  Turn(StateStore store, int partition, long now) {
    this.store = store;
    this.partition = partition;
    this.now = now;
  }

  /** The partition whose turn it is. */
  public int partition() {
    return partition;
  }

  /** The time of this turn, milliseconds since the epoch; the same however often it is asked. */
  public long now() {
    return now;
  }

  /** The row's value, or null. Do not change the array. */
  public byte @Nullable [] get(Table table, byte[] key) {
    byte[] full = full(key);
    TreeMap<byte[], byte @Nullable []> written = own.get(table);
    if (written != null && written.containsKey(full)) {
      return written.get(full);
    }
    return store.get(table, full);
  }

  /** Rows with {@code from <= key < to} in order, at most {@code max}. */
  public List<Row> range(Table table, byte[] from, byte[] to, int max) {
    byte[] low = full(from);
    byte[] high = full(to);
    if (max <= 0 || Arrays.compareUnsigned(low, high) >= 0) {
      return new ArrayList<>();
    }
    TreeMap<byte[], byte @Nullable []> written = own.get(table);
    if (written == null) {
      return strip(store.range(table, low, high, max));
    }
    // Each own change hides at most one stored row, so this many are enough.
    Map<byte[], byte @Nullable []> changed = written.subMap(low, high);
    List<Row> stored = store.range(table, low, high, saturatedAdd(max, changed.size()));
    return strip(merge(stored, changed, max));
  }

  /** Walks both in order; of two with the same key the own one counts, and a null deletes. */
  private static List<Row> merge(
      List<Row> stored, Map<byte[], byte @Nullable []> changed, int max) {
    List<Row> merged = new ArrayList<>();
    int at = 0;
    for (Map.Entry<byte[], byte @Nullable []> change : changed.entrySet()) {
      int order = -1;
      while (at < stored.size()
          && (order = Arrays.compareUnsigned(stored.get(at).key(), change.getKey())) < 0) {
        merged.add(stored.get(at++));
      }
      if (at < stored.size() && order == 0) {
        at++;
      }
      byte[] value = change.getValue();
      if (value != null) {
        merged.add(new Row(change.getKey(), value));
      }
      if (merged.size() >= max) {
        return merged.subList(0, max);
      }
    }
    while (at < stored.size() && merged.size() < max) {
      merged.add(stored.get(at++));
    }
    return merged;
  }

  /** Rows whose key begins with {@code prefix}, in order, at most {@code max}. */
  public List<Row> prefix(Table table, byte[] prefix, int max) {
    return range(table, prefix, Keys.after(prefix), max);
  }

  public void put(Table table, byte[] key, byte[] value) {
    byte[] full = full(key);
    own.computeIfAbsent(table, t -> new TreeMap<>(Arrays::compareUnsigned)).put(full, value);
    record.put(table, full, value);
  }

  public void delete(Table table, byte[] key) {
    byte[] full = full(key);
    own.computeIfAbsent(table, t -> new TreeMap<>(Arrays::compareUnsigned)).put(full, null);
    record.delete(table, full);
  }

  /**
   * Appends a record to a log, in the same write as the rows; the way to send something on to
   * another partition.
   */
  public void append(String log, int logPartition, byte[] bytes) {
    record.append(log, logPartition, bytes);
  }

  /**
   * Sets a timer that survives restart. A timer is its kind, its due time and its key: the same
   * again is one timer.
   *
   * @param dueMillis milliseconds since the epoch; in the past means at once
   */
  public void schedule(String kind, long dueMillis, byte[] key) {
    put(Timers.TABLE, Timers.row(kind, dueMillis, key), new byte[0]);
    earliestTimer = Math.min(earliestTimer, dueMillis);
  }

  /** Takes a timer back; one that is not set is no error. */
  public void cancel(String kind, long dueMillis, byte[] key) {
    delete(Timers.TABLE, Timers.row(kind, dueMillis, key));
  }

  /**
   * Calls {@code action} on the store's thread when this turn's effects are on disk; never, when
   * they are refused. Do little there.
   */
  public void afterDurable(Runnable action) {
    afterDurable.add(action);
  }

  StateRecord record() {
    return record;
  }

  List<Runnable> durableActions() {
    return afterDurable;
  }

  long earliestTimer() {
    return earliestTimer;
  }

  private byte[] full(byte[] key) {
    return Keys.inPartition(partition, key);
  }

  private static List<Row> strip(List<Row> rows) {
    List<Row> stripped = new ArrayList<>(rows.size());
    for (Row row : rows) {
      stripped.add(
          new Row(
              Arrays.copyOfRange(row.key(), Keys.PARTITION_BYTES, row.key().length), row.value()));
    }
    return stripped;
  }

  private static int saturatedAdd(int a, int b) {
    return (int) Math.min(Integer.MAX_VALUE, (long) a + b);
  }
}
