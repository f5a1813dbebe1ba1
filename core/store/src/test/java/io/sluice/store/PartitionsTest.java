package io.sluice.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What requests and timers are promised; on one thread, with a clock moved by hand. */
class PartitionsTest {
  private static final Table ROWS = new Table("partitions-test");
  private static final long NOON = 1_000_000;

  private record Write(String key, String value) implements Request<String> {}

  private record Read(String key) implements Request<String> {}

  private record Refuse(String key) implements Request<String> {}

  private record Schedule(String kind, long due, String key) implements Request<Boolean> {}

  private record Cancel(String kind, long due, String key) implements Request<Boolean> {}

  private final List<String> fired = new ArrayList<>();
  private final List<String> durable = new ArrayList<>();
  private SimulatedStore store = new SimulatedStore(4);
  private SimulatedPartitions simulation = start(store, NOON);
  private boolean failing;

  private SimulatedPartitions start(SimulatedStore on, long now) {
    SimulatedPartitions started = new SimulatedPartitions(on, now);
    Partitions partitions = started.partitions();
    partitions.register(
        Write.class,
        (turn, write) -> {
          turn.put(ROWS, write.key.getBytes(UTF_8), write.value.getBytes(UTF_8));
          turn.afterDurable(() -> durable.add(write.value));
          return "wrote " + write.value;
        });
    partitions.register(
        Read.class,
        (turn, read) -> {
          byte[] value = turn.get(ROWS, read.key.getBytes(UTF_8));
          return value == null ? "nothing" : new String(value, UTF_8);
        });
    partitions.register(
        Refuse.class,
        (turn, refuse) -> {
          turn.put(ROWS, refuse.key.getBytes(UTF_8), "refused".getBytes(UTF_8));
          turn.afterDurable(() -> durable.add("refused"));
          throw new IllegalStateException("refused on purpose");
        });
    partitions.register(
        Schedule.class,
        (turn, timer) -> {
          turn.schedule(timer.kind, timer.due, timer.key.getBytes(UTF_8));
          return true;
        });
    partitions.register(
        Cancel.class,
        (turn, timer) -> {
          turn.cancel(timer.kind, timer.due, timer.key.getBytes(UTF_8));
          return true;
        });
    partitions.onTimer("note", (turn, key, due) -> note("note", turn, key, due));
    partitions.onTimer(
        "fragile",
        (turn, key, due) -> {
          if (failing) {
            turn.put(ROWS, key, "half".getBytes(UTF_8));
            throw new IllegalStateException("failed on purpose");
          }
          note("fragile", turn, key, due);
        });
    partitions.onTimer(
        "again",
        (turn, key, due) -> {
          note("again", turn, key, due);
          if (fired.size() < 3) {
            turn.schedule("again", turn.now() - 1, key);
          }
        });
    partitions.start();
    return started;
  }

  private void note(String kind, Turn turn, byte[] key, long due) {
    fired.add(
        kind
            + " "
            + new String(key, UTF_8)
            + " due "
            + (due - NOON)
            + " at "
            + (turn.now() - NOON));
  }

  private void restart() {
    store = store.crash(new Random(1));
    simulation = start(store, simulation.now());
  }

