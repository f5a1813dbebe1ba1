package io.sluice.store;

import io.sluice.store.AppendQueue.Waiting;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes in one order, and lets one sync make many writes durable.
 *
 * <p>A commit is written by its caller under {@link #order}, so it is visible when the call
 * returns, and leaves a ticket. An append only enters a queue, because its caller must not wait.
 * One thread goes in rounds: it writes the queued appends as one batch, takes the tickets, syncs
 * once, and completes the futures. While the disk works on one round, the next gathers. Everything
 * written before a sync begins is durable when it ends: RocksDB syncs all log files that are not
 * synced yet, also those it has switched away from. Why so, and how fast: {@code
 * docs/decisions/0002-group-commit.md}.
 *
 * <p>Bounds: appends are refused with {@link Overloaded} when too many records or bytes wait;
 * commits wait when too many tickets do. After the first failure nothing is written any more.
 */
final class GroupCommit {
  private static final Logger LOG = LoggerFactory.getLogger(GroupCommit.class);
  private static final int TICKETS_MAX = 1 << 15;
  private static final int BATCH_KEPT_BYTES_MAX = 4 << 20;
  private static final int SPINS = 64;

  private final RocksDatabase database;
  private final Function<String, RocksLog> logs;
  private final Thread thread = new Thread(this::run, "store-commit");

  private final AppendQueue appends = new AppendQueue();

  /** Offsets are given out and batches written in here, so their orders agree. */
  private final ReentrantLock order = new ReentrantLock();

  private final Condition ticketsTaken = order.newCondition();
  private WriteBatch batch = new WriteBatch(); // guarded by order
  private final List<CompletableFuture<@Nullable Void>> tickets =
      new ArrayList<>(); // guarded by order

  private volatile long written; // writes begun, counted before they are visible; set under order
  private volatile long synced; // writes known to be durable; set by the thread
  private volatile boolean idle; // the thread sleeps or is about to
  private volatile boolean closing;
  private volatile boolean ended;
  private volatile @Nullable StoreFailed failure;

  private final CommitCounters counters = new CommitCounters();

  GroupCommit(RocksDatabase database, Function<String, RocksLog> logs) {
    this.database = database;
    this.logs = logs;
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** Any thread, never waits. */
  CompletableFuture<Long> append(RocksLog log, int partition, byte[] bytes) {
    StoreFailed failed = failure;
    if (failed != null || closing) {
      return CompletableFuture.failedFuture(failed != null ? failed : closed());
    }
    Waiting waiting = new Waiting(log, partition, bytes);
    if (!appends.offer(waiting)) {
      counters.overloaded.increment();
      return CompletableFuture.failedFuture(
          new Overloaded("too many log records wait for the disk; try again later"));
    }
    wake();
    if (ended) {
      waiting.completeExceptionally(closed()); // offered behind the last look into the queue
    }
    return waiting;
  }

  /** Whether so many appends wait that more may soon be refused. Any thread. */
  boolean isCongested() {
    return appends.isCongested();
  }

  /** Writes on the calling thread; may wait for others' writes and for the disk. */
  CompletableFuture<@Nullable Void> commit(StateRecord record) {
    if (record.isEmpty()) {
      return visibleIsDurable();
    }
    CompletableFuture<@Nullable Void> future = new CompletableFuture<>();
    order.lock();
    try {
      while (tickets.size() >= TICKETS_MAX
          && Thread.currentThread() != thread
          && failure == null
          && !closing) {
        ticketsTaken.awaitUninterruptibly();
      }
      refuseWhenOver();
      write(record);
      tickets.add(future);
    } finally {
      order.unlock();
    }
    counters.commits.increment();
    wake();
    for (StateRecord.Append append : record.appends()) {
      tell(logs.apply(append.log()).listener(append.partition()));
    }
    return future;
  }

  private CompletableFuture<@Nullable Void> visibleIsDurable() {
    long visible = written; // read first: synced may only grow meanwhile
    if (synced >= visible) {
      return CompletableFuture.completedFuture(null);
    }
    CompletableFuture<@Nullable Void> future = new CompletableFuture<>();
    order.lock();
    try {
      refuseWhenOver();
      tickets.add(future);
    } finally {
      order.unlock();
    }
    wake();
    return future;
  }

  private void write(StateRecord record) {
    record.appends().forEach(append -> logs.apply(append.log()).check(append.partition()));
    List<StateRecord.Append> added = record.appends();
    long[] offsets = new long[added.size()];
    try {
      for (StateRecord.Change change : record.changes()) {
        byte[] value = change.value();
        if (value == null) {
          batch.delete(database.family(change.table().name()), change.key());
        } else {
          batch.put(database.family(change.table().name()), change.key(), value);
        }
      }
      for (int i = 0; i < offsets.length; i++) {
        StateRecord.Append append = added.get(i);
        offsets[i] = put(logs.apply(append.log()), append.partition(), append.bytes());
      }
      writeBatch(1);
    } catch (RocksDBException refused) {
      throw fail(refused);
    } finally {
      clearBatch();
    }
    for (int i = 0; i < offsets.length; i++) {
      StateRecord.Append append = added.get(i);
      logs.apply(append.log()).written(append.partition(), offsets[i]);
    }
  }

  private long put(RocksLog log, int partition, byte[] bytes) throws RocksDBException {
    long offset = log.claim(partition); // never given back: a refused batch ends all writing
    batch.put(database.family(log.family()), RocksLog.key(partition, offset), bytes);
    return offset;
  }

  private void writeBatch(int writes) throws RocksDBException {
    long before = written; // only changed under order, so reading and setting need no atomicity
    written = before + writes; // before the rows are visible, see visibleIsDurable
    counters.bytes.add(batch.getDataSize());
    database.write(batch);
  }

  private void clearBatch() {
    if (batch.getDataSize() > BATCH_KEPT_BYTES_MAX) {
      batch.close();
      batch = new WriteBatch();
    } else {
      batch.clear();
    }
  }

  /** Trims a log: its rows and the memory of where it begins, in one write. */
  void deleteRange(
      String family, byte[] from, byte[] to, String headFamily, byte[] headKey, long head) {
    order.lock();
    try {
      refuseWhenOver();
      batch.deleteRange(database.family(family), from, to);
      batch.put(database.family(headFamily), headKey, Keys.of().number(head).bytes());
      writeBatch(1);
    } catch (RocksDBException refused) {
      throw fail(refused);
    } finally {
      clearBatch();
      order.unlock();
    }
  }

  private void run() {
    List<Waiting> taken = new ArrayList<>();
    List<CompletableFuture<@Nullable Void>> done = new ArrayList<>();
    while (true) {
      boolean last = closing; // read before the queue: what came before closing is still written
      taken.clear();
      done.clear();
      try {
        round(taken, done);
      } catch (RuntimeException | Error ours) { // the border: else everybody would wait for ever
        fail(new StoreFailed("the store failed by a mistake of its own; restart", ours));
      }
      complete(taken, done);
      if (taken.isEmpty() && done.isEmpty()) {
        if (last) {
          return;
        }
        sleep();
      }
    }
  }

  /** Takes what waits, writes and syncs it; what it took is completed by the caller. */
  private void round(List<Waiting> taken, List<CompletableFuture<@Nullable Void>> done) {
    appends.drainTo(taken);
    long upTo;
    order.lock();
    try {
      done.addAll(tickets);
      tickets.clear();
      ticketsTaken.signalAll();
      writeAppends(taken);
      upTo = written;
    } finally {
      order.unlock();
    }
    if (failure == null && !(taken.isEmpty() && done.isEmpty())) {
      for (Waiting append : taken) {
        tell(append.log.listener(append.partition));
      }
      sync(upTo);
    }
  }

  private void complete(List<Waiting> taken, List<CompletableFuture<@Nullable Void>> done) {
    StoreFailed failed = failure;
    for (Waiting append : taken) {
      if (failed == null) {
        append.complete(append.offset);
      } else {
        append.completeExceptionally(failed);
      }
    }
    for (CompletableFuture<@Nullable Void> ticket : done) {
      if (failed == null) {
        ticket.complete(null);
      } else {
        ticket.completeExceptionally(failed);
      }
    }
  }

  private void writeAppends(List<Waiting> taken) {
    if (taken.isEmpty() || failure != null) {
      return;
    }
    try {
      for (Waiting append : taken) {
        append.offset = put(append.log, append.partition, append.bytes);
      }
      writeBatch(taken.size());
      for (Waiting append : taken) {
        append.log.written(append.partition, append.offset);
      }
      counters.appends.add(taken.size());
    } catch (RocksDBException refused) {
      fail(refused);
    } finally {
      clearBatch();
    }
  }

  private void sync(long upTo) {
    long writes = upTo - synced;
    if (writes == 0) {
      return;
    }
    long begin = System.nanoTime();
    try {
      database.sync();
      synced = upTo;
      counters.synced(writes, System.nanoTime() - begin);
    } catch (RocksDBException refused) {
      fail(refused);
    }
  }

  private StoreFailed fail(RocksDBException refused) {
    return fail(database.failure(refused));
  }

  /** Whether the first failure has come. Any thread. */
  boolean hasFailed() {
    return failure != null;
  }

  /** The first failure ends all writing; what was promised durable stays so. */
  private StoreFailed fail(StoreFailed failed) {
    if (failure == null) {
      failure = failed;
      LOG.error("{}", failed.getMessage(), failed);
    }
    return failed;
  }

  private void refuseWhenOver() {
    StoreFailed failed = failure;
    if (failed != null) {
      throw new StoreFailed(String.valueOf(failed.getMessage()), failed); // with this call's trace
    }
    if (closing) {
      throw closed();
    }
  }

  private static StoreFailed closed() {
    return new StoreFailed("the store is closed", null);
  }

  private static void tell(@Nullable Runnable listener) {
    if (listener != null) {
      try {
        listener.run();
      } catch (RuntimeException ours) { // the border: a listener must not stop the disk
        LOG.error("a log's listener failed", ours);
      }
    }
  }

  private void wake() {
    if (idle) {
      LockSupport.unpark(thread);
    }
  }

  private void sleep() {
    for (int i = 0; i < SPINS; i++) {
      if (!appends.isEmpty()) {
        return;
      }
      Thread.onSpinWait();
    }
    idle = true; // before the last look: who adds after it sees idle and wakes us
    if (appends.isEmpty() && !hasTickets() && !closing) {
      LockSupport.park(this);
    }
    idle = false;
  }

  private boolean hasTickets() {
    order.lock();
    try {
      return !tickets.isEmpty();
    } finally {
      order.unlock();
    }
  }

  /** Writes and syncs what waits, then ends the thread; the database is still open after. */
  void close() {
    order.lock();
    try {
      closing = true;
      ticketsTaken.signalAll();
    } finally {
      order.unlock();
    }
    LockSupport.unpark(thread);
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException later) {
        interrupted = true; // half a close would lose what waits
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    ended = true;
    for (Waiting late = appends.poll(); late != null; late = appends.poll()) {
      late.completeExceptionally(closed());
    }
    if (failure == null && synced < written) {
      sync(written); // trims leave no ticket
    }
    batch.close();
  }

  StoreFigures figures() {
    return counters.figures();
  }
}
