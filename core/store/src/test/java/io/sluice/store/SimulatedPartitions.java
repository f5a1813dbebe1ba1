package io.sluice.store;

import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Partitions without threads, for tests: requests wait in one queue until {@link #run} decides them
 * on the calling thread, the clock stands until {@link #advance} moves it. Any thread may ask.
 */
public final class SimulatedPartitions {
  private final Queue<Runnable> work = new ConcurrentLinkedQueue<>();
  private final Partitions partitions;
  private long now;

  public SimulatedPartitions(StateStore store, long nowMillis) {
    this.now = nowMillis;
    this.partitions = new Partitions(store, () -> now, p -> work::add);
    Conveyor.register(partitions);
  }

  public Partitions partitions() {
    return partitions;
  }

  public long now() {
    return now;
  }

  /** Decides all that waits. */
  public void run() {
    for (Runnable next = work.poll(); next != null; next = work.poll()) {
      next.run();
    }
  }

  /** Decides the one that waits longest; answers false when nothing waits. */
  public boolean step() {
    Runnable next = work.poll();
    if (next == null) {
      return false;
    }
    next.run();
    return true;
  }

  /** Moves the clock and fires what is due. */
  public void advance(long millis) {
    now += millis;
    partitions.tick();
    run();
  }

  /**
   * Asks and runs until the reply is there.
   *
   * @throws RuntimeException what the handler threw
   */
  public <R> R ask(String key, Request<R> request) {
    CompletableFuture<R> reply = partitions.ask(key, request);
    run();
    try {
      return reply.getNow(null);
    } catch (CompletionException refused) {
      if (refused.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw refused;
    }
  }
}
