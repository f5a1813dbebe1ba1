package io.sluice.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a process that writes, again and again on one directory, and looks for what it had
 * acknowledged. A killed process keeps the operating system's cache, so this shows that nothing is
 * acknowledged that only we hold; that the sync itself comes first is GroupCommit's order.
 */
class CrashTest {
  private static final int ROUNDS = 20;

  @TempDir Path folder;

  /** What is known of a log partition and of a client between rounds. */
  private final Map<Integer, Long> logChecked = new HashMap<>();

  private final Map<Integer, Long> rowsChecked = new HashMap<>();

  @Test
  void nothingAcknowledgedIsMissingAfterTwentyKills() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    Path data = folder.resolve("data");
    int acknowledged = 0;
    for (int round = 0; round < ROUNDS; round++) {
      ChildJvm child = ChildJvm.start(CrashingWriter.class, data.toString());
      // Every fourth dies around its opening, which repairs what the one before left.
      CountDownLatch writes = new CountDownLatch(round % 4 == 3 ? 0 : 1);
      long waitNanos = TimeUnit.MILLISECONDS.toNanos(random.nextInt(500));
      Thread killer = new Thread(() -> killAfter(child, writes, waitNanos));
      killer.start();
      List<String> lines = child.lines(writes::countDown);
      killer.join();
      child.waitFor();
      acknowledged += lines.size();
      assertThat(lines).as("seed %d", seed).noneMatch(line -> line.startsWith("F"));
      check(data, lines, "seed %d, round %d".formatted(seed, round), round % 5 == 4);
    }
    assertThat(acknowledged).isGreaterThan(1000);
  }

  private static void killAfter(ChildJvm child, CountDownLatch writes, long waitNanos) {
    try {
      writes.await(30, TimeUnit.SECONDS);
      LockSupport.parkNanos(waitNanos);
    } catch (InterruptedException impossible) {
      Thread.currentThread().interrupt();
    } finally {
      child.kill();
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aDiskThatRefusesStopsTheStoreAndLosesNothing() throws Exception {
    Path data = folder.resolve("data");
    CrashingWriter.open(data).close();
    // No file may grow past 3 MB: for the log of RocksDB, the same as a full disk.
    ChildJvm child = ChildJvm.start(CrashingWriter.class, data.toString(), "3000000");
    List<String> lines = child.lines();
    assertThat(child.waitFor()).isZero();
    assertThat(lines).anyMatch(line -> line.startsWith("F") && line.contains(data.toString()));
    int firstFailure = 0;
    while (!lines.get(firstFailure).startsWith("F")) {
      firstFailure++;
    }
    assertThat(firstFailure).as("acknowledged before").isGreaterThan(100);
    assertThat(lines.subList(firstFailure, lines.size()))
        .as("nothing is acknowledged after the first failure")
        .allMatch(line -> line.startsWith("F"));
    check(data, lines, "refusing disk", false);
  }

  private void check(Path data, List<String> lines, String what, boolean trim) {
    try (RocksStore store = CrashingWriter.open(data)) {
      Log log = store.log(CrashingWriter.LOG);
      Map<Integer, Map<Long, Long>> records = new HashMap<>();
      for (int p = 0; p < CrashingWriter.PARTITIONS; p++) {
        records.put(p, readOn(log, p, what));
      }
      for (String line : lines) {
        String[] words = line.split(" ", -1);
        if (words[0].equals("A")) {
          assertThat(records.get(Integer.parseInt(words[1])))
              .as("%s: %s", what, line)
              .containsEntry(Long.parseLong(words[2]), Long.parseLong(words[3]));
        }
      }
      for (int client = 0; client < 2; client++) {
        checkCommits(store, client, lines, records.get(2 + client), what);
      }
      if (trim) { // so that logs are also opened that begin late, or are empty
        for (int p = 0; p < CrashingWriter.PARTITIONS; p++) {
          log.trim(p, log.next(p));
        }
      }
    }
  }

  /** All records since the last round, which must follow each other without a gap. */
  private Map<Long, Long> readOn(Log log, int partition, String what) {
    Map<Long, Long> records = new HashMap<>();
    long next = logChecked.getOrDefault(partition, 0L);
    while (true) {
      List<LogRecord> read = log.read(partition, next, 1000, 8 << 20);
      if (read.isEmpty()) {
        break;
      }
      for (LogRecord record : read) {
        assertThat(record.offset()).as("%s: no gap in %d", what, partition).isEqualTo(next++);
        records.put(record.offset(), Keys.numberAt(record.bytes(), 0));
      }
    }
    assertThat(log.next(partition)).as(what).isEqualTo(next);
    logChecked.put(partition, next);
    return records;
  }

  /** A record is whole or not there: its counter, its row and its append agree. */
  private void checkCommits(
      RocksStore store, int client, List<String> lines, Map<Long, Long> appended, String what) {
    int partition = 2 + client;
    byte[] counter = store.get(CrashingWriter.COUNTERS, Keys.inPartition(partition, new byte[0]));
    long last = counter == null ? -1 : Keys.numberAt(counter, 0);
    String mine = "C " + client + " ";
    long acknowledged =
        lines.stream()
            .filter(line -> line.startsWith(mine))
            .mapToLong(line -> Long.parseLong(line.substring(mine.length())))
            .max()
            .orElse(-1);
    assertThat(last)
        .as("%s: counter of client %d", what, client)
        .isGreaterThanOrEqualTo(acknowledged);
    long from = rowsChecked.getOrDefault(client, 0L);
    List<Row> rows =
        store.range(
            CrashingWriter.WRITTEN,
            Keys.inPartition(partition, Keys.of().number(from).bytes()),
            Keys.inPartition(partition, Keys.of().number(Long.MAX_VALUE).bytes()),
            Integer.MAX_VALUE);
    assertThat(rows).as("%s: rows of client %d", what, client).hasSize((int) (last + 1 - from));
    assertThat(appended).as("%s: appends of client %d", what, client).hasSize(rows.size());
    for (long n = from; n <= last; n++) {
      assertThat(appended).as(what).containsEntry(n, n);
    }
    rowsChecked.put(client, last + 1);
  }
}
