package io.sluice.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.stream.StreamReplies.GetRecordsReply;
import io.sluice.stream.StreamReplies.PutRecordReply;
import io.sluice.stream.StreamReplies.PutRecordsReply;
import io.sluice.stream.StreamReplies.StreamDescription;
import io.sluice.stream.StreamRequests.AddTagsToStream;
import io.sluice.stream.StreamRequests.CreateStream;
import io.sluice.stream.StreamRequests.DeleteStream;
import io.sluice.stream.StreamRequests.DescribeStream;
import io.sluice.stream.StreamRequests.DescribeStreamSummary;
import io.sluice.stream.StreamRequests.ListStreams;
import io.sluice.stream.StreamRequests.ListTagsForStream;
import io.sluice.stream.StreamRequests.PutRecord;
import io.sluice.stream.StreamRequests.PutRecords;
import io.sluice.stream.StreamRequests.PutRecordsRequestEntry;
import io.sluice.stream.StreamRequests.RemoveTagsFromStream;
import io.sluice.stream.StreamRequests.StreamModeDetails;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StreamsTest {
  private final House house = new House();

  @Test
  void aRecordGoesToTheShardOfItsPartitionKey() {
    house.create("orders", 2);

    assertThat(house.put("orders", "a", "x").shardId()).isEqualTo("shardId-000000000000");
    assertThat(house.put("orders", "1", "x").shardId()).isEqualTo("shardId-000000000001");
  }

  @Test
  void anExplicitHashKeyOverridesThePartitionKey() {
    house.create("orders", 2);

    PutRecordReply put =
        house.await(
            house.streams.putRecord(
                new PutRecord(
                    "orders",
                    null,
                    new byte[1],
                    "a",
                    "170141183460469231731687303715884105728",
                    null)));

    assertThat(put.shardId()).isEqualTo("shardId-000000000001");
  }

  @Test
  void aRecordComesBackAsItWasPut() {
    house.create("orders", 1);
    PutRecordReply put = house.put("orders", "clé", "first");

    GetRecordsReply read = house.get(house.iterator("orders", 0, "TRIM_HORIZON"));

    assertThat(read.records()).hasSize(1);
    assertThat(read.records().get(0).sequenceNumber()).isEqualTo(put.sequenceNumber());
    assertThat(read.records().get(0).partitionKey()).isEqualTo("clé");
    assertThat(House.text(read.records().get(0))).isEqualTo("first");
    assertThat(read.records().get(0).approximateArrivalTimestamp())
        .isEqualTo(Instant.ofEpochMilli(House.START));
  }

  @Test
  void theDispatcherPutsInsideItsOwnTurn() {
    house.create("orders", 2);

    house.inTurn(
        "orders",
        turn ->
            assertThat(house.streams.put(turn, "orders", "a", new byte[] {'x'}).shardId())
                .isEqualTo("shardId-000000000000"));

    assertThat(house.texts("orders", 0)).containsExactly("x");
  }

  @Test
  void aPutInATurnThatIsRefusedLeavesNothingButAGap() {
    house.create("orders", 1);
    house.put("orders", "a", "before");

    assertThatThrownBy(
            () ->
                house.inTurn(
                    "orders",
                    turn -> {
                      house.streams.put(turn, "orders", "a", new byte[] {'x'});
                      throw new IllegalStateException("another effect of the turn failed");
                    }))
        .hasMessageContaining("another effect");
    house.put("orders", "a", "after");

    assertThat(house.texts("orders", 0)).containsExactly("before", "after");
  }

  @Test
  void aStreamThatIsNotThereRefusesTheTurnsPutAndLeavesTheTurnAsItWas() {
    house.create("orders", 1);

    house.inTurn(
        "orders",
        turn -> {
          refused(
              StreamError.Code.RESOURCE_NOT_FOUND,
              () -> house.streams.put(turn, "missing", "a", new byte[1]));
          house.streams.put(turn, "orders", "a", new byte[] {'y'});
        });

    assertThat(house.texts("orders", 0)).containsExactly("y");
  }

  @Test
  void aListenerHearsOfPutsIntoItsShardUntilItIsClosed() throws Exception {
    house.create("orders", 2);
    List<String> heard = new ArrayList<>();
    AutoCloseable listener =
        house.streams.listen("orders", "shardId-000000000000", () -> heard.add("put"));

    house.put("orders", "a", "mine");
    house.put("orders", "1", "the other shard's");
    listener.close();
    house.put("orders", "a", "too late");

    assertThat(heard).containsExactly("put");
  }

  @Test
  void recordsOfABatchKeepTheirOrderAndPlaces() {
    house.create("orders", 2);

    PutRecordsReply put = house.await(house.streams.putRecords(batch("a", "1", "a")));

    assertThat(put.failedRecordCount()).isZero();
    assertThat(put.records())
        .extracting(StreamReplies.PutRecordsResultEntry::shardId)
        .containsExactly("shardId-000000000000", "shardId-000000000001", "shardId-000000000000");
  }

  @Test
  void aThrottledRecordFailsAloneAndTheBatchSucceeds() {
    House limited = new House(new StreamLimits(10, 10, 1 << 20, 10 << 20, 2, 0));
    limited.create("orders", 1);

    PutRecordsReply put = limited.await(limited.streams.putRecords(batch("a", "b", "c")));
    limited.simulation.advance(1000);
    PutRecordsReply next = limited.await(limited.streams.putRecords(batch("d")));

    assertThat(put.failedRecordCount()).isEqualTo(1);
    assertThat(put.records())
        .extracting(StreamReplies.PutRecordsResultEntry::errorCode)
        .containsExactly(null, null, "ProvisionedThroughputExceededException");
    assertThat(next.failedRecordCount()).isZero();
  }

  @Test
  void aSingleThrottledPutIsAnErrorAndTheDispatchersPutIsNever() {
    House limited = new House(new StreamLimits(10, 10, 1 << 20, 10 << 20, 0, 10));
    limited.create("orders", 1);
    limited.put("orders", "a", "12345678");

    refused(
        StreamError.Code.PROVISIONED_THROUGHPUT_EXCEEDED,
        () -> limited.put("orders", "a", "12345678"));
    limited.inTurn("orders", turn -> limited.streams.put(turn, "orders", "a", new byte[50]));

    assertThat(limited.readAll("orders", 0, 10)).hasSize(2);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      textBlock =
          """
          no stream name      | -      | a  | 5       | INVALID_ARGUMENT
          unknown stream      | absent | a  | 5       | RESOURCE_NOT_FOUND
          bad stream name     | or/der | a  | 5       | VALIDATION
          no partition key    | orders | -  | 5       | VALIDATION
          empty partition key | orders | '' | 5       | VALIDATION
          no data             | orders | a  | -1      | VALIDATION
          data too large      | orders | a  | 1048576 | VALIDATION
          """)
  void refusesAPut(String why, String stream, String key, int bytes, StreamError.Code code) {
    house.create("orders", 1);
    PutRecord put =
        new PutRecord(stream, null, bytes < 0 ? null : new byte[bytes], key, null, null);

    refused(code, () -> house.await(house.streams.putRecord(put)));

    assertThat(house.texts("orders", 0)).as(why).isEmpty();
  }

  @Test
  void theLargestRecordFits() {
    house.create("orders", 1);

    house.await(
        house.streams.putRecord(
            new PutRecord("orders", null, new byte[(1 << 20) - 1], "a", null, null)));

    assertThat(house.readAll("orders", 0, 10)).hasSize(1);
  }

  @Test
  void aBatchWithOneBadRecordStoresNone() {
    house.create("orders", 1);
    List<PutRecordsRequestEntry> entries =
        List.of(
            new PutRecordsRequestEntry(new byte[1], "a", null),
            new PutRecordsRequestEntry(new byte[1], "k".repeat(257), null));

    refused(
        StreamError.Code.VALIDATION,
        () -> house.await(house.streams.putRecords(new PutRecords("orders", null, entries))));

    assertThat(house.texts("orders", 0)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"0", "501"})
  void aBatchHas1To500Records(int size) {
    house.create("orders", 1);
    List<PutRecordsRequestEntry> entries =
        new ArrayList<>(
            java.util.Collections.nCopies(
                size, new PutRecordsRequestEntry(new byte[1], "a", null)));

    refused(
        StreamError.Code.VALIDATION,
        () -> house.await(house.streams.putRecords(new PutRecords("orders", null, entries))));
  }

  @Test
  void aStreamIsNamedByItsArnAsWell() {
    house.create("orders", 1);
    String arn = "arn:aws:kinesis:local:000000000000:stream/orders";

    StreamDescription described =
        house
            .await(house.streams.describeStream(new DescribeStream(null, arn, null, null)))
            .streamDescription();

    assertThat(described.streamName()).isEqualTo("orders");
    assertThat(described.streamARN()).isEqualTo(arn);
    refused(
        StreamError.Code.INVALID_ARGUMENT,
        () ->
            house.await(
                house.streams.describeStream(new DescribeStream("other", arn, null, null))));
    refused(
        StreamError.Code.RESOURCE_NOT_FOUND,
        () ->
            house.await(
                house.streams.describeStream(
                    new DescribeStream(
                        null, arn.replace("000000000000", "111111111111"), null, null))));
  }

  @Test
  void describesInPages() {
    house.create("orders", 5);

    StreamDescription first = describe(2, null);
    StreamDescription rest = describe(10, "shardId-000000000001");

    assertThat(first.shards()).hasSize(2);
    assertThat(first.hasMoreShards()).isTrue();
    assertThat(first.streamStatus()).isEqualTo("ACTIVE");
    assertThat(first.retentionPeriodHours()).isEqualTo(24);
    assertThat(rest.shards()).extracting(StreamReplies.ShardDescription::shardId).hasSize(3);
    assertThat(rest.hasMoreShards()).isFalse();
  }

  private StreamDescription describe(Integer limit, String after) {
    return house
        .await(house.streams.describeStream(new DescribeStream("orders", null, limit, after)))
        .streamDescription();
  }

  @Test
  void withoutAShardCountAStreamIsOnDemandWithFourShards() {
    house.await(house.streams.createStream(new CreateStream("auto", null, null, null)));

    var summary =
        house
            .await(house.streams.describeStreamSummary(new DescribeStreamSummary("auto", null)))
            .streamDescriptionSummary();

    assertThat(summary.openShardCount()).isEqualTo(4);
    assertThat(summary.streamModeDetails().streamMode()).isEqualTo("ON_DEMAND");
  }

  @Test
  void refusesAStreamThatIsThereOrTooLarge() {
    house.create("orders", 1);

    refused(StreamError.Code.RESOURCE_IN_USE, () -> house.create("orders", 2));
    refused(StreamError.Code.LIMIT_EXCEEDED, () -> house.create("large", 1_001));
    refused(StreamError.Code.VALIDATION, () -> house.create("empty", 0));
    refused(
        StreamError.Code.VALIDATION,
        () ->
            house.await(
                house.streams.createStream(
                    new CreateStream("both", 1, new StreamModeDetails("ON_DEMAND"), null))));
  }

  @Test
  void listsStreamsByNameInPages() {
    for (String name : List.of("c", "a", "d", "b")) {
      house.create(name, 1);
    }

    var first = house.await(house.streams.listStreams(new ListStreams(3, null, null)));
    var rest = house.await(house.streams.listStreams(new ListStreams(3, null, first.nextToken())));

    assertThat(first.streamNames()).containsExactly("a", "b", "c");
    assertThat(first.hasMoreStreams()).isTrue();
    assertThat(rest.streamNames()).containsExactly("d");
    assertThat(rest.hasMoreStreams()).isFalse();
    assertThat(rest.nextToken()).isNull();
  }

  @Test
  void aDeletedStreamIsGoneAndANewOneOfItsNameIsEmpty() {
    house.create("orders", 1);
    house.put("orders", "a", "old");
    String oldIterator = house.iterator("orders", 0, "TRIM_HORIZON");

    house.await(house.streams.deleteStream(new DeleteStream("orders", null)));
    refused(StreamError.Code.RESOURCE_NOT_FOUND, () -> house.put("orders", "a", "x"));
    house.create("orders", 1);

    assertThat(house.texts("orders", 0)).isEmpty();
    refused(StreamError.Code.RESOURCE_NOT_FOUND, () -> house.get(oldIterator));
  }

  @Test
  void tagsAreAddedReplacedAndRemoved() {
    house.create("orders", 1);

    tag(Map.of("team", "blue", "stage", "test"));
    tag(Map.of("stage", "live"));
    house.await(
        house.streams.removeTagsFromStream(
            new RemoveTagsFromStream("orders", null, List.of("team", "absent"))));

    assertThat(
            house
                .await(
                    house.streams.listTagsForStream(
                        new ListTagsForStream("orders", null, null, null)))
                .tags())
        .containsExactly(new StreamReplies.Tag("stage", "live"));
  }

  @Test
  void moreThanFiftyTagsAreRefusedAndChangeNothing() {
    house.create("orders", 1);
    tag(Map.of("stage", "test"));
    Map<String, String> many = new java.util.HashMap<>();
    for (int i = 0; i < 50; i++) {
      many.put("tag" + i, "x");
    }

    refused(StreamError.Code.INVALID_ARGUMENT, () -> tag(many));

    assertThat(
            house
                .await(
                    house.streams.listTagsForStream(
                        new ListTagsForStream("orders", null, null, null)))
                .tags())
        .hasSize(1);
  }

  private void tag(Map<String, String> tags) {
    house.await(house.streams.addTagsToStream(new AddTagsToStream("orders", null, tags)));
  }

  @Test
  void aPutIsAnsweredOnlyWhenItIsOnDisk() {
    house.create("orders", 1);
    house.store.manualSync();

    CompletableFuture<PutRecordReply> put =
        house.streams.putRecord(House.putRequest("orders", "a", "x"));
    house.simulation.run();
    assertThat(put).isNotDone();
    house.store.sync();

    assertThat(put).isCompleted();
  }

  static void refused(StreamError.Code code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(StreamError.class)
        .extracting(e -> ((StreamError) e).code())
        .isEqualTo(code);
  }

  static PutRecords batch(String... keys) {
    List<PutRecordsRequestEntry> entries = new ArrayList<>();
    for (String key : keys) {
      entries.add(new PutRecordsRequestEntry(new byte[1], key, null));
    }
    return new PutRecords("orders", null, entries);
  }
}
