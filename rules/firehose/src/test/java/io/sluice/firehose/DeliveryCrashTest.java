package io.sluice.firehose;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.firehose.FirehoseReplies.PutRecordReply;
import io.sluice.firehose.FirehoseRequests.BufferingHints;
import io.sluice.firehose.FirehoseRequests.S3Destination;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whole lives of a delivery stream on a disk that forgets what was not synced, with a target that
 * keeps what it has; the seed is in the name.
 */
class DeliveryCrashTest {
  private record Put(String data, CompletableFuture<PutRecordReply> reply) {}

  private final List<String> acknowledged = new ArrayList<>();
  private int serial;

  static LongStream seeds() {
    return LongStream.range(0, 150); // a parcel handed over too early shows with one in forty
  }

  @ParameterizedTest(name = "seed {0}")
  @MethodSource("seeds")
  void everyAcknowledgedRecordIsDeliveredOnceInOrder(long seed) {
    Random random = new Random(seed);
    Depot depot = new Depot();
    depot.create(
        "logs",
        S3Destination.of("arn:aws:s3:::lake", new BufferingHints(1, 2))
            .withCompressionFormat(random.nextBoolean() ? "GZIP" : "UNCOMPRESSED"));
    for (int life = 0; life < 15; life++) {
      List<Put> puts = live(depot, random);
      depot = depot.afterCrash(random);
      puts.stream().filter(put -> put.reply().isDone()).map(Put::data).forEach(acknowledged::add);
    }
    depot.target.refusal = null;
    depot.advance(200_000);
    depot.advance(2_000);

    List<String> delivered = new ArrayList<>();
    for (DeliveredObject object : depot.state("logs").recent()) {
      String text = depot.target.text(object.bucket() + "/" + object.key());
      delivered.addAll(Arrays.asList(text.split(";")));
      assertThat(text.split(";")).as("seed " + seed).hasSize((int) object.records());
    }
    int objects = depot.target.objects.size();
    assertThat(delivered)
        .as("seed " + seed)
        .doesNotHaveDuplicates()
        .isSortedAccordingTo(byNumber());
    assertThat(delivered).as("seed " + seed).containsAll(acknowledged);
    assertThat(depot.state("logs").recent())
        .as("seed %d: objects that nobody remembers", seed)
        .hasSize(objects);
    assertThat(depot.state("logs").bufferedRecords()).as("seed " + seed).isZero();
    assertThat(acknowledged).isNotEmpty();
  }

  private static Comparator<String> byNumber() {
    return Comparator.comparingInt(text -> Integer.parseInt(text));
  }

  private List<Put> live(Depot depot, Random random) {
    depot.store.manualSync();
    List<Put> puts = new ArrayList<>();
    int actions = random.nextInt(30);
    for (int i = 0; i < actions; i++) {
      action(depot, random, random.nextInt(20), puts::add);
      depot.simulation.run();
    }
    return puts;
  }

  private void action(Depot depot, Random random, int dice, Consumer<Put> puts) {
    if (dice < 10) {
      String data = Integer.toString(serial++);
      puts.accept(new Put(data, depot.streams.putRecord(Depot.putRequest("logs", data + ";"))));
    } else if (dice < 13) {
      depot.store.sync();
    } else if (dice < 15) {
      depot.simulation.advance(random.nextInt(3_000));
    } else if (dice < 18) {
      Runnable delivery = depot.deliveries.poll();
      if (delivery != null) {
        delivery.run(); // the report may not be on disk when the crash comes
      }
    } else if (dice < 19) {
      depot.streams.flush("logs");
    } else {
      depot.target.refusal = random.nextBoolean() ? "on cue" : null;
    }
  }
}
