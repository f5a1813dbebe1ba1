package io.sluice.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * The figures of {@code docs/decisions/0002-group-commit.md}: durable records of 256 bytes per
 * second, written in different ways by a number of clients of which each waits for its record.
 *
 * <p>{@code java ... io.sluice.store.GroupCommitBenchmark FOLDER SECONDS}
 */
public final class GroupCommitBenchmark {
  private static final int RECORD_BYTES = 256;
  private static final Table ROWS = new Table("benchmark");

  private GroupCommitBenchmark() {}

  /** One way to write; {@code wait} answers when the record is on disk. */
  @FunctionalInterface
  private interface Way {
    CompletableFuture<?> write(int client, long number);
  }

  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[0]);
    int seconds = Integer.parseInt(arguments[1]);
    trims(folder.resolve("trims"));
    for (int clients : List.of(1, 16, 256, 4096)) {
      appends(folder.resolve("appends-" + clients), clients, seconds);
      commits(folder.resolve("commits-" + clients), clients, seconds);
      syncedBatches(folder.resolve("batches-" + clients), clients, seconds);
      if (clients <= 256) { // a thread each
        syncedWrites(folder.resolve("writes-" + clients), clients, seconds);
      }
    }
  }

  /** Whether a log that is trimmed all the time stays fast to read at its end. */
  private static void trims(Path folder) throws Exception {
    try (RocksStore store = RocksStore.open(DataDirectory.open(folder), Set.of(ROWS))) {
      Log log = store.log("benchmark");
      for (int trims = 0; trims <= 400; trims++) {
        CompletableFuture<?> last = CompletableFuture.completedFuture(null);
        for (int i = 0; i < 2048; i++) {
          last = log.append(0, new byte[RECORD_BYTES]);
        }
        last.join();
        log.trim(0, log.next(0) - 64);
        if (trims % 100 == 0) {
          long begin = System.nanoTime();
          int reads = 2000;
          for (int i = 0; i < reads; i++) {
            log.read(0, log.next(0) - 16, 16, 1 << 20);
          }
          long nanos = (System.nanoTime() - begin) / reads;
          System.out.printf(
              Locale.ROOT, "read of 16 records after %3d trims: %,d ns%n", trims, nanos);
        }
      }
    }
    delete(folder);
  }

  /** What the ingress log does: {@link Log#append} from an event loop. */
  private static void appends(Path folder, int clients, int seconds) throws Exception {
    try (RocksStore store = RocksStore.open(DataDirectory.open(folder), Set.of(ROWS))) {
      Log log = store.log("benchmark");
      measure("Log.append", clients, seconds, (c, n) -> log.append(c % 16, new byte[RECORD_BYTES]));
      print(store.figures());
    }
    delete(folder);
  }

  /** What a partition's owner does: one record of state for each request. */
  private static void commits(Path folder, int clients, int seconds) throws Exception {
    try (RocksStore store = RocksStore.open(DataDirectory.open(folder), Set.of(ROWS))) {
      measure(
          "StateStore.commit",
          clients,
          seconds,
          (c, n) ->
              store.commit(
                  new StateRecord().put(ROWS, RocksLog.key(c, n), new byte[RECORD_BYTES])));
      print(store.figures());
    }
    delete(folder);
  }

  /** The simplest alternative: one thread gathers and writes batches with sync=true. */
  private static void syncedBatches(Path folder, int clients, int seconds) throws Exception {
    record Waiting(byte[] key, CompletableFuture<Void> done) {}
    BlockingQueue<Waiting> queue = new ArrayBlockingQueue<>(1 << 16);
    try (Options options = new Options().setCreateIfMissing(true);
        RocksDB db = RocksDB.open(options, folder.toString());
        WriteOptions sync = new WriteOptions().setSync(true)) {
      Thread committer =
          new Thread(
              () -> {
                List<Waiting> round = new ArrayList<>();
                while (!Thread.currentThread().isInterrupted()) {
                  try (WriteBatch batch = new WriteBatch()) {
                    round.add(queue.take());
                    queue.drainTo(round);
                    for (Waiting waiting : round) {
                      batch.put(waiting.key, new byte[RECORD_BYTES]);
                    }
                    db.write(sync, batch);
                    round.forEach(waiting -> waiting.done.complete(null));
                    round.clear();
                  } catch (InterruptedException over) {
                    return;
                  } catch (RocksDBException refused) {
                    throw new IllegalStateException(refused);
                  }
                }
              });
      committer.start();
      measure(
          "batch, sync=true",
          clients,
          seconds,
          (c, n) -> {
            Waiting waiting = new Waiting(RocksLog.key(c, n), new CompletableFuture<>());
            queue.add(waiting);
            return waiting.done;
          });
      committer.interrupt();
      committer.join();
    }
    delete(folder);
  }

  /** RocksDB's own grouping: every client is a thread that writes with sync=true. */
  private static void syncedWrites(Path folder, int clients, int seconds) throws Exception {
    LongAdder written = new LongAdder();
    try (Options options = new Options().setCreateIfMissing(true);
        RocksDB db = RocksDB.open(options, folder.toString());
        WriteOptions sync = new WriteOptions().setSync(true)) {
      long end = System.nanoTime() + seconds * 1_000_000_000L;
      List<Thread> threads = new ArrayList<>();
      for (int c = 0; c < clients; c++) {
        int client = c;
        Thread thread =
            new Thread(
                () -> {
                  try {
                    for (long n = 0; System.nanoTime() < end; n++) {
                      db.put(sync, RocksLog.key(client, n), new byte[RECORD_BYTES]);
                      written.increment();
                    }
                  } catch (RocksDBException refused) {
                    throw new IllegalStateException(refused);
                  }
                });
        threads.add(thread);
        thread.start();
      }
      for (Thread thread : threads) {
        thread.join();
      }
    }
    print("put per thread, sync=true", clients, written.sum() / seconds);
    delete(folder);
  }

  /** Each client sends its next record when the one before is durable; two threads send. */
  private static void measure(String name, int clients, int seconds, Way way) throws Exception {
    BlockingQueue<Integer> ready = new ArrayBlockingQueue<>(clients);
    for (int c = 0; c < clients; c++) {
      ready.add(c);
    }
    LongAdder written = new LongAdder();
    long end = System.nanoTime() + seconds * 1_000_000_000L;
    CountDownLatch stopped = new CountDownLatch(2);
    long[] numbers = new long[clients]; // of a client: used by whoever took it from the queue
    for (int t = 0; t < 2; t++) {
      new Thread(
              () -> {
                try {
                  List<Integer> turn = new ArrayList<>();
                  while (System.nanoTime() < end) {
                    turn.clear();
                    Integer first = ready.poll(10, java.util.concurrent.TimeUnit.MILLISECONDS);
                    if (first == null) {
                      continue;
                    }
                    turn.add(first);
                    ready.drainTo(turn, 256);
                    for (int c : turn) {
                      way.write(c, numbers[c]++)
                          .thenRun(
                              () -> {
                                written.increment();
                                ready.add(c);
                              });
                    }
                  }
                } catch (InterruptedException impossible) {
                  Thread.currentThread().interrupt();
                } finally {
                  stopped.countDown();
                }
              })
          .start();
    }
    stopped.await();
    print(name, clients, written.sum() / seconds);
  }

  private static void print(String name, int clients, long perSecond) {
    System.out.printf(Locale.ROOT, "%-28s %5d clients %,9d records/s%n", name, clients, perSecond);
  }

  private static void print(StoreFigures figures) {
    long writes = figures.commits() + figures.appends();
    System.out.printf(
        Locale.ROOT,
        "%-28s %,d syncs, %.1f writes each, %s%n",
        "",
        figures.syncs(),
        (double) writes / Math.max(1, figures.syncs()),
        median(figures.syncNanos()));
  }

  private static String median(long[] buckets) {
    long all = 0;
    for (long count : buckets) {
      all += count;
    }
    long seen = 0;
    for (int i = 0; i < buckets.length; i++) {
      seen += buckets[i];
      if (2 * seen >= all) {
        return "median sync below %,d us".formatted((1L << i) / 1000);
      }
    }
    return "no sync";
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
