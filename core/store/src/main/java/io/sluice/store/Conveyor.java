package io.sluice.store;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries the records of a log to the partitions that must act on them: each record in order, each
 * effect exactly once.
 *
 * <p>Every partition of the log has a cursor, a row in that partition. A pump reads records from
 * the cursor on, asks the {@link Route} which effects they have on which partitions, hands each
 * partition its effects as one request, and moves the cursor when all of them are written. The
 * receiver remembers in the same record as the effects the last offset it saw from each source;
 * what comes again after a crash is passed over. So a crash at any instant forgets nothing and
 * repeats nothing: the effects of one record on one partition are one write, whole or not there.
 *
 * <p>Threads: the route runs on the source partition's owner, the effects on the target's. At most
 * one batch per source is on its way, which bounds memory and keeps the order.
 *
 * @param <E> an effect on one partition
 */
public final class Conveyor<E> {

  /** Finds the effects of a record. */
  @FunctionalInterface
  public interface Route<E> {
    /**
     * Runs on the owner of the source partition and must not wait. A record that cannot be read
     * must not throw: skip and count it.
     */
    void route(int source, LogRecord record, Sink<E> sink);
  }

  /** Takes the effects of one record. */
  @FunctionalInterface
  public interface Sink<E> {
    void effect(int targetPartition, E effect);
  }

  /**
   * Writes one effect into the target's turn; runs on its owner. Must not throw on what a peer can
   * cause.
   */
  @FunctionalInterface
  public interface Effects<E> {
    void apply(Turn turn, E effect);
  }

  static final Table CURSORS = new Table("cursors");
  private static final Logger LOG = LoggerFactory.getLogger(Conveyor.class);
  private static final int RECORDS_PER_BATCH_MAX = 512;
  private static final int BYTES_PER_BATCH_MAX = 4 << 20;
  private static final int WEIGHT_PER_BATCH_MAX = 8192; // passed by one record's at most
  private static final int TRIM_EVERY = 8192;
  private static final long RETRY_MILLIS = 1000;

  private record Offered<E>(long offset, E effect) {}

  /** One batch for one target. */
  private record Delivery(Function<Turn, Boolean> receive) implements Request<Boolean> {}

  private final Partitions partitions;
  private final StateStore store;
  private final String name;
  private final Log log;
  private final Route<E> route;
  private final Effects<E> effects;
  private final ToIntFunction<E> weight;
  private final long retainRecords;
  private final Source[] sources;

  /** [target][source]: the last offset applied; a row of it belongs to the target's owner. */
  private final long[][] seen;

  /** What a source partition's owner knows of its pump. */
  private static final class Source {
    long cursor;
    long trimmed;
    boolean pumping;
    boolean failed; // then one record at a time, so that the log names the one
    volatile boolean wanted;
    volatile long done;
    volatile long retryAt = Long.MAX_VALUE;
    final Queue<Waiter> waiters = new ConcurrentLinkedQueue<>();
  }

  /** Somebody who wants to know when an offset is done. */
  private record Waiter(long offset, CompletableFuture<Boolean> done) {}

  /** One batch on its way: the effects by target, and the offset after its last record. */
  private record Batch<E>(Map<Integer, List<Offered<E>>> byTarget, long next) {}

  /**
   * Makes a conveyor; it moves after {@link Partitions#start}.
   *
   * @param name on disk with the cursors; unique among conveyors
   * @param logName the log it empties
   * @param retainRecords how many carried records stay in each partition of the log, for replay
   */
  public Conveyor(
      Partitions partitions,
      String name,
      String logName,
      Route<E> route,
      Effects<E> effects,
      long retainRecords) {
    this(partitions, name, logName, route, effects, effect -> 1, retainRecords);
  }

  /**
   * As above.
   *
   * @param weight about how many rows an effect writes: a batch, which its targets write in one
   *     turn each, is bounded by their sum
   */
  public Conveyor(
      Partitions partitions,
      String name,
      String logName,
      Route<E> route,
      Effects<E> effects,
      ToIntFunction<E> weight,
      long retainRecords) {
    this.partitions = partitions;
    this.weight = weight;
    this.store = partitions.store();
    this.name = name;
    this.log = store.log(logName);
    this.route = route;
    this.effects = effects;
    this.retainRecords = retainRecords;
    this.sources = new Source[partitions.count()];
    Arrays.setAll(sources, p -> new Source());
    this.seen = new long[partitions.count()][partitions.count()];
    partitions.onStart(this::load);
    partitions.onLoaded(this::start);
    partitions.onTick(this::retry);
  }

  /** Registers what all conveyors share; once for each {@link Partitions}. */
  public static void register(Partitions partitions) {
    partitions.register(Delivery.class, (turn, delivery) -> delivery.receive().apply(turn));
  }

  private void load() {
    for (int p = 0; p < sources.length; p++) {
      Source source = sources[p];
      source.cursor = readNumber(p, cursorKey(), 0);
      source.done = source.cursor;
      for (int from = 0; from < sources.length; from++) {
        seen[p][from] = readNumber(p, seenKey(from), -1);
      }
    }
  }

  private void start() {
    for (int p = 0; p < sources.length; p++) {
      int partition = p;
      log.onAppend(p, () -> want(partition));
      want(p); // what an earlier life left
    }
  }

  /** How many records of a partition wait to be carried. Any thread. */
  public long backlog(int partition) {
    return Math.max(0, log.next(partition) - sources[partition].done);
  }

  /** Whether all records that were appended before this call have had their effects. Any thread. */
  public boolean isIdle() {
    for (int p = 0; p < sources.length; p++) {
      if (backlog(p) > 0) {
        return false;
      }
    }
    return true;
  }

  /** The first offset of a partition whose effects may not be written yet. Any thread. */
  public long carriedUpTo(int partition) {
    return sources[partition].done;
  }

