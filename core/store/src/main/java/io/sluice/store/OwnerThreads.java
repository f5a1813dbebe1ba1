package io.sluice.store;

import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads that own the partitions: partition p belongs to thread p modulo their number. Hand it
 * to {@link Partitions} as its owners; {@link #startTicking} after {@link Partitions#start}.
 */
public final class OwnerThreads implements IntFunction<Executor>, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OwnerThreads.class);
  private static final int TICK_WAIT_SECONDS = 2;
  private static final int TICK_MILLIS = 10;

  private final OwnerQueue[] owners;
  private final ScheduledExecutorService ticker =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "timers");
            thread.setDaemon(true);
            return thread;
          });

  /** Starts {@code threads} owners, named {@code owner-0} and so on. */
  public OwnerThreads(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("at least one owner thread, asked for " + threads);
    }
    owners = new OwnerQueue[threads];
    for (int i = 0; i < threads; i++) {
      owners[i] = new OwnerQueue("owner-" + i);
    }
  }

  /** The owner of a partition. */
  @Override
  public Executor apply(int partition) {
    return owners[partition % owners.length];
  }

  /** From now on timers fire, at most about 10 ms late. */
  public void startTicking(Partitions partitions) {
    ticker.scheduleWithFixedDelay(
        () -> tick(partitions), TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
  }

  private static void tick(Partitions partitions) {
    try {
      partitions.tick();
    } catch (RuntimeException ours) { // the border: one failed tick must not be the last
      LOG.error("looking for due timers failed", ours);
    }
  }

  /** How many tasks wait, over all owners. Any thread. */
  public int waiting() {
    int waiting = 0;
    for (OwnerQueue owner : owners) {
      waiting += owner.waiting();
    }
    return waiting;
  }

  /** Does what waits, then ends the threads. Close it before the store. */
  @Override
  public void close() {
    ticker.shutdown();
    boolean interrupted = false;
    try {
      ticker.awaitTermination(TICK_WAIT_SECONDS, TimeUnit.SECONDS); // its owners must be there
    } catch (InterruptedException later) {
      interrupted = true;
    }
    for (OwnerQueue owner : owners) {
      owner.close();
    }
    for (OwnerQueue owner : owners) {
      while (true) {
        try {
          owner.join();
          break;
        } catch (InterruptedException later) {
          interrupted = true; // half a close would leave work undone
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
