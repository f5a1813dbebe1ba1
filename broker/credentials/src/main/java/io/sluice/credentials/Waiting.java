package io.sluice.credentials;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The threads on which proofs are checked, and those who wait for them: so many and no more, and
 * none longer than a client waits for its CONNACK. Any thread.
 */
public final class Waiting implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Waiting.class);

  private final ThreadPoolExecutor threads;
  private final long patienceNanos;
  private final int waitingMax;
  private final LongSupplier nanos;
  private final LongAdder turnedAway = new LongAdder();

  /**
   * @param threads how many proofs are checked at once
   * @param waitingMax how many more may wait
   * @param patienceMillis how long one waits before nobody is interested in it any more
   */
  public Waiting(int threads, int waitingMax, long patienceMillis) {
    this(threads, waitingMax, patienceMillis, System::nanoTime);
  }

  Waiting(int threads, int waitingMax, long patienceMillis, LongSupplier nanos) {
    this.nanos = nanos;
    this.waitingMax = waitingMax;
    this.patienceNanos = TimeUnit.MILLISECONDS.toNanos(patienceMillis);
    this.threads =
        new ThreadPoolExecutor(
            threads,
            threads,
            30,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(waitingMax),
            work -> {
              Thread thread = new Thread(work, "credentials");
              thread.setDaemon(true);
              return thread;
            });
    this.threads.allowCoreThreadTimeOut(true);
  }

  /**
   * Checks a proof when its turn comes. Who finds no room, or waited too long, is told so.
   *
   * @param check may take its time; a failure of it is ours
   */
  CompletableFuture<Proof> enter(Supplier<Proof> check) {
    CompletableFuture<Proof> answer = new CompletableFuture<>();
    long since = nanos.getAsLong();
    try {
      threads.execute(
          () -> {
            if (nanos.getAsLong() - since > patienceNanos) {
              answer.complete(busy());
              return;
            }
            try {
              answer.complete(check.get());
            } catch (RuntimeException ours) { // the border: one client is refused, others go on
              LOG.error("a proof could not be checked", ours);
              answer.completeExceptionally(ours);
            }
          });
    } catch (RejectedExecutionException full) {
      answer.complete(busy());
    }
    return answer;
  }

  private Proof busy() {
    turnedAway.increment();
    return new Proof.Failed(
        Proof.Cause.BUSY,
        "logins_busy",
        "%d logins wait already, or this one waited too long; try again later, or give 'login-threads' more"
            .formatted(waitingMax));
  }

  /** How many wait at present. */
  public int waiting() {
    return threads.getQueue().size();
  }

  /** How many were turned away since the start. */
  public long turnedAway() {
    return turnedAway.sum();
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