  /**
   * Completes when all records of a partition that were appended before this call have had their
   * effects; the caller bounds how long it waits. Any thread; completes on the source's owner, so
   * do little there.
   */
  public CompletableFuture<Boolean> carried(int partition) {
    Source source = sources[partition];
    Waiter waiter = new Waiter(log.next(partition), new CompletableFuture<>());
    if (source.done < waiter.offset) {
      source.waiters.add(waiter);
      waiter.done.whenComplete((done, givenUp) -> source.waiters.remove(waiter));
    }
    if (source.done >= waiter.offset) { // also when it became so beside us
      waiter.done.complete(true);
    }
    return waiter.done;
  }

  private void want(int partition) {
    Source source = sources[partition];
    if (!source.wanted) {
      source.wanted = true; // two threads may both come here: the second pump finds nothing to do
      try {
        partitions.owner(partition).execute(() -> pump(partition));
      } catch (RejectedExecutionException stopping) {
        // The next start carries it.
      }
    }
  }

  private void retry() {
    long now = partitions.clock().millis();
    for (int p = 0; p < sources.length; p++) {
      Source source = sources[p];
      if (source.retryAt <= now) {
        source.retryAt = Long.MAX_VALUE;
        want(p);
      }
    }
  }

  private void pump(int partition) {
    Source source = sources[partition];
    source.wanted = false; // before reading: an append beside this read asks for a pump of its own
    if (source.pumping || source.retryAt != Long.MAX_VALUE) {
      return; // the batch on its way looks again when it is done; a failed one when its time comes
    }
    Batch<E> batch;
    try {
      List<LogRecord> records =
          log.read(
              partition,
              source.cursor,
              source.failed ? 1 : RECORDS_PER_BATCH_MAX,
              BYTES_PER_BATCH_MAX);
      if (records.isEmpty()) {
        return;
      }
      batch = route(partition, records);
    } catch (RuntimeException failure) { // a failed disk, or our mistake in the route
      stop(partition, source.cursor, failure);
      return;
    }
    source.pumping = true;
    CompletableFuture<?>[] writes = new CompletableFuture<?>[batch.byTarget.size()];
    int i = 0;
    for (Map.Entry<Integer, List<Offered<E>>> target : batch.byTarget.entrySet()) {
      List<Offered<E>> offers = target.getValue();
      writes[i++] =
          partitions.apply(target.getKey(), new Delivery(turn -> receive(turn, partition, offers)));
    }
    CompletableFuture.allOf(writes)
        .whenCompleteAsync(
            (done, failure) -> delivered(partition, batch.next, failure),
            partitions.owner(partition));
  }

  private Batch<E> route(int partition, List<LogRecord> records) {
    Map<Integer, List<Offered<E>>> byTarget = new TreeMap<>();
    int[] batchWeight = {0};
    long next = records.get(0).offset();
    for (LogRecord record : records) {
      if (batchWeight[0] >= WEIGHT_PER_BATCH_MAX) {
        break; // one record for ten thousand sessions is a batch of its own
      }
      route.route(
          partition,
          record,
          (target, effect) -> {
            batchWeight[0] += weight.applyAsInt(effect);
            byTarget
                .computeIfAbsent(target, t -> new ArrayList<>())
                .add(new Offered<>(record.offset(), effect));
          });
      next = record.offset() + 1;
    }
    return new Batch<>(byTarget, next);
  }

  private void delivered(int partition, long next, @Nullable Throwable failure) {
    Source source = sources[partition];
    source.pumping = false;
    if (failure != null) {
      stop(partition, source.cursor, failure);
      return;
    }
    try {
      store.commit(
          new StateRecord().put(CURSORS, Keys.inPartition(partition, cursorKey()), number(next)));
      source.cursor = next;
      source.failed = false;
      source.done = next;
      for (Waiter waiter : source.waiters) {
        if (waiter.offset <= next) {
          waiter.done.complete(true);
        }
      }
      if (next - retainRecords - source.trimmed >= TRIM_EVERY) {
        source.trimmed = next - retainRecords;
        log.trim(partition, source.trimmed);
      }
    } catch (StoreFailed failed) {
      stop(partition, next, failed);
      return;
    }
    pump(partition);
  }

  /** The cursor stays, so nothing is lost. A failed disk ends it until the next start. */
  private void stop(int partition, long offset, Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    if (cause instanceof StoreFailed) {
      return; // said by the store already
    }
    LOG.error(
        "conveyor '{}' stopped at partition {}, at or after offset {}; it tries again in {} ms",
        name,
        partition,
        offset,
        RETRY_MILLIS,
        cause);
    sources[partition].failed = true;
    sources[partition].retryAt = partitions.clock().millis() + RETRY_MILLIS;
  }

  private boolean receive(Turn turn, int source, List<Offered<E>> offers) {
    long last = seen[turn.partition()][source];
    long newest = last;
    for (Offered<E> offered : offers) {
      if (offered.offset() > last) {
        effects.apply(turn, offered.effect());
        newest = offered.offset();
      }
    }
    if (newest > last) {
      turn.put(CURSORS, seenKey(source), number(newest));
      seen[turn.partition()][source] = newest;
    }
    return newest > last;
  }

  private byte[] cursorKey() {
    return Keys.of().text(name).text("cursor").bytes();
  }

  private byte[] seenKey(int source) {
    return Keys.of().text(name).text("seen").number(source).bytes();
  }

  private long readNumber(int partition, byte[] key, long absent) {
    byte[] value = store.get(CURSORS, Keys.inPartition(partition, key));
    return value == null ? absent : Keys.numberAt(value, 0);
  }

  private static byte[] number(long number) {
    return Keys.of().number(number).bytes();
  }
}
