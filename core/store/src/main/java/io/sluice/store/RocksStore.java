package io.sluice.store;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The embedded store: one RocksDB database, a column family for each table and each log. What is on
 * disk is in {@code docs/formats/store.md}; how writes become durable in {@link GroupCommit}.
 *
 * <p>Any thread.
 */
public final class RocksStore implements StateStore {
  private final DataDirectory directory;
  private final RocksDatabase database;
  private final GroupCommit commits;
  private final ConcurrentMap<String, RocksLog> logs = new ConcurrentHashMap<>();

  private final AtomicBoolean closed = new AtomicBoolean();

  private RocksStore(DataDirectory directory, RocksDatabase database) {
    this.directory = directory;
    this.database = database;
    this.commits = new GroupCommit(database, this::rocksLog);
  }

  /**
   * Opens the database of a data directory, which then belongs to the store: {@link #close} closes
   * both.
   *
   * @param tables every table that any room will use; those of the store itself come on their own
   * @throws DataDirectoryRefused when the database cannot be opened; the directory is closed then
   */
  public static RocksStore open(DataDirectory directory, Set<Table> tables) {
    Set<String> names = new TreeSet<>();
    for (Table table : tables) {
      RocksLog.checkNoLog(table);
      names.add(table.name());
    }
    EmbeddedTables.ALL.forEach(table -> names.add(table.name()));
    try {
      RocksStore store = new RocksStore(directory, new RocksDatabase(directory.store(), names));
      store.commits.start();
      return store;
    } catch (RuntimeException refused) {
      directory.close();
      throw refused;
    }
  }

  @Override
  public int partitions() {
    return directory.partitions();
  }

  @Override
  public byte @Nullable [] get(Table table, byte[] key) {
    return database.get(table.name(), key);
  }

  @Override
  public List<Row> range(Table table, byte[] from, byte[] to, int max) {
    return rows(table, from, to, max, false);
  }

  @Override
  public List<Row> rangeBackwards(Table table, byte[] from, byte[] to, int max) {
    return rows(table, from, to, max, true);
  }

  private List<Row> rows(Table table, byte[] from, byte[] to, int max, boolean backwards) {
    List<Row> rows = new ArrayList<>();
    if (max > 0 && Arrays.compareUnsigned(from, to) < 0) {
      database.scan(
          table.name(),
          from,
          to,
          backwards,
          (key, value) -> {
            rows.add(new Row(key, value));
            return rows.size() < max;
          });
    }
    return rows;
  }

  @Override
  public CompletableFuture<@Nullable Void> commit(StateRecord record) {
    return commits.commit(record);
  }

  @Override
  public Log log(String name) {
    return rocksLog(name);
  }

  private RocksLog rocksLog(String name) {
    RocksLog log = logs.get(name);
    return log != null ? log : logs.computeIfAbsent(name, this::openLog);
  }

  private RocksLog openLog(String name) {
    String family = RocksLog.family(name);
    if (!database.has(family)) {
      database.create(family);
    }
    return new RocksLog(name, partitions(), database, commits);
  }

  /**
   * Whether the disk refused a write: then the store takes no more until the gateway is restarted.
   * Any thread.
   */
  public boolean hasFailed() {
    return commits.hasFailed();
  }

  /** What was counted since the store opened. */
  public StoreFigures figures() {
    return commits.figures();
  }

  /** Makes everything durable and gives the directory back; again is no error. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      commits.close();
      database.close();
      directory.close();
    }
  }
}
