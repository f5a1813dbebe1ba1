package io.sluice.fleet;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * The threads that search the index: a search reads as much as it finds, so neither event loops nor
 * the threads everybody shares do it, and callers that no thread has time for are refused.
 */
final class Questions implements AutoCloseable {
  private final ThreadPoolExecutor threads;
  private final int waitingMax;

  Questions(int threadsMax, int waitingMax) {
    AtomicInteger count = new AtomicInteger();
    this.waitingMax = waitingMax;
    this.threads =
        new ThreadPoolExecutor(
            threadsMax,
            threadsMax,
            10,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(waitingMax),
            work -> {
              Thread named = new Thread(work, "fleet-search-" + count.incrementAndGet());
              named.setDaemon(true);
              return named;
            });
    threads.allowCoreThreadTimeOut(true);
  }

  /** Fails with {@link FleetRefused.Why#BUSY} when as many wait as may. */
  <T> CompletableFuture<T> ask(Supplier<T> question) {
    try {
      return CompletableFuture.supplyAsync(question, threads);
    } catch (RejectedExecutionException full) {
      return CompletableFuture.failedFuture(
          new FleetRefused(
              FleetRefused.Why.BUSY,
              "%d searches of the fleet wait already; ask again in a moment"
                  .formatted(waitingMax)));
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
