package io.sluice.firehose;

import io.sluice.store.Clock;
import io.sluice.store.Log;
import io.sluice.store.Partitions;
import io.sluice.store.Request;
import io.sluice.store.Row;
import io.sluice.store.StateRecord;
import io.sluice.store.StateStore;
import io.sluice.store.Table;
import io.sluice.store.Turn;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What the dispatcher's put costs this room, on a store that forgets everything, and how fast a
 * folder takes objects. Run its main by hand; it is no test.
 */
final class DeliveryBenchmark {
  private static final int RECORDS = 1_000_000;
  private static final int RECORDS_PER_TURN = 100;
  private static final int RECORDS_PER_OBJECT = 200_000;
  private static final int ROUNDS = 5;

  private record InTurn(Consumer<Turn> work) implements Request<Boolean> {}

  private DeliveryBenchmark() {}

  public static void main(String[] arguments) throws IOException {
    Path folder = Files.createTempDirectory("delivery-benchmark");
    for (int round = 1; round <= ROUNDS; round++) {
      System.out.printf(
          "round %d: put %d ns for each 256 bytes; folder %d MB/s plain, %d MB/s gzip%n",
          round,
          nanosPerPut(folder),
          megabytesPerSecond(folder, Compression.UNCOMPRESSED),
          megabytesPerSecond(folder, Compression.GZIP));
    }
  }

  private static long nanosPerPut(Path folder) {
    Executor here = Runnable::run;
    Partitions partitions = new Partitions(new Forgetful(), Clock.SYSTEM, p -> here);
    DeliveryStreams streams =
        new DeliveryStreams(
            partitions,
            new DeliverySettings("000000000000", "local", DeliveryLimits.standard()),
            new FolderTarget(folder),
            here);
    partitions.register(
        InTurn.class,
        (turn, q) -> {
          q.work().accept(turn);
          return true;
        });
    partitions.start();
    streams
        .createDeliveryStream(
            new FirehoseRequests.CreateDeliveryStream(
                "bench", null, Depot.destination(), null, null))
        .join();
    byte[] data = new byte[256];
    long begin = System.nanoTime();
    for (int i = 0; i < RECORDS; i += RECORDS_PER_TURN) {
      partitions.apply(
          0,
          new InTurn(
              turn -> {
                for (int n = 0; n < RECORDS_PER_TURN; n++) {
                  streams.put(turn, "bench", data);
                }
              }));
    }
    return (System.nanoTime() - begin) / RECORDS;
  }

  private static long megabytesPerSecond(Path folder, Compression compression) throws IOException {
    byte[][] records = new byte[1_000][];
    long bytes = 0;
    for (int i = 0; i < records.length; i++) {
      records[i] =
          "{\"device\":\"sensor-%d\",\"temperature\":%d.%d,\"humidity\":%d}\n"
              .formatted(i, i % 40, i % 10, i % 100)
              .getBytes(StandardCharsets.UTF_8);
      bytes += records[i].length;
    }
    long begin = System.nanoTime();
    new FolderTarget(folder)
        .write(
            "lake",
            "object",
            compression.compress(
                out -> {
                  for (int i = 0; i < RECORDS_PER_OBJECT; i++) {
                    out.write(records[i % records.length]);
                  }
                }));
    long nanos = System.nanoTime() - begin;
    return bytes * (RECORDS_PER_OBJECT / records.length) * 1_000 / nanos;
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
      throw new UnsupportedOperationException("delivery streams have no log");
    }

    @Override
    public void close() {}
  }
}
