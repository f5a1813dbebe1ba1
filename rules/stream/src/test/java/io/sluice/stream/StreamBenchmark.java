package io.sluice.stream;

import io.sluice.store.Clock;
import io.sluice.store.Log;
import io.sluice.store.Partitions;
import io.sluice.store.Request;
import io.sluice.store.Row;
import io.sluice.store.StateRecord;
import io.sluice.store.StateStore;
import io.sluice.store.Table;
import io.sluice.store.Turn;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the dispatcher's put costs this room: hashing, routing, the record's row in the turn. On a
 * store that forgets everything, so neither disk nor maps count. Run its main by hand; it is no
 * test.
 */
final class StreamBenchmark {
  private static final int RECORDS = 2_000_000;
  private static final int RECORDS_PER_TURN = 100;
  private static final int ROUNDS = 5;

  private record InTurn(Consumer<Turn> work) implements Request<Boolean> {}

  private StreamBenchmark() {}

  public static void main(String[] arguments) {
    Executor here = Runnable::run;
    Partitions partitions = new Partitions(new Forgetful(), Clock.SYSTEM, p -> here);
    Streams streams =
        new Streams(
            partitions, StreamSettings.of("000000000000", "local", StreamLimits.standard()));
    partitions.register(
        InTurn.class,
        (turn, q) -> {
          q.work().accept(turn);
          return true;
        });
    partitions.start();
    streams.createStream(new StreamRequests.CreateStream("bench", 4, null, null)).join();
    byte[] data = new byte[256];
    for (int round = 1; round <= ROUNDS; round++) {
      long begin = System.nanoTime();
      for (int i = 0; i < RECORDS; i += RECORDS_PER_TURN) {
        int first = i;
        partitions.apply(
            0,
            new InTurn(
                turn -> {
                  for (int n = 0; n < RECORDS_PER_TURN; n++) {
                    streams.put(turn, "bench", "device" + (first + n), data);
                  }
                }));
      }
      long nanos = System.nanoTime() - begin;
      System.out.printf("round %d: %d ns for each put of 256 bytes%n", round, nanos / RECORDS);
    }
  }

  /** Takes everything and keeps nothing. */
  private static final class Forgetful implements StateStore {
    @Override
    public int partitions() {
      return 1;
    }

    @Override
    public byte @Nullable [] get(Table table, byte[] key) {
      return null;
    }

    @Override
    public List<Row> range(Table table, byte[] from, byte[] to, int max) {
      return List.of();
    }

    @Override
    public List<Row> rangeBackwards(Table table, byte[] from, byte[] to, int max) {
      return List.of();
    }

    @Override
    public CompletableFuture<@Nullable Void> commit(StateRecord record) {
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public Log log(String name) {
      throw new UnsupportedOperationException("streams have no log");
    }

    @Override
    public void close() {}
  }
}
