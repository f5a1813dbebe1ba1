package io.sluice.firehose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.firehose.FirehoseReplies.DeliveryStreamDescription;
import io.sluice.firehose.FirehoseReplies.PutRecordBatchReply;
import io.sluice.firehose.FirehoseRequests.BufferingHints;
import io.sluice.firehose.FirehoseRequests.CreateDeliveryStream;
import io.sluice.firehose.FirehoseRequests.DeleteDeliveryStream;
import io.sluice.firehose.FirehoseRequests.DescribeDeliveryStream;
import io.sluice.firehose.FirehoseRequests.FirehoseRecord;
import io.sluice.firehose.FirehoseRequests.ListDeliveryStreams;
import io.sluice.firehose.FirehoseRequests.ListTagsForDeliveryStream;
import io.sluice.firehose.FirehoseRequests.ProcessingConfiguration;
import io.sluice.firehose.FirehoseRequests.Processor;
import io.sluice.firehose.FirehoseRequests.PutRecordBatch;
import io.sluice.firehose.FirehoseRequests.S3Destination;
import io.sluice.firehose.FirehoseRequests.Tag;
import io.sluice.firehose.FirehoseRequests.TagDeliveryStream;
import io.sluice.firehose.FirehoseRequests.UntagDeliveryStream;
import io.sluice.firehose.FirehoseRequests.UpdateDestination;
import io.sluice.store.Keys;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeliveryStreamsTest {
  private static final String UUID_PATTERN =
      "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";

  private final Depot depot = new Depot();

  @Test
  void recordsBecomeOneObjectWithoutSeparatorsWhenTheIntervalIsOver() {
    depot.create("logs");
    depot.put("logs", "a");
    depot.advance(30_000);
    depot.put("logs", "b");

    depot.advance(29_999);
    assertThat(depot.target.objects).isEmpty();
    depot.advance(1);

    assertThat(depot.target.objects).hasSize(1);
    assertThat(depot.target.all()).isEqualTo("ab");
  }

  @Test
  void anObjectIsNamedAfterItsStreamVersionTimeAndAUuid() {
    depot.create("logs");
    depot.put("logs", "a");
    depot.advance(60_000);

    assertThat(name()).matches("lake/2026/01/01/00/logs-1-2026-01-01-00-00-00-" + UUID_PATTERN);
  }

  @Test
  void aFullBufferIsDeliveredBeforeItsInterval() {
    depot.create("logs");
    String half = "x".repeat(1 << 19);
    depot.put("logs", half);
    depot.settle();
    assertThat(depot.target.objects).isEmpty();

    depot.put("logs", half);
    depot.settle();

    assertThat(depot.target.all()).hasSize(1 << 20);
  }

  @Test
  void theNextBufferHasAnIntervalOfItsOwn() {
    depot.create("logs");
    depot.put("logs", "x".repeat(1_000_000));
    depot.put("logs", "x".repeat(100_000));
    depot.settle();
    depot.advance(50_000);
    depot.put("logs", "next");

    depot.advance(10_000); // the first buffer's interval would end here
    assertThat(depot.target.objects).hasSize(1);
    depot.advance(50_000);

    assertThat(depot.target.objects).hasSize(2);
  }

  @Test
  void anIntervalOfZeroDeliversWithinASecond() {
    depot.create("logs", S3Destination.of("arn:aws:s3:::lake", new BufferingHints(1, 0)));
    depot.put("logs", "a");

    depot.advance(1_000);

    assertThat(depot.target.all()).isEqualTo("a");
  }

  @Test
  void gzipMakesAnObjectThatGunzipReads() {
    depot.create("logs", Depot.destination().withCompressionFormat("GZIP"));
    depot.put("logs", "a");
    depot.put("logs", "b");
    depot.advance(60_000);

    assertThat(name()).endsWith(".gz");
    assertThat(depot.target.text(name())).isEqualTo("ab");
  }

  @Test
  void aDelimiterGoesBehindEveryRecord() {
    S3Destination lines =
        new S3Destination(
            null,
            "arn:aws:s3:::lake",
            null,
            null,
            null,
            null,
            null,
            new ProcessingConfiguration(
                true, List.of(new Processor("AppendDelimiterToRecord", null))),
            null,
            null,
            null,
            ".jsonl",
            "Asia/Tokyo");
    depot.create("logs", lines);
    depot.put("logs", "a");
    depot.put("logs", "b");
    depot.advance(300_000);

    assertThat(depot.target.all()).isEqualTo("a\nb\n");
    assertThat(name()).startsWith("lake/2026/01/01/09/logs-1-2026-01-01-09-").endsWith(".jsonl");
  }

  @Test
  void anObjectOverMidnightBelongsToTheHourOfItsOldestRecord() {
    depot.create("logs");
    depot.advance(23 * 3_600_000L + 59 * 60_000 + 30_000); // 23:59:30
    depot.put("logs", "a");
    depot.advance(45_000);
    depot.put("logs", "b");
    depot.advance(15_000);

    assertThat(name()).startsWith("lake/2026/01/01/23/");
    assertThat(depot.target.all()).isEqualTo("ab");
  }

  @Test
  void theDispatcherPutsInsideItsOwnTurn() {
    depot.create("logs");

    depot.inTurn(
        "logs",
        turn -> {
          depot.streams.put(turn, "logs", new byte[] {'a'});
          depot.streams.put(turn, "logs", new byte[] {'b'});
        });
    depot.advance(60_000);

    assertThat(depot.target.all()).isEqualTo("ab");
  }

  @Test
  void aPutInATurnThatIsRefusedIsNotDelivered() {
    depot.create("logs");
    depot.put("logs", "before ");

    assertThatThrownBy(
            () ->
                depot.inTurn(
                    "logs",
                    turn -> {
                      depot.streams.put(turn, "logs", new byte[] {'x'});
                      throw new IllegalStateException("another effect of the turn failed");
                    }))
        .hasMessageContaining("another effect");
    depot.put("logs", "after");
    depot.advance(60_000);

    assertThat(depot.target.all()).isEqualTo("before after");
  }

  @Test
  void flushDeliversNowAndCompletesWhenTheObjectIsThere() {
    depot.create("logs");
    depot.put("logs", "a");

    CompletableFuture<?> flushed = depot.streams.flush("logs");
    depot.simulation.run();
    assertThat(flushed).isNotDone();
    depot.settle();

    assertThat(flushed).isCompleted();
    assertThat(depot.target.all()).isEqualTo("a");
  }

  @Test
  void flushOfAnEmptyBufferCompletesAtOnceAndMakesNoObject() {
    depot.create("logs");

    depot.await(depot.streams.flush("logs"));

    assertThat(depot.target.objects).isEmpty();
  }

  @Test
  void flushAllReachesEveryDeliveryStream() {
    for (String name : List.of("a", "b", "c", "d")) {
      depot.create(name);
      depot.put(name, name);
    }

    CompletableFuture<?> flushed = depot.streams.flushAll();
    depot.simulation.run();
    depot.settle();

    assertThat(flushed).isCompleted();
    assertThat(depot.target.all()).hasSize(4);
  }

  @Test
  void theStateCountsEveryRecordAndNamesTheObjects() {
    depot.create("logs");
    depot.put("logs", "abc");
    depot.put("logs", "de");
    depot.advance(60_000);
    depot.put("logs", "later");

    DeliveryState state = depot.state("logs");

    assertThat(state.acceptedRecords()).isEqualTo(3);
    assertThat(state.deliveredRecords()).isEqualTo(2);
    assertThat(state.bufferedRecords()).isEqualTo(1);
    assertThat(state.bufferedBytes()).isEqualTo(5);
    assertThat(state.deliveredObjects()).isEqualTo(1);
    assertThat(state.deliveredBytes()).isEqualTo(5);
    assertThat(state.recent()).hasSize(1);
    assertThat(state.recent().get(0).records()).isEqualTo(2);
    assertThat(state.recent().get(0).location()).isEqualTo("/somewhere/" + name());
  }

  @Test
  void onlyTheNewestObjectsAreRemembered() {
    depot.create("logs", S3Destination.of("arn:aws:s3:::lake", new BufferingHints(1, 0)));
    for (int i = 0; i < DeliveryStream.RECENT_MAX + 5; i++) {
      depot.put("logs", "x");
      depot.advance(1_000);
    }

    assertThat(depot.state("logs").recent()).hasSize(DeliveryStream.RECENT_MAX);
    assertThat(depot.state("logs").deliveredObjects()).isEqualTo(DeliveryStream.RECENT_MAX + 5);
    assertThat(rows(DeliveryTables.DELIVERED)).isEqualTo(DeliveryStream.RECENT_MAX);
  }

  @Test
  void rowsOfDeliveredRecordsGo() {
    depot.create("logs");
    for (int i = 0; i < 5_000; i++) {
      depot.put("logs", "x");
    }
    depot.advance(60_000);
    for (int i = 0; i < 5; i++) {
      depot.advance(1);
    }

    assertThat(rows(DeliveryTables.RECORDS)).isZero();
    assertThat(rows(DeliveryTables.PARCELS)).isZero();
    assertThat(depot.target.all()).hasSize(5_000);
  }

  @Test
  void recordsOfABatchKeepTheirOrder() {
    depot.create("logs");

    PutRecordBatchReply reply = depot.await(depot.streams.putRecordBatch(batch("a", "", "b")));
    depot.advance(60_000);

    assertThat(reply.failedPutCount()).isZero();
    assertThat(reply.requestResponses()).extracting(r -> r.recordId()).doesNotHaveDuplicates();
    assertThat(depot.target.all()).isEqualTo("ab");
    assertThat(depot.state("logs").deliveredRecords()).isEqualTo(3);
  }

  @ParameterizedTest(name = "{0} records of {1} bytes")
  @CsvSource({"0, 1", "501, 1", "1, 1024001", "5, 1000000"})
  void aBatchOutOfBoundsStoresNothing(int records, int bytes) {
    depot.create("logs");
    List<FirehoseRecord> all =
        new ArrayList<>(Collections.nCopies(records, new FirehoseRecord(new byte[bytes])));

    assertThatThrownBy(
            () -> depot.await(depot.streams.putRecordBatch(new PutRecordBatch("logs", all))))
        .isInstanceOf(FirehoseError.class);

    assertThat(depot.state("logs").acceptedRecords()).isZero();
  }

  @Test
  void aPutIntoWhatIsNotThereIsRefused() {
    refused(FirehoseError.Code.RESOURCE_NOT_FOUND, () -> depot.put("absent", "x"));
    refused(FirehoseError.Code.VALIDATION, () -> depot.put("no/name", "x"));
  }

  @Test
  void aSecondOneOfTheSameNameIsRefused() {
    depot.create("logs");

    refused(FirehoseError.Code.RESOURCE_IN_USE, () -> depot.create("logs"));
  }

  @Test
  void onlyDirectPutAndExactlyOneDestination() {
    refused(
        FirehoseError.Code.INVALID_ARGUMENT,
        () ->
            depot.await(
                depot.streams.createDeliveryStream(
                    new CreateDeliveryStream(
                        "logs", "KinesisStreamAsSource", Depot.destination(), null, null))));
    refused(
        FirehoseError.Code.INVALID_ARGUMENT,
        () ->
            depot.await(
                depot.streams.createDeliveryStream(
                    new CreateDeliveryStream("logs", "DirectPut", null, null, null))));
    refused(
        FirehoseError.Code.INVALID_ARGUMENT,
        () ->
            depot.await(
                depot.streams.createDeliveryStream(
                    new CreateDeliveryStream(
                        "logs", null, Depot.destination(), Depot.destination(), null))));
  }

  @Test
  void describesWhatWasCreated() {
    depot.create("logs", Depot.destination().withCompressionFormat("GZIP"));

    DeliveryStreamDescription described = describe();

    assertThat(described.deliveryStreamARN())
        .isEqualTo("arn:aws:firehose:local:000000000000:deliverystream/logs");
    assertThat(described.deliveryStreamStatus()).isEqualTo("ACTIVE");
    assertThat(described.versionId()).isEqualTo("1");
    assertThat(described.failureDescription()).isNull();
    assertThat(described.destinations()).hasSize(1);
    var destination = described.destinations().get(0).extendedS3DestinationDescription();
    assertThat(destination.bucketARN()).isEqualTo("arn:aws:s3:::lake");
    assertThat(destination.compressionFormat()).isEqualTo("GZIP");
    assertThat(destination.bufferingHints()).isEqualTo(new BufferingHints(1, 60));
  }

  @Test
  void anUpdateKeepsWhatItLeavesOutAndRaisesTheVersion() {
    depot.create("logs", Depot.destination().withCompressionFormat("GZIP"));
    S3Destination change = S3Destination.of("arn:aws:s3:::pond", null);

    depot.await(depot.streams.updateDestination(update("1", change)));
    depot.put("logs", "a");
    depot.advance(60_000);

    assertThat(describe().versionId()).isEqualTo("2");
    assertThat(name()).startsWith("pond/").contains("/logs-2-2026").endsWith(".gz");
  }

  @Test
  void anUpdateOfAnOldVersionIsRefused() {
    depot.create("logs");
    depot.await(depot.streams.updateDestination(update("1", Depot.destination())));

    refused(
        FirehoseError.Code.CONCURRENT_MODIFICATION,
        () -> depot.await(depot.streams.updateDestination(update("1", Depot.destination()))));
  }

  @Test
  void aShorterIntervalCountsForWhatIsBufferedToo() {
    depot.create("logs");
    depot.put("logs", "a");
    depot.await(
        depot.streams.updateDestination(
            update("1", S3Destination.of("arn:aws:s3:::lake", new BufferingHints(1, 5)))));

    depot.advance(5_000);

    assertThat(depot.target.all()).isEqualTo("a");
  }

  @Test
  void aDeletedOneIsGoneWithWhatItBuffered() {
    depot.create("logs");
    depot.put("logs", "a");

    depot.await(depot.streams.deleteDeliveryStream(new DeleteDeliveryStream("logs", null)));
    refused(FirehoseError.Code.RESOURCE_NOT_FOUND, () -> depot.put("logs", "x"));
    depot.create("logs");
    depot.advance(60_000);

    assertThat(depot.target.objects).isEmpty();
    assertThat(rows(DeliveryTables.RECORDS)).isZero();
    assertThat(depot.state("logs").acceptedRecords()).isZero();
  }

  @Test
  void aDeletionStopsTheObjectThatIsOnItsWayAndTellsWhoWaitsForIt() {
    depot.create("logs");
    depot.put("logs", "a");
    CompletableFuture<?> flushed = depot.streams.flush("logs");
    depot.simulation.run();
    assertThat(depot.deliveries).hasSize(1);

    depot.await(depot.streams.deleteDeliveryStream(new DeleteDeliveryStream("logs", null)));
    depot.settle();

    assertThat(depot.target.objects).isEmpty();
    assertThat(flushed).isCompletedExceptionally();
  }

  @Test
  void listsByNameInPages() {
    for (String name : List.of("c", "a", "b")) {
      depot.create(name);
    }

    var first =
        depot.await(depot.streams.listDeliveryStreams(new ListDeliveryStreams(2, null, null)));
    var rest =
        depot.await(depot.streams.listDeliveryStreams(new ListDeliveryStreams(2, null, "b")));

    assertThat(first.deliveryStreamNames()).containsExactly("a", "b");
    assertThat(first.hasMoreDeliveryStreams()).isTrue();
    assertThat(rest.deliveryStreamNames()).containsExactly("c");
    assertThat(rest.hasMoreDeliveryStreams()).isFalse();
  }

  @Test
  void tagsAreAddedAndRemoved() {
    depot.create("logs");

    depot.await(
        depot.streams.tagDeliveryStream(
            new TagDeliveryStream("logs", List.of(new Tag("a", "1"), new Tag("b", null)))));
    depot.await(depot.streams.untagDeliveryStream(new UntagDeliveryStream("logs", List.of("a"))));

    assertThat(
            depot
                .await(
                    depot.streams.listTagsForDeliveryStream(
                        new ListTagsForDeliveryStream("logs", null, null)))
                .tags())
        .containsExactly(new Tag("b", ""));
  }

  private String name() {
    return depot.target.objects.keySet().iterator().next();
  }

  private DeliveryStreamDescription describe() {
    return depot
        .await(depot.streams.describeDeliveryStream(new DescribeDeliveryStream("logs", null, null)))
        .deliveryStreamDescription();
  }

  private static UpdateDestination update(String version, S3Destination change) {
    return new UpdateDestination("logs", version, Destination.ID, change, null);
  }

  private static PutRecordBatch batch(String... records) {
    List<FirehoseRecord> all = new ArrayList<>();
    for (String record : records) {
      all.add(new FirehoseRecord(record.getBytes(StandardCharsets.UTF_8)));
    }
    return new PutRecordBatch("logs", all);
  }

  private int rows(io.sluice.store.Table table) {
    byte[] all = Keys.after(new byte[0]);
    return depot.store.range(table, new byte[0], all, Integer.MAX_VALUE).size();
  }

  static void refused(FirehoseError.Code code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(FirehoseError.class)
        .extracting(e -> ((FirehoseError) e).code())
        .isEqualTo(code);
  }
}
