package io.sluice.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@link RocksStore} keeps the contract, and its own bounds. */
class RocksStoreTest extends StateStoreContract {
  @TempDir Path folder;

  @Override
  RocksStore open() {
    return RocksStore.open(DataDirectory.open(folder.resolve("data"), 4), Set.of(ROWS, OTHERS));
  }

  private RocksStore another() {
    return RocksStore.open(DataDirectory.open(folder.resolve("another"), 4), Set.of(ROWS));
  }

  @Test
  void aTableThatWasNotHandedInIsOurMistakeAndWritesNothing() {
    try (RocksStore store = another()) {
      StateRecord record =
          new StateRecord()
              .append("log", 0, new byte[1])
              .put(ROWS, new byte[] {1}, new byte[0])
              .put(OTHERS, new byte[] {1}, new byte[0]);
      assertThatThrownBy(() -> store.commit(record))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(OTHERS.name());
      assertThat(store.get(ROWS, new byte[] {1})).isNull();
      assertThat(store.log("log").next(0)).isZero();
      assertThat(store.log("log").append(0, new byte[0]).join()).isZero();
    }
    assertThatThrownBy(
            () ->
                RocksStore.open(
                    DataDirectory.open(folder.resolve("third")), Set.of(new Table("log-x"))))
        .hasMessageContaining("log-x");
  }

  @Test
  void tablesThatNobodyKnowsAnyMoreAreKept() {
    Path data = folder.resolve("another");
    try (RocksStore before = RocksStore.open(DataDirectory.open(data), Set.of(ROWS, OTHERS))) {
      before.commit(new StateRecord().put(OTHERS, new byte[] {1}, new byte[] {2}));
    }
    RocksStore.open(DataDirectory.open(data), Set.of(ROWS)).close();
    try (RocksStore after = RocksStore.open(DataDirectory.open(data), Set.of(OTHERS))) {
      assertThat(after.get(OTHERS, new byte[] {1})).containsExactly(2);
    }
  }

  @Test
  void appendsAreRefusedWhenTooManyWaitAndTakenAgainLater() throws Exception {
    try (RocksStore store = another()) {
      Log log = store.log("busy");
      CountDownLatch blocked = new CountDownLatch(1);
      log.onAppend(0, () -> awaitQuietly(blocked)); // runs on the committer: nothing goes on
      List<CompletableFuture<Long>> taken = new ArrayList<>();
      taken.add(log.append(0, new byte[0]));
      CompletableFuture<Long> last = taken.get(0);
      for (int i = 0; i < 200_000 && !last.isCompletedExceptionally(); i++) {
        last = log.append(1, new byte[0]);
        taken.add(last);
      }
      CompletableFuture<Long> refused = last;
      assertThatThrownBy(refused::join).hasCauseInstanceOf(Overloaded.class);
      assertThat(store.figures().overloaded()).isEqualTo(1);
      blocked.countDown();
      taken.remove(taken.size() - 1);
      CompletableFuture.allOf(taken.toArray(CompletableFuture<?>[]::new))
          .orTimeout(20, TimeUnit.SECONDS)
          .join();
      assertThat(log.append(1, new byte[0]).join()).isEqualTo(taken.size() - 1L);
    }
  }

  @Test
  void appendsAreRefusedWhenTooManyBytesWait() {
    try (RocksStore store = another()) {
      Log log = store.log("busy");
      CountDownLatch blocked = new CountDownLatch(1);
      log.onAppend(0, () -> awaitQuietly(blocked));
      log.append(0, new byte[0]);
      byte[] megabyte = new byte[1 << 20];
      long refused = 0;
      for (int i = 0; i < 100; i++) {
        refused += log.append(1, megabyte).isCompletedExceptionally() ? 1 : 0;
      }
      blocked.countDown();
      assertThat(refused).isBetween(20L, 60L); // one round may have been taken before the block
    }
  }

  @Test
  void writesOfManyThreadsShareSyncsAndLeaveNoGap() throws Exception {
    int threads = 4;
    int each = 2000;
    long all = (long) threads * each;
    try (RocksStore store = another()) {
      Log log = store.log("shared");
      ConcurrentLinkedQueue<Long> replies = new ConcurrentLinkedQueue<>();
      CountDownLatch left = new CountDownLatch(threads * each);
      for (int t = 0; t < threads; t++) {
        boolean append = t % 2 == 0;
        new Thread(
                () -> {
                  for (int i = 0; i < each; i++) {
                    CompletableFuture<?> durable =
                        append
                            ? log.append(0, new byte[8]).thenAccept(replies::add)
                            : store.commit(new StateRecord().append("shared", 0, new byte[8]));
                    durable.thenRun(left::countDown);
                  }
                })
            .start();
      }
      assertThat(left.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(replies).hasSize(threads / 2 * each).doesNotHaveDuplicates();
      assertThat(log.read(0, 0, 1 << 20, 1 << 30))
          .extracting(LogRecord::offset)
          .containsExactlyElementsOf(LongStream.range(0, all).boxed().toList());
      StoreFigures figures = store.figures();
      assertThat(figures.commits() + figures.appends()).isEqualTo(all);
      assertThat(LongStream.of(figures.syncNanos()).sum()).isEqualTo(figures.syncs());
      assertThat(figures.syncs()).isLessThan(all);
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
