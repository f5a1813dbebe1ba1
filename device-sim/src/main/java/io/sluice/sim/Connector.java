package io.sluice.sim;

import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Opens many connections and times each, from the first try to the CONNACK. For the bench's own
 * thread; tries are counted and timed on the loops.
 */
final class Connector {
  private static final Duration RETRY_FIRST = Duration.ofMillis(50);
  private static final Duration RETRY_MAX = Duration.ofSeconds(2);

  private final BenchTarget target;
  private final boolean retries;
  private final AtomicInteger accepted = new AtomicInteger();
  private final AtomicInteger finished = new AtomicInteger();
  private volatile boolean givenUp;

  /**
   * @param retries whether a refused connection is tried again, with back-off
   */
  Connector(BenchTarget target, boolean retries) {
    this.target = target;
    this.retries = retries;
  }

  /** The connections that stand, and how long it took to make them. */
  record Connected(List<BenchLink> links, double seconds) {}

  /**
   * Opens connections until all stand or the time is over.
   *
   * @param parallel how many may be under way at once
   */
  Connected open(
      List<Supplier<BenchLink>> wanted, int parallel, Duration max, TerminalLine progress) {
    Semaphore room = new Semaphore(parallel);
    List<CompletableFuture<BenchLink>> opening = new ArrayList<>();
    long startNanos = System.nanoTime();
    long endNanos = startNanos + max.toNanos();
    for (int i = 0; i < wanted.size() && System.nanoTime() < endNanos; i++) {
      if (acquire(room, endNanos)) {
        opening.add(openOne(wanted.get(i), i, room));
      }
      progress.show("connecting: %d of %d".formatted(accepted.get(), wanted.size()));
    }
    while (finished.get() < opening.size() && System.nanoTime() < endNanos) {
      progress.show("connecting: %d of %d".formatted(accepted.get(), wanted.size()));
      TrafficRun.pause(Duration.ofMillis(2));
    }
    double seconds = (System.nanoTime() - startNanos) / 1e9;
    givenUp = true;
    progress.end();
    List<BenchLink> links = new ArrayList<>();
    for (CompletableFuture<BenchLink> one : opening) {
      if (one.isDone() && !one.isCompletedExceptionally()) {
        links.add(one.join());
      }
    }
    return new Connected(links, seconds);
  }

  private static boolean acquire(Semaphore room, long endNanos) {
    try {
      return room.tryAcquire(endNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SimExit.BenchFailed("interrupted");
    }
  }

  private CompletableFuture<BenchLink> openOne(
      Supplier<BenchLink> wanted, int index, Semaphore room) {
    CompletableFuture<BenchLink> done = new CompletableFuture<>();
    EventLoop loop = target.loop(index);
    LoopStats stats = target.stats(index);
    Backoff backoff = new Backoff(RETRY_FIRST, RETRY_MAX, new SplittableRandom(index));
    attempt(wanted, loop, stats, backoff, System.nanoTime(), done);
    done.whenComplete(
        (link, failure) -> {
          if (failure == null) {
            accepted.incrementAndGet();
          }
          finished.incrementAndGet();
          room.release();
        });
    return done;
  }

  private void attempt(
      Supplier<BenchLink> wanted,
      EventLoop loop,
      LoopStats stats,
      Backoff backoff,
      long startNanos,
      CompletableFuture<BenchLink> done) {
    BenchLink link = wanted.get();
    target
        .open(link, loop)
        .whenCompleteAsync(
            (ready, failure) -> {
              if (failure == null) {
                stats.acknowledgedAfter(System.nanoTime() - startNanos);
                done.complete(link);
                return;
              }
              stats.failed(FailureReason.of(failure));
              if (retries && !givenUp) {
                Runnable again = () -> attempt(wanted, loop, stats, backoff, startNanos, done);
                loop.schedule(again, backoff.next().toNanos(), TimeUnit.NANOSECONDS);
              } else {
                done.completeExceptionally(failure);
              }
            },
            loop);
  }
}
