package io.sluice.store;

import io.sluice.store.DataDirectoryRefused.Reason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Slice;
import org.rocksdb.Status;
import org.rocksdb.WALRecoveryMode;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteBufferManager;
import org.rocksdb.WriteOptions;

/**
 * The RocksDB database: its options, its column families, and reads. Everything native that lives
 * as long as the database is opened and closed here.
 *
 * <p>Any thread. Reads hold a shared lock that {@link #close} takes alone: RocksDB does not forgive
 * a read beside the end.
 */
final class RocksDatabase implements AutoCloseable {
  // Memory is bounded by these two, whatever the number of column families: the write buffers are
  // charged to the cache.
  private static final long CACHE_BYTES = 128L << 20;
  private static final long WRITE_BUFFERS_BYTES = 64L << 20;
  private static final long WRITE_BUFFER_BYTES = 16L << 20;
  private static final long ARENA_BLOCK_BYTES = 256L << 10; // of every family, used or not
  private static final long WAL_BYTES_MAX = 256L << 20; // bounds the replay at start
  private static final int OPEN_FILES_MAX = 1000;
  private static final int BACKGROUND_JOBS = 2;

  static {
    RocksDB.loadLibrary();
  }

  private final Path path;
  private final Deque<AutoCloseable> natives = new ArrayDeque<>(); // closed last first
  private final Map<String, ColumnFamilyHandle> families = new ConcurrentHashMap<>();
  private final ReadWriteLock life = new ReentrantReadWriteLock();
  private final ColumnFamilyOptions familyOptions;
  private final WriteOptions noSync;
  private final RocksDB db;
  private boolean closed; // guarded by life

  /**
   * @param wanted names of column families to make where they are missing; those that exist are all
   *     opened, also when nobody knows them any more
   */
  RocksDatabase(Path path, Collection<String> wanted) {
    this.path = path;
    LRUCache cache = keep(new LRUCache(CACHE_BYTES));
    WriteBufferManager buffers = keep(new WriteBufferManager(WRITE_BUFFERS_BYTES, cache));
    this.familyOptions = keep(familyOptions(cache, keep(new BloomFilter(10))));
    this.noSync = keep(new WriteOptions());
    DBOptions options = keep(databaseOptions(buffers));
    TreeSet<String> names = new TreeSet<>(wanted);
    try {
      names.addAll(existingFamilies());
      names.add(new String(RocksDB.DEFAULT_COLUMN_FAMILY, StandardCharsets.UTF_8));
      List<ColumnFamilyDescriptor> descriptors = new ArrayList<>();
      names.forEach(name -> descriptors.add(descriptor(name)));
      List<ColumnFamilyHandle> handles = new ArrayList<>();
      this.db = keep(RocksDB.open(options, path.toString(), descriptors, handles));
      int next = 0;
      for (String name : names) {
        families.put(name, keep(handles.get(next++)));
      }
    } catch (RocksDBException refused) {
      closeNatives();
      throw refusedToOpen(refused);
    }
  }

  private List<String> existingFamilies() throws RocksDBException {
    List<String> names = new ArrayList<>();
    if (Files.exists(path.resolve("CURRENT"))) {
      try (Options listing = new Options()) {
        for (byte[] name : RocksDB.listColumnFamilies(listing, path.toString())) {
          names.add(new String(name, StandardCharsets.UTF_8));
        }
      }
    } else if (holdsData()) { // RocksDB would make a new, empty database over it
      throw new RocksDBException("its file CURRENT is missing beside files with data");
    }
    return names;
  }

  /** A database that was never finished has neither; see {@code docs/formats/store.md}. */
  private boolean holdsData() {
    try (Stream<Path> files = Files.list(path)) {
      return files.anyMatch(
          file -> file.toString().endsWith(".sst") || file.toString().endsWith(".log"));
    } catch (IOException unreadable) {
      return false; // RocksDB says why when it opens
    }
  }

  private ColumnFamilyDescriptor descriptor(String name) {
    return new ColumnFamilyDescriptor(name.getBytes(StandardCharsets.UTF_8), familyOptions);
  }

  private static DBOptions databaseOptions(WriteBufferManager buffers) {
    return new DBOptions()
        .setCreateIfMissing(true)
        .setCreateMissingColumnFamilies(true)
        .setManualWalFlush(true) // one write and one sync for a whole group; see GroupCommit
        .setWalRecoveryMode(WALRecoveryMode.PointInTimeRecovery)
        .setWriteBufferManager(buffers)
        .setMaxTotalWalSize(WAL_BYTES_MAX)
        .setMaxBackgroundJobs(BACKGROUND_JOBS)
        .setMaxOpenFiles(OPEN_FILES_MAX)
        .setBytesPerSync(1 << 20)
        .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
        .setMaxLogFileSize(4 << 20)
        .setKeepLogFileNum(3)
        .setStatsDumpPeriodSec(0);
  }

