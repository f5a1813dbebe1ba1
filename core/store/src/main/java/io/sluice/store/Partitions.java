package io.sluice.store;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
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

  private final StateStore store;
  private final Clock clock;
  private final Executor[] owners;
  private final Map<Class<?>, Handler<?, ?>> handlers = new HashMap<>();
  private final DueTimers timers;
  private final List<Runnable> starts = new ArrayList<>();
  private final List<Runnable> loaded = new ArrayList<>();
  private final List<Runnable> ticks = new ArrayList<>();

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
    this.timers = new DueTimers(store, clock, this.owners, this::commit);
  }

  /** Names the handler of a kind of request. */
  public <Q extends Request<R>, R> void register(Class<Q> kind, Handler<Q, R> handler) {
    if (handlers.put(kind, handler) != null) {
      throw new IllegalStateException("two handlers for " + kind.getSimpleName());
    }
  }

  /** Names the handler of a kind of timer. */
  public void onTimer(String kind, TimerHandler handler) {
    timers.register(kind, handler);
  }

  /**
   * Runs {@code action} when the partitions start, in the order given: a room rebuilds there what
   * it keeps in memory.
   */
  public void onStart(Runnable action) {
    starts.add(action);
  }

  /**
   * Runs {@code action} once every request that the start actions made is decided: what the rooms
   * keep in memory is there again. On an owner's thread.
   */
  public void onLoaded(Runnable action) {
    loaded.add(action);
  }

  /** Runs the start actions on the calling thread; requests may follow. */
  public void start() {
    starts.forEach(Runnable::run);
    AtomicInteger behind = new AtomicInteger(owners.length);
    for (Executor owner : owners) {
      owner.execute(
          () -> {
            if (behind.decrementAndGet() == 0) {
              loaded.forEach(Runnable::run);
            }
          });
    }
  }

  /** How many there are. */
  public int count() {
    return owners.length;
  }

  /** The partition of a key; the same for the life of the data directory. */
  public int of(String key) {
    // FNV-1a: fixed for all versions, and unlike String.hashCode not patterned in the low bits.
    int hash = 0x811C9DC5;
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
   * @return the reply, after the effects are on disk; fails with what the handler threw, with
   *     {@link StoreFailed}, or with {@link Overloaded} when too much waits for the owner.
   *     Completes on the store's or the owner's thread: do little there.
   */
  public <R> CompletableFuture<R> ask(int partition, Request<R> request) {
    if (owners[partition] instanceof OwnerQueue owner && owner.isFull()) {
      return CompletableFuture.failedFuture(
          new Overloaded("too many requests wait for this partition; try again later"));
    }
    return send(partition, request, true);
  }

  /**
   * Like {@link #ask(int, Request)}, but the reply comes as soon as the effects are visible, and it
   * is never refused with {@link Overloaded}. For what can be repeated because its source is
   * durable, such as a log's record; the sender bounds what it has on the way.
   */
  public <R> CompletableFuture<R> apply(int partition, Request<R> request) {
    return send(partition, request, false);
  }

  private <R> CompletableFuture<R> send(int partition, Request<R> request, boolean whenDurable) {
    CompletableFuture<R> reply = new CompletableFuture<>();
    try {
      owners[partition].execute(() -> decide(partition, request, reply, whenDurable));
    } catch (RejectedExecutionException stopping) {
      reply.completeExceptionally(new StoreFailed("the gateway stops", stopping));
    }
    return reply;
  }

  private <R> void decide(
      int partition, Request<R> request, CompletableFuture<R> reply, boolean whenDurable) {
    try {
      Turn turn = new Turn(store, partition, clock.millis());
      R answer = handler(request).handle(turn, request);
      CompletableFuture<@Nullable Void> durable = write(turn);
      if (!whenDurable) {
        whenDone(durable, turn, null, answer);
        reply.complete(answer);
      } else {
        whenDone(durable, turn, reply, answer);
      }
    } catch (RuntimeException | Error refused) { // the border: one request fails, the owner lives
      reply.completeExceptionally(refused);
    }
  }

  /** One dependent for both, because a future runs several in the reverse of their order. */
  private static <R> void whenDone(
      CompletableFuture<@Nullable Void> durable,
      Turn turn,
      @Nullable CompletableFuture<R> reply,
      R answer) {
    List<Runnable> actions = turn.durableActions();
    if (reply == null && actions.isEmpty()) {
      return;
    }
    durable.whenComplete(
        (done, failure) -> {
          if (failure == null) {
            actions.forEach(Partitions::runQuietly);
          }
          if (reply != null && failure == null) {
            reply.complete(answer);
          } else if (reply != null) {
            reply.completeExceptionally(failure);
          }
        });
  }

  private static void runQuietly(Runnable action) {
    try {
      action.run();
    } catch (RuntimeException ours) { // the border: the store's thread and the reply go on
      LOG.error("work after a durable write failed", ours);
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

  private CompletableFuture<@Nullable Void> write(Turn turn) {
    CompletableFuture<@Nullable Void> durable = store.commit(turn.record());
    timers.set(turn.partition(), turn.earliestTimer());
    return durable;
  }

  private void commit(Turn turn) {
    whenDone(write(turn), turn, null, "no reply");
  }

  /**
   * Looks for timers that are due and fires them on their owners. Production calls it every few
   * milliseconds.
   */
  public void tick() {
    timers.tick();
    ticks.forEach(Runnable::run);
  }

  /** Runs {@code action} at every {@link #tick}, on its thread; it must return at once. */
  public void onTick(Runnable action) {
    ticks.add(action);
  }
}
