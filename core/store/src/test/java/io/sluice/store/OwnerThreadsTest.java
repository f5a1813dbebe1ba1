package io.sluice.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the owner threads promise to partitions. */
class OwnerThreadsTest {
  private final OwnerThreads owners = new OwnerThreads(2);

  @AfterEach
  void close() {
    owners.close();
  }

  private record Ping() implements Request<String> {}

  @Test
  void aPartitionHasOneNamedThread() {
    Set<String> threads = ConcurrentHashMap.newKeySet();
    CompletableFuture<?>[] all = new CompletableFuture<?>[100];
    for (int i = 0; i < all.length; i++) {
      all[i] =
          CompletableFuture.runAsync(
              () -> threads.add(Thread.currentThread().getName()), owners.apply(3));
    }
    CompletableFuture.allOf(all).join();
    assertThat(threads).containsExactly("owner-1");
  }

  @Test
  void workOfEachSenderIsDoneInItsOrder() throws Exception {
    int senders = 4;
    int each = 20_000;
    List<List<Integer>> done = new ArrayList<>(); // each list is touched by the owner only
    CountDownLatch left = new CountDownLatch(senders * each);
    for (int s = 0; s < senders; s++) {
      List<Integer> own = new ArrayList<>();
      done.add(own);
      new Thread(
              () -> {
                for (int i = 0; i < each; i++) {
                  int number = i;
                  owners
                      .apply(0)
                      .execute(
                          () -> {
                            own.add(number);
                            left.countDown();
                          });
                }
              })
          .start();
    }
    assertThat(left.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(done).allSatisfy(own -> assertThat(own).hasSize(each).isSorted());
  }

  @Test
  void anErrorDoesNotEndTheThread() {
    owners
        .apply(0)
        .execute(
            () -> {
              throw new AssertionError("on purpose");
            });
    assertThat(CompletableFuture.supplyAsync(() -> "alive", owners.apply(0)).join())
        .isEqualTo("alive");
  }

  @Test
  void closeDoesWhatWaitsAndRefusesWhatComesAfter() {
    CountDownLatch closing = new CountDownLatch(1);
    AtomicInteger done = new AtomicInteger();
    owners.apply(0).execute(() -> awaitQuietly(closing));
    for (int i = 0; i < 1000; i++) {
      owners.apply(0).execute(done::incrementAndGet);
    }
    closing.countDown();
    owners.close();
    assertThat(done).hasValue(1000);
    assertThatThrownBy(() -> owners.apply(0).execute(done::incrementAndGet))
        .isInstanceOf(RejectedExecutionException.class);
  }

  @Test
  void requestsAreRefusedWhenTooManyWaitButAppliedEffectsAreNot() {
    Partitions partitions = new Partitions(new SimulatedStore(1), Clock.SYSTEM, owners);
    partitions.register(Ping.class, (turn, ping) -> "pong");
    CountDownLatch blocked = new CountDownLatch(1);
    owners.apply(0).execute(() -> awaitQuietly(blocked));
    for (int i = 0; i < OwnerQueue.WAITING_MAX; i++) {
      owners.apply(0).execute(() -> {});
    }
    CompletableFuture<String> refused = partitions.ask(0, new Ping());
    CompletableFuture<String> applied = partitions.apply(0, new Ping());
    assertThat(refused).isCompletedExceptionally();
    assertThatThrownBy(refused::join).hasCauseInstanceOf(Overloaded.class);
    blocked.countDown();
    assertThat(applied.orTimeout(20, TimeUnit.SECONDS).join()).isEqualTo("pong");
    assertThat(partitions.ask(0, new Ping()).orTimeout(20, TimeUnit.SECONDS).join())
        .isEqualTo("pong");
  }

  @Test
  void theTickerFiresTimers() {
    Partitions partitions = new Partitions(new SimulatedStore(1), Clock.SYSTEM, owners);
    CompletableFuture<String> fired = new CompletableFuture<>();
    partitions.register(
        Ping.class,
        (turn, ping) -> {
          turn.schedule("soon", turn.now() + 20, new byte[0]);
          return "set";
        });
    partitions.onTimer("soon", (turn, key, due) -> fired.complete("fired"));
    partitions.start();
    owners.startTicking(partitions);
    partitions.ask(0, new Ping());
    assertThat(fired.orTimeout(20, TimeUnit.SECONDS).join()).isEqualTo("fired");
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
