package io.sluice.firehose;

import static io.sluice.firehose.DeliveryStreamsTest.refused;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.firehose.FirehoseRequests.BufferingHints;
import io.sluice.firehose.FirehoseRequests.DescribeDeliveryStream;
import io.sluice.firehose.FirehoseRequests.FirehoseRecord;
import io.sluice.firehose.FirehoseRequests.PutRecordBatch;
import io.sluice.firehose.FirehoseRequests.S3Destination;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeliveryRetryTest {
  private final Depot depot = new Depot();

  @ParameterizedTest(name = "after {0} failures {1} ms")
  @CsvSource({"1, 1000", "2, 2000", "3, 4000", "7, 64000", "8, 120000", "1000, 120000"})
  void waitsLongerAfterEachFailure(int failures, long millis) {
    assertThat(PartitionDeliveries.retryMillis(failures)).isEqualTo(millis);
  }

  @Test
  void aTargetThatRefusesIsTriedAgainUntilItTakes() {
    depot.create("logs");
    depot.target.refusal = "No space left on device";
    depot.put("logs", "a");
    depot.advance(60_000);
    depot.advance(1_000);
    assertThat(depot.state("logs").failedAttempts()).isEqualTo(2);

    depot.target.refusal = null;
    depot.advance(1_999);
    assertThat(depot.target.objects).isEmpty();
    depot.advance(1);

    assertThat(depot.target.all()).isEqualTo("a");
    assertThat(depot.state("logs").lastError()).isNull();
    assertThat(depot.state("logs").failedAttempts()).isZero();
  }

  @Test
  void theReasonIsSeenWhenItIsDescribed() {
    depot.create("logs");
    depot.target.refusal = "No space left on device";
    depot.put("logs", "a");
    depot.advance(60_000);

    var failure =
        depot
            .await(
                depot.streams.describeDeliveryStream(
                    new DescribeDeliveryStream("logs", null, null)))
            .deliveryStreamDescription()
            .failureDescription();

    assertThat(failure.details()).contains("No space left on device");
    assertThat(depot.state("logs").lastErrorAt()).isNotNull();
  }

  @Test
  void aFlushTriesTheTargetAtOnce() {
    depot.create("logs");
    depot.target.refusal = "No space left on device";
    depot.put("logs", "a");
    depot.advance(60_000);
    depot.target.refusal = null;

    CompletableFuture<?> flushed = depot.streams.flush("logs");
    depot.settle();

    assertThat(flushed).isCompleted();
    assertThat(depot.target.all()).isEqualTo("a");
  }

  @Test
  void recordsArriveInOrderAfterAnOutage() {
    depot.create("logs", S3Destination.of("arn:aws:s3:::lake", new BufferingHints(1, 0)));
    depot.target.refusal = "No route to host";
    StringBuilder put = new StringBuilder();
    for (int i = 0; i < 50; i++) {
      depot.put("logs", i + " ");
      put.append(i).append(' ');
      depot.advance(1_000);
    }
    depot.target.refusal = null;
    depot.advance(120_000);

    assertThat(depot.target.all()).isEqualTo(put.toString());
  }

  @Test
  void duringAnOutageObjectsGrowRatherThanPileUp() {
    depot.create("logs", S3Destination.of("arn:aws:s3:::lake", new BufferingHints(1, 0)));
    depot.target.refusal = "No route to host";
    for (int i = 0; i < 50; i++) {
      depot.put("logs", "x");
      depot.advance(1_000);
    }

    assertThat(depot.state("logs").waitingObjects()).isEqualTo(16);
    assertThat(depot.state("logs").bufferedRecords()).isEqualTo(50);
  }

  @Test
  void aBufferThatIsFullRefusesMoreAndDropsNothing() {
    Depot small = new Depot(new DeliveryLimits(10, 1_000, 4_000, 10, 16));
    small.create("logs");
    small.target.refusal = "No space left on device";
    small.put("logs", "12345678");

    var batch =
        small.await(
            small.streams.putRecordBatch(
                new PutRecordBatch(
                    "logs",
                    List.of(
                        new FirehoseRecord(new byte[] {'9'}),
                        new FirehoseRecord(new byte[] {'x', 'x'}),
                        new FirehoseRecord(new byte[] {'0'})))));
    refused(FirehoseError.Code.SERVICE_UNAVAILABLE, () -> small.put("logs", "!"));
    small.inTurn(
        "logs",
        turn ->
            refused(
                FirehoseError.Code.SERVICE_UNAVAILABLE,
                () -> small.streams.put(turn, "logs", new byte[] {'!'})));
    small.target.refusal = null;
    small.advance(60_000);
    small.put("logs", "!");

    assertThat(batch.failedPutCount()).isEqualTo(1);
    assertThat(batch.requestResponses())
        .extracting(FirehoseReplies.PutRecordBatchResponseEntry::errorCode)
        .containsExactly(null, "ServiceUnavailableException", null);
    assertThat(small.target.all()).isEqualTo("1234567890");
  }

  @Test
  void anExecutorWithoutRoomOnlyDelays() {
    io.sluice.store.SimulatedPartitions simulation =
        new io.sluice.store.SimulatedPartitions(new io.sluice.store.SimulatedStore(1), Depot.START);
    FakeTarget target = new FakeTarget();
    boolean[] full = {true};
    DeliveryStreams streams =
        new DeliveryStreams(
            simulation.partitions(),
            new DeliverySettings(Depot.ACCOUNT, "local", DeliveryLimits.standard()),
            target,
            work -> {
              if (full[0]) {
                throw new RejectedExecutionException("full");
              }
              work.run();
            });
    simulation.partitions().start();
    streams.createDeliveryStream(
        new FirehoseRequests.CreateDeliveryStream("logs", null, Depot.destination(), null, null));
    streams.putRecord(Depot.putRequest("logs", "a"));
    simulation.run();
    simulation.advance(60_000);
    simulation.run();
    assertThat(target.objects).isEmpty();

    full[0] = false;
    simulation.advance(1_000);

    assertThat(target.all()).isEqualTo("a");
  }

  @Test
  void afterARestartWhatWaitedIsTriedAtOnce() {
    depot.create("logs");
    depot.target.refusal = "No space left on device";
    depot.put("logs", "a");
    depot.advance(60_000);

    Depot next = depot.afterCrash(new Random(1));
    next.target.refusal = null;
    next.settle();

    assertThat(next.target.all()).isEqualTo("a");
  }
}
