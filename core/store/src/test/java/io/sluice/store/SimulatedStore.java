package io.sluice.store;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A store in memory that crashes on cue: what was written but not yet synced survives {@link
 * #crash} only as a prefix, whose length a seeded random source chooses, as on a real disk. By
 * default every commit is durable at once; with {@link #manualSync} the test decides when.
 *
 * <p>Safe for any thread, by one lock.
 */
public final class SimulatedStore implements StateStore {
  private final int partitions;
  private final Map<String, NavigableMap<byte[], byte[]>> durable;
  private final Map<String, NavigableMap<byte[], byte[]>> visible;
  private final Map<String, SimulatedLog> logs = new HashMap<>();
  private final Deque<Pending> pending = new ArrayDeque<>();
  private boolean manualSync;
  private boolean failed;

  private record Pending(StateRecord record, CompletableFuture<@Nullable Void> future) {}

  public SimulatedStore(int partitions) {
    this(partitions, new HashMap<>());
  }

  private SimulatedStore(int partitions, Map<String, NavigableMap<byte[], byte[]>> rows) {
    this.partitions = partitions;
    this.durable = rows;
    this.visible = copy(rows);
  }

  /** From now on commits wait for {@link #sync}. */
  public synchronized SimulatedStore manualSync() {
    manualSync = true;
    return this;
  }

  /** Makes all that was written durable and completes its futures. */
  public void sync() {
    List<Pending> synced;
    synchronized (this) {
      synced = new ArrayList<>(pending);
      pending.clear();
      synced.forEach(p -> write(durable, p.record));
    }
    synced.forEach(p -> p.future.complete(null));
  }

  /** From now on every write is refused, as on a full disk. */
  public synchronized void failWrites() {
    failed = true;
  }

  /**
   * What a new process finds: all that was durable, and a prefix of the rest chosen by {@code
   * random}. This instance is dead.
   */
  public synchronized SimulatedStore crash(Random random) {
    int survivors = pending.isEmpty() ? 0 : random.nextInt(pending.size() + 1);
    for (int i = 0; i < survivors; i++) {
      write(durable, pending.remove().record);
    }
    failed = true;
    return new SimulatedStore(partitions, copy(durable));
  }

  @Override
  public int partitions() {
    return partitions;
  }

  @Override
  public synchronized byte @Nullable [] get(Table table, byte[] key) {
    byte[] value = rows(visible, table.name()).get(key);
    return value == null ? null : value.clone();
  }

  @Override
  public synchronized List<Row> range(Table table, byte[] from, byte[] to, int max) {
    return take(rows(visible, table.name()), from, to, max, false);
  }

  @Override
  public synchronized List<Row> rangeBackwards(Table table, byte[] from, byte[] to, int max) {
    return take(rows(visible, table.name()), from, to, max, true);
  }

  private static List<Row> take(
      NavigableMap<byte[], byte[]> rows, byte[] from, byte[] to, int max, boolean backwards) {
    List<Row> taken = new ArrayList<>();
    if (Arrays.compareUnsigned(from, to) < 0) {
      var part = rows.subMap(from, true, to, false);
      for (Map.Entry<byte[], byte[]> entry : (backwards ? part.descendingMap() : part).entrySet()) {
        if (taken.size() == max) {
          break;
        }
        taken.add(new Row(entry.getKey().clone(), entry.getValue().clone()));
      }
    }
    return taken;
  }

  @Override
  public CompletableFuture<@Nullable Void> commit(StateRecord record) {
    CompletableFuture<@Nullable Void> future = new CompletableFuture<>();
    List<Runnable> listeners = new ArrayList<>();
    synchronized (this) {
      if (failed) {
        throw new StoreFailed("simulated disk refuses writes", null);
      }
      StateRecord resolved = new StateRecord();
      record.changes().forEach(c -> change(resolved, c));
      for (StateRecord.Append append : record.appends()) {
        SimulatedLog log = simulatedLog(append.log());
        long offset = log.next(append.partition());
        resolved.put(log.table, log.key(append.partition(), offset), append.bytes());
        log.next[append.partition()] = offset + 1;
        Runnable listener = log.listeners[append.partition()];
        if (listener != null) {
          listeners.add(listener);
        }
      }
      write(visible, resolved);
      if (manualSync) {
        pending.add(new Pending(resolved, future));
      } else {
        write(durable, resolved);
      }
    }
    listeners.forEach(Runnable::run);
    if (!manualSync) {
      future.complete(null);
    }
    return future;
  }

  private static void change(StateRecord to, StateRecord.Change change) {
    if (change.value() == null) {
      to.delete(change.table(), change.key());
    } else {
      to.put(change.table(), change.key(), change.value());
    }
  }

  private static void write(Map<String, NavigableMap<byte[], byte[]>> tables, StateRecord record) {
    for (StateRecord.Change change : record.changes()) {
      NavigableMap<byte[], byte[]> rows = rows(tables, change.table().name());
      if (change.value() == null) {
        rows.remove(change.key());
      } else {
        rows.put(change.key(), change.value().clone());
      }
    }
  }

  private static NavigableMap<byte[], byte[]> rows(
      Map<String, NavigableMap<byte[], byte[]>> tables, String name) {
    return tables.computeIfAbsent(name, n -> new TreeMap<>(Arrays::compareUnsigned));
  }

  private static Map<String, NavigableMap<byte[], byte[]>> copy(
      Map<String, NavigableMap<byte[], byte[]>> tables) {
    Map<String, NavigableMap<byte[], byte[]>> copy = new HashMap<>();
    tables.forEach((name, rows) -> copy.put(name, new TreeMap<>(rows)));
    return copy;
  }

  @Override
  public Log log(String name) {
    return simulatedLog(name);
  }

  private synchronized SimulatedLog simulatedLog(String name) {
    return logs.computeIfAbsent(name, SimulatedLog::new);
  }

  @Override
  public void close() {
    sync();
    failWrites();
  }

  private final class SimulatedLog implements Log {
    final String name;
    final Table table;
    final long[] next;
    final @Nullable Runnable[] listeners;

    SimulatedLog(String name) {
      this.name = name;
      this.table = new Table("log-" + name);
      this.next = new long[partitions];
      this.listeners = new Runnable[partitions];
      for (int p = 0; p < partitions; p++) {
        List<Row> last = rangeBackwards(table, key(p, 0), key(p, Long.MAX_VALUE), 1);
        next[p] = last.isEmpty() ? 0 : Keys.numberAt(last.get(0).key(), Keys.PARTITION_BYTES) + 1;
      }
    }

    byte[] key(int partition, long offset) {
      return Keys.inPartition(partition, Keys.of().number(offset).bytes());
    }

    @Override
    public CompletableFuture<Long> append(int partition, byte[] record) {
      long offset;
      CompletableFuture<@Nullable Void> done;
      synchronized (SimulatedStore.this) {
        if (failed) {
          return CompletableFuture.failedFuture(
              new StoreFailed("simulated disk refuses writes", null));
        }
        offset = next[partition];
        done = commit(new StateRecord().append(name, partition, record));
      }
      return done.thenApply(nothing -> offset);
    }

    @Override
    public List<LogRecord> read(int partition, long from, int recordsMax, int bytesMax) {
      List<LogRecord> records = new ArrayList<>();
      long bytes = 0;
      for (Row row :
          range(table, key(partition, from), key(partition, Long.MAX_VALUE), recordsMax)) {
        if (bytes >= bytesMax) {
          break;
        }
        records.add(new LogRecord(Keys.numberAt(row.key(), Keys.PARTITION_BYTES), row.value()));
        bytes += row.value().length;
      }
      return records;
    }

    @Override
    public long next(int partition) {
      synchronized (SimulatedStore.this) {
        return next[partition];
      }
    }

    @Override
    public void trim(int partition, long before) {
      StateRecord record = new StateRecord();
      range(
              table,
              key(partition, 0),
              key(partition, Math.min(before, next(partition) - 1)),
              Integer.MAX_VALUE)
          .forEach(row -> record.delete(table, row.key()));
      commit(record);
    }

    @Override
    public void onAppend(int partition, Runnable listener) {
      synchronized (SimulatedStore.this) {
        listeners[partition] = listener;
      }
    }
  }
}
