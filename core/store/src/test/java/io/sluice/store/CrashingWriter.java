package io.sluice.store;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;

/**
 * Writes to a store until it is killed or the disk refuses, and prints what was acknowledged: two
 * threads append to a log, two commit records of a partition.
 *
 * <p>Lines: {@code A partition offset number} for an append, {@code C client number} for a commit,
 * {@code F sentence} for the end by a failure.
 */
final class CrashingWriter {
  static final String LOG = "crash";
  static final Table COUNTERS = new Table("crash-counters");
  static final Table WRITTEN = new Table("crash-written");
  static final int PARTITIONS = 4;
  private static final int FILLER_BYTES = 1000; // makes RocksDB switch files within a second
  private static final int ON_THE_WAY_MAX = 64;

  private final RocksStore store;
  private final PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);

  private CrashingWriter(RocksStore store) {
    this.store = store;
  }

  static RocksStore open(Path data) {
    return RocksStore.open(DataDirectory.open(data, PARTITIONS), Set.of(COUNTERS, WRITTEN));
  }

  public static void main(String[] arguments) throws IOException, InterruptedException {
    CrashingWriter writer = new CrashingWriter(open(Path.of(arguments[0])));
    if (arguments.length > 1) {
      limitFiles(arguments[1]);
    }
    CountDownLatch failed = new CountDownLatch(1);
    for (int client = 0; client < 2; client++) {
      int own = client;
      new Thread(() -> writer.append(own, failed)).start();
      new Thread(() -> writer.commit(own, failed)).start();
    }
    failed.await();
    System.exit(0);
  }

  /** Not earlier: the native library is a file that is written at the start. */
  private static void limitFiles(String bytes) throws IOException, InterruptedException {
    String own = String.valueOf(ProcessHandle.current().pid());
    int exit = new ProcessBuilder("prlimit", "--pid", own, "--fsize=" + bytes).start().waitFor();
    if (exit != 0) {
      throw new IllegalStateException("prlimit ended with " + exit);
    }
  }

  private synchronized void say(String line) {
    out.print(line + "\n");
    out.flush();
  }

  private void follow(
      CompletableFuture<?> write, String acknowledged, Semaphore onTheWay, CountDownLatch failed) {
    write.whenComplete(
        (done, failure) -> {
          if (failure == null) {
            say(acknowledged.replace("OFFSET", String.valueOf(done)));
          } else {
            say("F " + failure.getMessage());
            failed.countDown();
          }
          onTheWay.release();
        });
  }

  private void append(int client, CountDownLatch failed) {
    Log log = store.log(LOG);
    Semaphore onTheWay = new Semaphore(ON_THE_WAY_MAX);
    for (long n = 0; failed.getCount() > 0; n++) {
      int partition = (int) ((client + n) % 2);
      onTheWay.acquireUninterruptibly();
      follow(
          log.append(partition, payload(client, n)),
          "A " + partition + " OFFSET " + (client * 1_000_000_000L + n),
          onTheWay,
          failed);
    }
  }

  static byte[] payload(int client, long number) {
    return Keys.of().number(client * 1_000_000_000L + number).raw(new byte[FILLER_BYTES]).bytes();
  }

  private void commit(int client, CountDownLatch failed) {
    int partition = 2 + client;
    byte[] counter = Keys.inPartition(partition, new byte[0]);
    byte[] before = store.get(COUNTERS, counter);
    Semaphore onTheWay = new Semaphore(ON_THE_WAY_MAX);
    try {
      for (long n = before == null ? 0 : Keys.numberAt(before, 0) + 1; ; n++) {
        byte[] number = Keys.of().number(n).bytes();
        onTheWay.acquireUninterruptibly();
        follow(
            store.commit(
                new StateRecord()
                    .put(COUNTERS, counter, number)
                    .put(WRITTEN, Keys.inPartition(partition, number), number)
                    .append(LOG, partition, number)),
            "C " + client + " " + n,
            onTheWay,
            failed);
      }
    } catch (StoreFailed refused) {
      say("F " + refused.getMessage());
      failed.countDown();
    }
  }
}
