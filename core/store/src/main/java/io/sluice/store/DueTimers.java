package io.sluice.store;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fires the timers of all partitions when they are due, each on its partition's owner.
 *
 * <p>The rows are the truth; in memory is only, for each partition, a time before which nothing is
 * due. It is lowered by every turn that sets a timer, also by one that runs while due timers are
 * fired, so it is raised first and the rows are read after.
 *
 * <p>A handler that throws keeps its row, with its due time, and is tried again later and later.
 * Others do not wait for it.
 */
final class DueTimers {
  private static final Logger LOG = LoggerFactory.getLogger(DueTimers.class);
  private static final int TIMERS_PER_TURN_MAX = 128;
  private static final long RETRY_MILLIS_MIN = 1000;
  private static final long RETRY_MILLIS_MAX = 60_000;
  private static final int RETRIES_MAX = 1024;

  private final StateStore store;
  private final Clock clock;
  private final Executor[] owners;
  private final Consumer<Turn> commit;
  private final Map<String, TimerHandler> handlers = new HashMap<>();
  private final AtomicLongArray next; // nothing is due before; changed by the partition's owner
  private final AtomicIntegerArray called; // 1: the owner was asked to look and did not begin
  private final Map<ByteBuffer, Retry>[] retries; // of a partition, by row; belongs to its owner

  private record Retry(long atMillis, int failures) {}

  DueTimers(StateStore store, Clock clock, Executor[] owners, Consumer<Turn> commit) {
    this.store = store;
    this.clock = clock;
    this.owners = owners;
    this.commit = commit;
    this.next = new AtomicLongArray(owners.length); // 0: look at once after start
    this.called = new AtomicIntegerArray(owners.length);
    this.retries = newMaps(owners.length);
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // Java has no arrays of generic types
  private static Map<ByteBuffer, Retry>[] newMaps(int count) {
    Map<ByteBuffer, Retry>[] maps = new Map[count];
    Arrays.setAll(maps, p -> new HashMap<ByteBuffer, Retry>());
    return maps;
  }

  void register(String kind, TimerHandler handler) {
    if (handlers.put(kind, handler) != null) {
      throw new IllegalStateException("two handlers for timer " + kind);
    }
  }

  /** A turn set a timer; on the partition's owner. */
  void set(int partition, long due) {
    if (due < next.get(partition)) {
      next.set(partition, due);
    }
  }

  /** Any thread. */
  void tick() {
    long now = clock.millis();
    for (int p = 0; p < owners.length; p++) {
      if (next.get(p) <= now && called.compareAndSet(p, 0, 1)) {
        int partition = p;
        owners[p].execute(() -> begin(partition));
      }
    }
  }

  private void begin(int partition) {
    called.set(partition, 0);
    long now = clock.millis();
    if (next.get(partition) <= now) {
      next.set(partition, Long.MAX_VALUE);
      fireDue(partition, now, Keys.inPartition(partition, new byte[0]));
    }
  }

  private void fireDue(int partition, long now, byte[] from) {
    try {
      byte[] to = Keys.inPartition(partition, Keys.of().number(now + 1).bytes());
      List<Row> due = store.range(Timers.TABLE, from, to, TIMERS_PER_TURN_MAX);
      for (Row row : due) {
        fire(partition, now, row.key());
      }
      if (due.size() == TIMERS_PER_TURN_MAX) {
        byte[] last = due.get(due.size() - 1).key();
        byte[] behind = Arrays.copyOf(last, last.length + 1); // the first key after it
        owners[partition].execute(() -> fireDue(partition, now, behind)); // others first
        return;
      }
      byte[] end = Keys.after(Keys.inPartition(partition, new byte[0]));
      List<Row> later = store.range(Timers.TABLE, to, end, 1);
      if (!later.isEmpty()) {
        set(partition, Keys.numberAt(later.get(0).key(), Keys.PARTITION_BYTES));
      }
    } catch (StoreFailed failed) {
      next.set(partition, Long.MAX_VALUE); // said by the store already; nothing fires until restart
    }
  }

  private void fire(int partition, long now, byte[] row) {
    ByteBuffer rowKey = ByteBuffer.wrap(row);
    Retry retry = retries[partition].get(rowKey);
    if (retry != null && retry.atMillis > now) {
      set(partition, retry.atMillis);
      return;
    }
    byte[] timer = Arrays.copyOfRange(row, Keys.PARTITION_BYTES, row.length);
    if (store.get(Timers.TABLE, row) == null) {
      return; // cancelled by one that fired before it in this round
    }
    Turn turn = new Turn(store, partition, now);
    turn.delete(Timers.TABLE, timer); // before the handler, which may set the same timer again
    String kind = Timers.kind(timer);
    try {
      TimerHandler handler = handlers.get(kind);
      if (handler != null) { // else a room that this version no longer has: the row goes
        handler.fire(turn, Timers.key(timer), Timers.due(timer));
      }
    } catch (RuntimeException | Error ours) { // the border: the owner and the row live on
      retryLater(partition, now, rowKey, retry, kind, ours);
      return;
    }
    commit.accept(turn);
    retries[partition].remove(rowKey);
  }

  private void retryLater(
      int partition,
      long now,
      ByteBuffer row,
      @Nullable Retry before,
      String kind,
      Throwable failure) {
    int failures = before == null ? 1 : before.failures + 1;
    long delay = Math.min(RETRY_MILLIS_MAX, RETRY_MILLIS_MIN << Math.min(failures - 1, Short.SIZE));
    LOG.error("timer of kind '{}' failed and is tried again in {} ms", kind, delay, failure);
    Map<ByteBuffer, Retry> waiting = retries[partition];
    if (waiting.size() >= RETRIES_MAX) {
      waiting.clear(); // also forgets those cancelled meanwhile; the others are tried early, once
    }
    waiting.put(row, new Retry(now + delay, failures));
    set(partition, now + delay);
  }
}
