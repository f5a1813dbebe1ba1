package io.sluice.firehose;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.firehose.FirehoseRequests.CreateDeliveryStream;
import io.sluice.firehose.FirehoseRequests.FirehoseRecord;
import io.sluice.firehose.FirehoseRequests.PutRecordBatch;
import io.sluice.store.Clock;
import io.sluice.store.DataDirectory;
import io.sluice.store.OwnerThreads;
import io.sluice.store.Partitions;
import io.sluice.store.RocksStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The room as the gateway runs it: RocksDB, owner threads, delivery threads, a real folder. */
class DeliveryOnDiskTest {
  @TempDir Path root;

  /** One life of a gateway with this room alone. */
  private static final class Life implements AutoCloseable {
    final OwnerThreads owners = new OwnerThreads(2);
    final ExecutorService deliveries = DeliveryStreams.executor(2);
    final RocksStore store;
    final DeliveryStreams streams;

    Life(Path root) {
      DataDirectory directory = DataDirectory.open(root.resolve("data"), 4);
      store = RocksStore.open(directory, DeliveryStreams.TABLES);
      Partitions partitions = new Partitions(store, Clock.SYSTEM, owners);
      streams =
          new DeliveryStreams(
              partitions,
              new DeliverySettings(Depot.ACCOUNT, "local", DeliveryLimits.standard()),
              new FolderTarget(directory.deliveries()),
              deliveries);
      partitions.start();
      owners.startTicking(partitions);
    }

    @Override
    public void close() {
      deliveries.shutdown();
      owners.close();
      store.close();
    }
  }

  @Test
  void recordsPutBeforeARestartAreInTheObjectAfterIt() throws Exception {
    StringBuilder put = new StringBuilder();
    try (Life first = new Life(root)) {
      first
          .streams
          .createDeliveryStream(
              new CreateDeliveryStream(
                  "logs", null, Depot.destination().withCompressionFormat("GZIP"), null, List.of()))
          .get(10, TimeUnit.SECONDS);
      for (int batch = 0; batch < 20; batch++) {
        List<FirehoseRecord> records = new ArrayList<>();
        for (int i = 0; i < 250; i++) {
          String line = "batch " + batch + " record " + i + "\n";
          records.add(new FirehoseRecord(line.getBytes(StandardCharsets.UTF_8)));
          put.append(line);
        }
        first.streams.putRecordBatch(new PutRecordBatch("logs", records)).get(10, TimeUnit.SECONDS);
      }
    }

    try (Life second = new Life(root)) {
      second.streams.flush("logs").get(10, TimeUnit.SECONDS);

      DeliveryState state = second.streams.state("logs").get(10, TimeUnit.SECONDS);
      assertThat(state.deliveredRecords()).isEqualTo(5_000);
      assertThat(state.recent()).hasSize(1);
      assertThat(unpacked(state.recent().get(0).location())).isEqualTo(put.toString());
    }
  }

  private static String unpacked(String location) throws IOException {
    try (InputStream in = new GZIPInputStream(Files.newInputStream(Path.of(location)))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