  @Test
  void requestsOfOneKeyAreDecidedInTheirOrder() {
    Partitions partitions = simulation.partitions();
    List<CompletableFuture<String>> replies = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      partitions.ask("k", new Write("k", "v" + i));
      replies.add(partitions.ask("k", new Read("k")));
    }
    simulation.run();
    for (int i = 0; i < 100; i++) {
      assertThat(replies.get(i).join()).isEqualTo("v" + i);
    }
  }

  @Test
  void aRefusalReachesTheAskerAndWritesNothing() {
    assertThatThrownBy(() -> simulation.ask("k", new Refuse("k")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("refused on purpose");
    assertThat(simulation.ask("k", new Read("k"))).isEqualTo("nothing");
    assertThat(durable).isEmpty();
  }

  @Test
  void aRequestWithoutHandlerIsRefused() {
    record Unknown() implements Request<String> {}
    assertThatThrownBy(() -> simulation.ask("k", new Unknown())).hasMessageContaining("Unknown");
  }

  @Test
  void theReplyWaitsForTheDiskAndComesAfterDurableActions() {
    store.manualSync();
    CompletableFuture<String> reply = simulation.partitions().ask("k", new Write("k", "v"));
    List<String> seenByReply = new ArrayList<>();
    reply.thenRun(() -> seenByReply.addAll(durable));
    simulation.run();
    assertThat(reply).isNotDone();
    assertThat(durable).isEmpty();
    store.sync();
    assertThat(reply).isCompletedWithValue("wrote v");
    assertThat(seenByReply).containsExactly("v");
  }

  @Test
  void applyRepliesBeforeTheDisk() {
    store.manualSync();
    CompletableFuture<String> reply = simulation.partitions().apply(1, new Write("k", "v"));
    simulation.run();
    assertThat(reply).isCompletedWithValue("wrote v");
    assertThat(durable).isEmpty();
  }

  @Test
  void aFailedDiskFailsAllLaterRequests() {
    store.failWrites();
    assertThatThrownBy(() -> simulation.ask("k", new Write("k", "v")))
        .isInstanceOf(StoreFailed.class);
  }

  @Test
  void keysSpreadOverThePartitionsAndStayThere() {
    Partitions partitions = simulation.partitions();
    int[] counts = new int[4];
    for (int i = 0; i < 4000; i++) {
      counts[partitions.of("thing-" + i)]++;
    }
    assertThat(IntStream.of(counts).min().getAsInt()).isGreaterThan(800);
    // On disk: another function would look for rows where they are not.
    assertThat(List.of(partitions.of("a"), partitions.of("thing-1"), partitions.of("\u00fc")))
        .containsExactly(0, 2, 1);
  }

  @Test
  void timersFireWhenDueInTheirOrder() {
    simulation.ask("k", new Schedule("note", NOON + 30, "late"));
    simulation.ask("k", new Schedule("note", NOON + 10, "early"));
    simulation.advance(9);
    assertThat(fired).isEmpty();
    simulation.advance(1);
    assertThat(fired).containsExactly("note early due 10 at 10");
    simulation.advance(100);
    assertThat(fired).containsExactly("note early due 10 at 10", "note late due 30 at 110");
    simulation.advance(1000);
    assertThat(fired).as("once").hasSize(2);
  }

  @Test
  void aCancelledTimerDoesNotFire() {
    simulation.ask("k", new Schedule("note", NOON + 10, "x"));
    simulation.ask("k", new Cancel("note", NOON + 10, "x"));
    simulation.ask("k", new Cancel("note", NOON + 10, "never set"));
    simulation.advance(100);
    assertThat(fired).isEmpty();
  }

  @Test
  void timersSurviveARestart() {
    simulation.ask("k", new Schedule("note", NOON + 10, "x"));
    restart();
    simulation.advance(10);
    assertThat(fired).containsExactly("note x due 10 at 10");
    restart();
    simulation.advance(1000);
    assertThat(fired).as("once").hasSize(1);
  }

  @Test
  void aTimerWithoutHandlerGoes() {
    simulation.ask("k", new Schedule("forgotten", NOON + 1, "x"));
    simulation.advance(10);
    assertThat(store.range(Timers.TABLE, new byte[0], Keys.after(new byte[0]), 9)).isEmpty();
  }

  @Test
  void aFailingTimerIsTriedAgainWithItsDueTimeAndHoldsUpNoOther() {
    failing = true;
    simulation.ask("k", new Schedule("fragile", NOON + 1, "x"));
    simulation.ask("k", new Schedule("note", NOON + 2, "y"));
    simulation.advance(5);
    assertThat(fired).containsExactly("note y due 2 at 5");
    simulation.advance(500);
    failing = false;
    simulation.advance(499);
    assertThat(fired).as("not before a second").hasSize(1);
    simulation.advance(1);
    assertThat(fired).containsExactly("note y due 2 at 5", "fragile x due 1 at 1005");
    assertThat(simulation.ask("k", new Read("x")))
        .as("nothing of the failed try")
        .isEqualTo("nothing");
  }

  @Test
  void aFailingTimerCanBeCancelled() {
    failing = true;
    simulation.ask("k", new Schedule("fragile", NOON + 1, "x"));
    simulation.advance(5);
    simulation.ask("k", new Cancel("fragile", NOON + 1, "x"));
    failing = false;
    simulation.advance(100_000);
    assertThat(fired).isEmpty();
  }

  @Test
  void aTimerSetInThePastByATimerFiresAtTheNextTick() {
    simulation.ask("k", new Schedule("again", NOON + 1, "x"));
    simulation.advance(1);
    simulation.advance(1);
    simulation.advance(1);
    assertThat(fired)
        .containsExactly("again x due 1 at 1", "again x due 0 at 2", "again x due 1 at 3");
  }

  @Test
  void manyTimersDueAtOnceAllFire() {
    for (int i = 0; i < 1000; i++) {
      simulation.ask("k", new Schedule("note", NOON + 1 + i % 3, "t" + i));
    }
    simulation.advance(10);
    assertThat(fired).hasSize(1000).doesNotHaveDuplicates();
  }

  @Test
  void anExecutorThatStopsFailsTheRequest() {
    OwnerThreads owners = new OwnerThreads(1);
    Partitions partitions = new Partitions(store, Clock.SYSTEM, owners);
    owners.close();
    assertThat(partitions.ask("k", new Read("k"))).isCompletedExceptionally();
  }
}
