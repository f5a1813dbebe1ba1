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
    TreeMap<byte[], byte @Nullable []> written = own.get(table);
    if (written == null) {
      return strip(store.range(table, low, high, max));
    }
    Map<byte[], byte @Nullable []> changed = written.subMap(low, high);
    TreeMap<byte[], byte[]> merged = new TreeMap<>(Arrays::compareUnsigned);
    for (Row row : store.range(table, low, high, saturatedAdd(max, changed.size()))) {
      merged.put(row.key(), row.value());
    }
    changed.forEach(
        (key, value) -> {
          if (value == null) {
            merged.remove(key);
          } else {
            merged.put(key, value);
          }
        });
    List<Row> rows = new ArrayList<>();
    for (Map.Entry<byte[], byte[]> entry : merged.entrySet()) {
      if (rows.size() == max) {
        break;
      }
      rows.add(new Row(entry.getKey(), entry.getValue()));
    }
    return strip(rows);
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
    rows.replaceAll(
        row ->
            new Row(
                Arrays.copyOfRange(row.key(), Keys.PARTITION_BYTES, row.key().length),
                row.value()));
    return rows;
  }

  private static int saturatedAdd(int a, int b) {
    return (int) Math.min(Integer.MAX_VALUE, (long) a + b);
  }
}
