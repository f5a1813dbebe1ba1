package io.sluice.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * Every record that survived has each of its effects exactly once and in order, however often and
 * wherever the process died; a record that did not survive has none.
 */
class ConveyorProperties {
  private static final int PARTITIONS = 3;
  private static final Table APPLIED = new Table("applied");
  private static final String LOG = "conveyed";

  /** One life of the process; the store is what the next finds. */
  private static final class Life {
    final SimulatedPartitions simulation;
    final Conveyor<Long> conveyor;
    final Random random;
    boolean fragile = true;

    Life(SimulatedStore store, Random random, long retain) {
      this.random = random;
      this.simulation = new SimulatedPartitions(store, 0);
      this.conveyor =
          new Conveyor<>(simulation.partitions(), "test", LOG, this::route, this::apply, retain);
      simulation.partitions().start();
    }

    /** A record's bytes name its targets. Both ends fail now and then. */
    private void route(int source, LogRecord record, Conveyor.Sink<Long> sink) {
      failSometimes(60);
      for (byte target : record.bytes()) {
        sink.effect(target, source * 1_000_000L + record.offset());
      }
    }

    private void apply(Turn turn, long effect) {
      failSometimes(60);
      byte[] key = Keys.of().number(effect).bytes();
      byte[] before = turn.get(APPLIED, key);
      long times = before == null ? 1 : Keys.numberAt(before, 0) + 1;
      turn.put(APPLIED, key, Keys.of().number(times).bytes());
    }

    void failSometimes(int of) {
      if (fragile && random.nextInt(of) == 0) {
        throw new IllegalStateException("failed on purpose");
      }
    }
  }

  @Property(tries = 150)
  void effectsAreExactlyOnce(@ForAll long seed) {
    Random random = new Random(seed);
    SimulatedStore store = new SimulatedStore(PARTITIONS).manualSync();
    for (int lives = random.nextInt(5); lives >= 0; lives--) {
      Life life = new Life(store, random, Long.MAX_VALUE / 2);
      for (int events = random.nextInt(120); events > 0; events--) {
        switch (random.nextInt(5)) {
          case 0, 1 -> store.log(LOG).append(random.nextInt(PARTITIONS), targets(random));
          case 2 -> store.sync();
          case 3 -> {
            for (int steps = random.nextInt(6); steps > 0; steps--) {
              life.simulation.step();
            }
          }
          default -> life.simulation.partitions().tick();
        }
      }
      store = store.crash(random).manualSync();
    }
    Life last = new Life(store, random, Long.MAX_VALUE / 2);
    last.fragile = false;
    for (int rounds = 0; rounds < 5; rounds++) {
      last.simulation.run();
      last.simulation.advance(1000);
    }
    assertThat(last.conveyor.isIdle()).isTrue();
    assertThat(applied(store)).isEqualTo(expected(store));
  }

  private static byte[] targets(Random random) {
    byte[] targets = new byte[random.nextInt(4)]; // also none, also one twice
    for (int i = 0; i < targets.length; i++) {
      targets[i] = (byte) random.nextInt(PARTITIONS);
    }
    return targets;
  }

  private static Map<String, Long> applied(SimulatedStore store) {
    Map<String, Long> applied = new HashMap<>();
    for (Row row : store.range(APPLIED, new byte[0], Keys.after(new byte[0]), 1 << 20)) {
      applied.put(
          row.key()[1] + ":" + Keys.numberAt(row.key(), Keys.PARTITION_BYTES),
          Keys.numberAt(row.value(), 0));
    }
    return applied;
  }

  private static Map<String, Long> expected(SimulatedStore store) {
    Map<String, Long> expected = new HashMap<>();
    for (int source = 0; source < PARTITIONS; source++) {
      for (LogRecord record : store.log(LOG).read(source, 0, 1 << 20, Integer.MAX_VALUE)) {
        for (byte target : record.bytes()) {
          expected.merge(target + ":" + (source * 1_000_000L + record.offset()), 1L, Long::sum);
        }
      }
    }
    return expected;
  }

  @Property(tries = 50)
  void effectsOfOneSourceArriveInOrder(@ForAll long seed) {
    Random random = new Random(seed);
    SimulatedStore store = new SimulatedStore(PARTITIONS);
    SimulatedPartitions simulation = new SimulatedPartitions(store, 0);
    Map<String, List<Long>> arrived = new HashMap<>();
    new Conveyor<long[]>(
        simulation.partitions(),
        "order",
        LOG,
        (source, record, sink) -> {
          for (byte target : record.bytes()) {
            sink.effect(target, new long[] {source, record.offset()});
          }
        },
        (turn, effect) ->
            arrived
                .computeIfAbsent(effect[0] + ">" + turn.partition(), k -> new ArrayList<>())
                .add(effect[1]),
        Long.MAX_VALUE / 2);
    simulation.partitions().start();
    for (int i = 0; i < 100; i++) {
      store.log(LOG).append(random.nextInt(PARTITIONS), targets(random));
      if (random.nextBoolean()) {
        simulation.step();
      }
    }
    simulation.run();
    assertThat(arrived.values()).isNotEmpty().allSatisfy(offsets -> assertThat(offsets).isSorted());
  }
}