  private static ColumnFamilyOptions familyOptions(LRUCache cache, BloomFilter filter) {
    return new ColumnFamilyOptions()
        .setWriteBufferSize(WRITE_BUFFER_BYTES)
        .setArenaBlockSize(ARENA_BLOCK_BYTES)
        .setCompressionType(CompressionType.LZ4_COMPRESSION)
        .setLevelCompactionDynamicLevelBytes(true)
        .setTableFormatConfig(
            new BlockBasedTableConfig()
                .setBlockCache(cache)
                .setFilterPolicy(filter)
                .setCacheIndexAndFilterBlocks(true)
                .setPinL0FilterAndIndexBlocksInCache(true)
                .setBlockSize(16 << 10));
  }

  private RuntimeException refusedToOpen(RocksDBException refused) {
    if (isDiskFull(refused)) {
      return failure(refused);
    }
    return new DataDirectoryRefused(
        Reason.DAMAGED_STORE,
        "the store in '%s' cannot be opened: %s. Nothing was changed. Check the disk and its rights, then restore the data directory from a backup, or start with another --data-dir."
            .formatted(path, refused.getMessage()),
        refused);
  }

  /** The sentence for a disk that refused. */
  StoreFailed failure(RocksDBException refused) {
    return isDiskFull(refused)
        ? new StoreFailed("disk full at '%s'; free space and restart".formatted(path), refused)
        : new StoreFailed(
            "the disk refused at '%s': %s; nothing more is written. Check the disk and restart"
                .formatted(path, refused.getMessage()),
            refused);
  }

  private static boolean isDiskFull(RocksDBException refused) {
    Status status = refused.getStatus();
    return status != null && status.getSubCode() == Status.SubCode.NoSpace;
  }

  boolean has(String family) {
    return families.containsKey(family);
  }

  Collection<String> families() {
    return families.keySet();
  }

  /** The family of a table; a table that nobody handed in is our mistake. */
  ColumnFamilyHandle family(String name) {
    ColumnFamilyHandle family = families.get(name);
    if (family == null) {
      throw new IllegalArgumentException(
          "table '%s' was not handed to the store when it opened".formatted(name));
    }
    return family;
  }

  /** Makes a family while the database runs; one caller at a time. */
  void create(String name) {
    life.readLock().lock();
    try {
      checkOpen();
      families.put(name, keep(db.createColumnFamily(descriptor(name))));
    } catch (RocksDBException refused) {
      throw failure(refused);
    } finally {
      life.readLock().unlock();
    }
  }

  byte @Nullable [] get(String table, byte[] key) {
    ColumnFamilyHandle family = family(table);
    life.readLock().lock();
    try {
      checkOpen();
      return db.get(family, key);
    } catch (RocksDBException refused) {
      throw failure(refused);
    } finally {
      life.readLock().unlock();
    }
  }

  /** Takes rows while it may. */
  @FunctionalInterface
  interface Visitor {
    boolean row(byte[] key, byte[] value);
  }

  /** Visits the rows with {@code from <= key < to}, until the visitor has enough. */
  void scan(String table, byte[] from, byte[] to, boolean backwards, Visitor visitor) {
    ColumnFamilyHandle family = family(table);
    life.readLock().lock();
    // The bounds let RocksDB stop at the end of the range, not behind the tombstones after it.
    try (Slice low = new Slice(from);
        Slice high = new Slice(to);
        ReadOptions options =
            new ReadOptions().setIterateLowerBound(low).setIterateUpperBound(high)) {
      checkOpen();
      try (RocksIterator rows = db.newIterator(family, options)) {
        if (backwards) {
          rows.seekToLast();
        } else {
          rows.seekToFirst();
        }
        while (rows.isValid() && visitor.row(rows.key(), rows.value())) {
          if (backwards) {
            rows.prev();
          } else {
            rows.next();
          }
        }
        rows.status();
      }
    } catch (RocksDBException refused) {
      throw failure(refused);
    } finally {
      life.readLock().unlock();
    }
  }

  /** Writes visibly, not yet durably. */
  void write(WriteBatch batch) throws RocksDBException {
    db.write(noSync, batch);
  }

  /** Makes all that was written durable: hands the buffered log to the disk and waits for it. */
  void sync() throws RocksDBException {
    db.flushWal(true);
  }

  private void checkOpen() {
    if (closed) {
      throw new StoreFailed("the store is closed", null);
    }
  }

  @Override
  public void close() {
    life.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        closeNatives();
      }
    } finally {
      life.writeLock().unlock();
    }
  }

  private synchronized <T extends AutoCloseable> T keep(T resource) {
    natives.push(resource);
    return resource;
  }

  private synchronized void closeNatives() {
    while (!natives.isEmpty()) {
      try {
        natives.pop().close();
      } catch (Exception impossible) { // the signature of AutoCloseable; RocksDB's do not throw
        throw new IllegalStateException(impossible);
      }
    }
  }
}
