package io.sluice.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A conveyor's way around failures and bounds; its main promise is in ConveyorProperties. */
class ConveyorTest {
  private static final String LOG = "conveyed";
  private static final Table COUNTS = new Table("counts");
  private static final long KEEP_ALL = Long.MAX_VALUE / 2;

  @TempDir Path folder;

  @Test
  void aRecordThatFailsIsTriedAgainWithoutANewAppend() {
    SimulatedStore store = new SimulatedStore(2);
    SimulatedPartitions simulation = new SimulatedPartitions(store, 0);
    boolean[] failing = {true};
    List<Long> carried = new ArrayList<>();
    Conveyor<Long> conveyor =
        new Conveyor<>(
            simulation.partitions(),
            "test",
            LOG,
            (source, record, sink) -> sink.effect(1, record.offset()),
            (turn, effect) -> {
              if (failing[0] && effect == 1) {
                throw new IllegalStateException("failed on purpose");
              }
              carried.add(effect);
            },
            KEEP_ALL);
    simulation.partitions().start();
    for (int i = 0; i < 3; i++) {
      store.log(LOG).append(0, new byte[0]);
    }
    simulation.run();
    assertThat(conveyor.isIdle()).isFalse();
    CompletableFuture<Boolean> all = conveyor.carried(0);
    simulation.advance(1000);
    assertThat(conveyor.carriedUpTo(0)).as("one at a time now: stands at the bad one").isEqualTo(1);
    assertThat(all).isNotDone();
    carried.clear();
    failing[0] = false;
    simulation.advance(1000);
    assertThat(carried).containsExactly(1L, 2L);
    assertThat(all).isCompleted();
    assertThat(conveyor.carried(0)).isCompleted();
    assertThat(conveyor.carried(1)).as("nothing was ever in it").isCompleted();
    assertThat(conveyor.isIdle()).isTrue();
  }

  @Test
  void aRecordWithVeryManyEffectsDoesNotGatherMoreBesideIt() {
    SimulatedStore store = new SimulatedStore(2);
    SimulatedPartitions simulation = new SimulatedPartitions(store, 0);
    int[] routed = new int[1];
    int[] applied = new int[1];
    new Conveyor<Integer>(
        simulation.partitions(),
        "test",
        LOG,
        (source, record, sink) -> {
          routed[0]++;
          for (int i = 0; i < 10_000; i++) {
            sink.effect(0, i);
          }
        },
        (turn, effect) -> {
          assertThat(routed[0]).isEqualTo(applied[0] / 10_000 + 1);
          applied[0]++;
        },
        KEEP_ALL);
    simulation.partitions().start();
    for (int i = 0; i < 5; i++) {
      store.log(LOG).append(0, new byte[0]);
    }
    simulation.run();
    assertThat(applied[0]).isEqualTo(50_000);
  }

  @Test
  void carriedRecordsAreTrimmedAlsoWhenEachLifeIsShort() {
    SimulatedStore store = new SimulatedStore(1);
    for (int life = 0; life < 4; life++) {
      SimulatedPartitions simulation = new SimulatedPartitions(store, 0);
      new Conveyor<Integer>(
          simulation.partitions(), "test", LOG, (s, r, k) -> {}, (turn, effect) -> {}, 100);
      simulation.partitions().start();
      for (int i = 0; i < 3000; i++) {
        store.log(LOG).append(0, new byte[0]);
      }
      simulation.run();
      store = store.crash(new java.util.Random(life));
    }
    assertThat(store.log(LOG).read(0, 0, 1, 1).get(0).offset()).isPositive();
    assertThat(store.log(LOG).next(0)).isEqualTo(12_000);
  }

  @Test
  void carriesEverythingOnceWithRealThreadsAndARealDisk() throws Exception {
    int threads = 4;
    int each = 2500;
    try (RocksStore store =
        RocksStore.open(DataDirectory.open(folder.resolve("data"), 8), Set.of(COUNTS))) {
      CountDownLatch left = new CountDownLatch(threads * each);
      Set<Long> carried = ConcurrentHashMap.newKeySet();
      try (OwnerThreads owners = new OwnerThreads(2)) {
        Partitions partitions = new Partitions(store, Clock.SYSTEM, owners);
        Conveyor.register(partitions);
        new Conveyor<Long>(
            partitions,
            "test",
            LOG,
            (source, record, sink) -> {
              long number = Keys.numberAt(record.bytes(), 0);
              sink.effect((int) (number % 8), number);
            },
            (turn, effect) -> {
              turn.put(COUNTS, Keys.of().number(effect).bytes(), new byte[0]);
              assertThat(carried.add(effect)).isTrue();
              left.countDown();
            },
            KEEP_ALL);
        partitions.start();
        owners.startTicking(partitions);
        for (int t = 0; t < threads; t++) {
          int thread = t;
          new Thread(
                  () -> {
                    for (long n = 0; n < each; n++) {
                      store
                          .log(LOG)
                          .append((int) (n % 8), Keys.of().number(n * threads + thread).bytes());
                    }
                  })
              .start();
        }
        assertThat(left.await(30, TimeUnit.SECONDS)).as("%d left", left.getCount()).isTrue();
      }
      int rows = store.range(COUNTS, new byte[0], Keys.after(new byte[0]), 1 << 20).size();
      assertThat(rows).isEqualTo(threads * each);
    }
  }
}
