package io.sluice.store;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All durable state, split by key, each part with one owner thread. A request goes to the owner of
 * its key's partition, is decided there by the handler of its kind, its effects are committed as
 * one record, and the reply leaves when they are on disk.
 *
 * <p>Threads: {@link #register}, {@link #onTimer} and {@link #onStart} before {@link #start};
 * {@link #ask}, {@link #apply} and {@link #tick} from any thread, none blocks. Requests of one
 * sender to one partition are decided in the order they were sent.
 *
 * <p>Failure: a handler that throws refuses that one request. When the store fails, all later
 * requests fail with {@link StoreFailed}.
 */
public final class Partitions {
  private static final Logger LOG = LoggerFactory.getLogger(Partitions.class);
  private static final int TIMERS_PER_TURN_MAX = 128;
  private static final long RETRY_MILLIS = 1000;

  private final StateStore store;
  private final Clock clock;
  private final Executor[] owners;
  private final long[]
      nextTimer; // each element belongs to its partition's owner; readers may see an older one
  private final Map<Class<?>, Handler<?, ?>> handlers = new HashMap<>();
  private final Map<String, TimerHandler> timerHandlers = new HashMap<>();
  private final List<Runnable> starts = new java.util.ArrayList<>();

  /**
   * @param owners the executor of each partition: one thread (or one simulated queue) at a time, in
   *     order, never refusing; the same executor may own several partitions
   */
  public Partitions(StateStore store, Clock clock, IntFunction<Executor> owners) {
    this.store = store;
    this.clock = clock;
    this.owners = new Executor[store.partitions()];
    for (int p = 0; p < this.owners.length; p++) {
      this.owners[p] = owners.apply(p);
    }
    this.nextTimer = new long[this.owners.length]; // 0: look at once after start
  }

  /** Names the handler of a kind of request. */
  public <Q extends Request<R>, R> void register(Class<Q> kind, Handler<Q, R> handler) {
    if (handlers.put(kind, handler) != null) {
      throw new IllegalStateException("two handlers for " + kind.getSimpleName());
    }
  }

  /** Names the handler of a kind of timer. */
  public void onTimer(String kind, TimerHandler handler) {
    if (timerHandlers.put(kind, handler) != null) {
      throw new IllegalStateException("two handlers for timer " + kind);
    }
  }

  /**
   * Runs {@code action} when the partitions start, in the order given: a room rebuilds there what
   * it keeps in memory.
   */
  public void onStart(Runnable action) {
    starts.add(action);
  }

  /** Runs the start actions on the calling thread; requests may follow. */
  public void start() {
    starts.forEach(Runnable::run);
  }

  /** How many there are. */
  public int count() {
    return owners.length;
  }

  /** The partition of a key; the same for the life of the data directory. */
  public int of(String key) {
    int hash =
        0x811C9DC5; // FNV-1a: fixed for all versions, unlike String.hashCode not patterned in the
    // low bits
    for (byte b : key.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ b & 0xFF) * 0x01000193;
    }
    hash ^= hash >>> 15;
    return Integer.remainderUnsigned(hash, owners.length);
  }

  /** What all partitions stand on; rooms read it in their start actions. */
  public StateStore store() {
    return store;
  }

  /** The time that turns see. */
  public Clock clock() {
    return clock;
  }

  /** The owner's executor: work handed to it runs between the partition's turns. */
  public Executor owner(int partition) {
    return owners[partition];
  }

  /** Asks the partition of {@code key}; see {@link #ask(int, Request)}. */
  public <R> CompletableFuture<R> ask(String key, Request<R> request) {
    return ask(of(key), request);
  }

  /**
   * Asks a partition.
   *
   * @return the reply, after the effects are on disk; fails with what the handler threw, or {@link
   *     StoreFailed}. Completes on the store's or the owner's thread: do little there.
   */
  public <R> CompletableFuture<R> ask(int partition, Request<R> request) {
    CompletableFuture<R> reply = new CompletableFuture<>();
    owners[partition].execute(() -> decide(partition, request, reply, true));
    return reply;
  }

  /**
   * Like {@link #ask(int, Request)}, but the reply comes as soon as the effects are visible. For
   * what can be repeated because its source is durable, such as a log's record.
   */
  public <R> CompletableFuture<R> apply(int partition, Request<R> request) {
    CompletableFuture<R> reply = new CompletableFuture<>();
    owners[partition].execute(() -> decide(partition, request, reply, false));
    return reply;
  }

  private <R> void decide(
      int partition, Request<R> request, CompletableFuture<R> reply, boolean whenDurable) {
    Turn turn = new Turn(store, partition, clock.millis());
    try {
      R answer = handler(request).handle(turn, request);
      CompletableFuture<@Nullable Void> durable = commit(turn);
      if (!whenDurable) {
        reply.complete(answer);
        return;
      }
      durable.whenComplete(
          (done, failure) -> {
            if (failure == null) {
              reply.complete(answer);
            } else {
              reply.completeExceptionally(failure);
            }
          });
    } catch (RuntimeException
        | Error refused) { // the border: one request fails, the owner lives on
      reply.completeExceptionally(refused);
    }
  }

  @SuppressWarnings("unchecked") // register() pairs them
  private <R> Handler<Request<R>, R> handler(Request<R> request) {
    Handler<?, ?> handler = handlers.get(request.getClass());
    if (handler == null) {
      throw new IllegalStateException(
          "no handler registered for " + request.getClass().getSimpleName());
    }
    return (Handler<Request<R>, R>) handler;
  }

  private CompletableFuture<@Nullable Void> commit(Turn turn) {
    CompletableFuture<@Nullable Void> durable = store.commit(turn.record());
    nextTimer[turn.partition()] = Math.min(nextTimer[turn.partition()], turn.earliestTimer());
    List<Runnable> actions = turn.durableActions();
    if (!actions.isEmpty()) {
      durable.thenRun(() -> actions.forEach(Runnable::run));
    }
    return durable;
  }

  /**
   * Looks for timers that are due and fires them on their owners. Production calls it every few
   * milliseconds.
   */
  public void tick() {
    long now = clock.millis();
    for (int p = 0; p < owners.length; p++) {
      if (nextTimer[p] <= now) {
        int partition = p;
        owners[p].execute(() -> fireDue(partition));
      }
    }
  }

  private void fire(int partition, long now, byte[] timer) {
    String kind = Timers.kind(timer);
    Turn turn = new Turn(store, partition, now);
    try {
      TimerHandler handler = timerHandlers.get(kind);
      if (handler != null) { // else a room that this version no longer has: the row goes
        handler.fire(turn, Timers.key(timer), Timers.due(timer));
      }
    } catch (
        RuntimeException
            ours) { // the border: our mistake, but the owner lives on and the timer is not lost
      LOG.error("timer of kind '{}' failed and is tried again in {} ms", kind, RETRY_MILLIS, ours);
      turn = new Turn(store, partition, now);
      turn.schedule(kind, now + RETRY_MILLIS, Timers.key(timer));
    }
    turn.delete(Timers.TABLE, timer);
    commit(turn);
  }

  private void fireDue(int partition) {
    long now = clock.millis();
    if (nextTimer[partition] > now) {
      return;
    }
    byte[] from = Keys.inPartition(partition, new byte[0]);
    byte[] to = Keys.inPartition(partition, Keys.of().number(now + 1).bytes());
    List<Row> due = store.range(Timers.TABLE, from, to, TIMERS_PER_TURN_MAX);
    for (Row row : due) {
      byte[] timer =
          java.util.Arrays.copyOfRange(row.key(), Keys.PARTITION_BYTES, row.key().length);
      fire(partition, now, timer);
    }
    if (due.size() == TIMERS_PER_TURN_MAX) {
      owners[partition].execute(() -> fireDue(partition)); // others first
      return;
    }
    List<Row> next = store.range(Timers.TABLE, to, Keys.after(from), 1);
    nextTimer[partition] =
        next.isEmpty() ? Long.MAX_VALUE : Keys.numberAt(next.get(0).key(), Keys.PARTITION_BYTES);
  }
}
