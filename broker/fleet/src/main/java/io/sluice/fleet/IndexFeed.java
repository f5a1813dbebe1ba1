package io.sluice.fleet;

import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings what has changed to the index: the names wait in a set, so a thing that changes a hundred
 * times a second is read a few times. One thread; no more than {@value #READS_MAX} things are being
 * read at once. Bounded by the number of things.
 */
final class IndexFeed implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(IndexFeed.class);
  private static final int READS_MAX = 256;
  private static final int GATHER_MILLIS = 100;
  private static final int RETRY_MILLIS_MIN = 250;
  private static final int RETRY_MILLIS_MAX = 60_000;

  private final FleetIndex index;
  private final Fleet.Source source;
  private final Supplier<FleetSettings> settings;
  private final Set<String> waiting = ConcurrentHashMap.newKeySet();
  private final Map<String, Integer> failed = new ConcurrentHashMap<>(); // how often in a row
  private final AtomicBoolean scheduled = new AtomicBoolean();
  private final Semaphore reads = new Semaphore(READS_MAX);
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          work -> {
            Thread named = new Thread(work, "fleet-index");
            named.setDaemon(true);
            return named;
          });
  private volatile boolean built;

  IndexFeed(FleetIndex index, Fleet.Source source, Supplier<FleetSettings> settings) {
    this.index = index;
    this.source = source;
    this.settings = settings;
  }

  boolean isBuilt() {
    return built;
  }

  void changed(String thing) {
    waiting.add(thing);
    if (scheduled.compareAndSet(false, true)) {
      run(() -> thread.schedule(this::drain, GATHER_MILLIS, TimeUnit.MILLISECONDS));
    }
  }

  /** Reads every thing anew. */
  void rebuild() {
    built = false;
    run(
        () ->
            thread.execute(
                () -> {
                  index.clear();
                  if (settings.get().registry()) {
                    source.names().forEach(this::read);
                    reads.acquireUninterruptibly(READS_MAX); // all are done
                    reads.release(READS_MAX);
                  }
                  built = true;
                }));
  }

  private static void run(Runnable schedules) {
    try {
      schedules.run();
    } catch (RejectedExecutionException closed) {
      LOG.debug("the index is closed");
    }
  }

  private void drain() {
    scheduled.set(false);
    for (Iterator<String> names = waiting.iterator(); names.hasNext(); ) {
      String name = names.next();
      names.remove(); // before it is read: a change from now on is read again
      read(name);
    }
  }

  private void read(String name) {
    reads.acquireUninterruptibly();
    CompletableFuture<Optional<ThingDocument>> document;
    try {
      document = source.read(name, settings.get());
    } catch (RuntimeException mistake) { // the border: one thing must not end the feed
      document = CompletableFuture.failedFuture(mistake);
    }
    document
        .thenAccept(
            found -> {
              if (found.isPresent()) {
                index.put(found.get());
              } else {
                index.remove(name);
              }
              failed.remove(name);
            })
        .whenComplete(
            (done, failure) -> {
              reads.release();
              if (failure != null) {
                again(name, failure);
              }
            });
  }

  /** Its entry is older than the thing: without this it would stay so until the next change. */
  private void again(String name, Throwable failure) {
    boolean first = failed.isEmpty();
    int times = failed.merge(name, 1, Integer::sum);
    long delay = Math.min(RETRY_MILLIS_MAX, (long) RETRY_MILLIS_MIN << Math.min(20, times - 1));
    if (first) { // of perhaps all things, and one line says why
      LOG.warn("thing '{}' is not indexed, next try in {} ms: {}", name, delay, failure.toString());
    } else {
      LOG.debug("thing '{}' is not indexed, try {}: {}", name, times, failure.toString());
    }
    run(() -> thread.schedule(() -> changed(name), delay, TimeUnit.MILLISECONDS));
  }

  /** How many things are in the index as they were, or not at all, until they can be read. */
  int stale() {
    return failed.size();
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
