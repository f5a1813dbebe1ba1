package io.sluice.stream;

import static io.sluice.stream.StreamsTest.refused;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.stream.StreamReplies.ChildShard;
import io.sluice.stream.StreamReplies.GetRecordsReply;
import io.sluice.stream.StreamReplies.ListShardsReply;
import io.sluice.stream.StreamReplies.ShardDescription;
import io.sluice.stream.StreamRequests.CreateStream;
import io.sluice.stream.StreamRequests.ListShards;
import io.sluice.stream.StreamRequests.MergeShards;
import io.sluice.stream.StreamRequests.ShardFilter;
import io.sluice.stream.StreamRequests.SplitShard;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReshardingTest {
  private static final String QUARTER = "85070591730234615865843651857942052864"; // 2^126
  private static final String MIDDLE = "170141183460469231731687303715884105728"; // 2^127

  private final House house = new House();

  @Test
  void aSplitShardEndsWithItsChildren() {
    house.create("orders", 1);
    house.put("orders", "a", "before");
    split(0, MIDDLE);
    house.put("orders", "a", "after, low");
    house.put("orders", "1", "after, high");

    GetRecordsReply end = house.get(house.iterator("orders", 0, "TRIM_HORIZON"));

    assertThat(end.records()).extracting(House::text).containsExactly("before");
    assertThat(end.nextShardIterator()).isNull();
    assertThat(end.millisBehindLatest()).isZero();
    assertThat(end.childShards())
        .extracting(ChildShard::shardId)
        .containsExactly("shardId-000000000001", "shardId-000000000002");
    assertThat(end.childShards())
        .extracting(ChildShard::parentShards)
        .containsOnly(List.of("shardId-000000000000"));
    assertThat(house.texts("orders", 1)).containsExactly("after, low");
    assertThat(house.texts("orders", 2)).containsExactly("after, high");
  }

  @Test
  void aClosedShardIsReadInPagesBeforeItEnds() {
    house.create("orders", 1);
    house.put("orders", "a", "first");
    house.put("orders", "a", "second");
    split(0, MIDDLE);

    GetRecordsReply page = house.get(house.iterator("orders", 0, "TRIM_HORIZON"), 1);
    GetRecordsReply end = house.get(page.nextShardIterator(), 1);

    assertThat(page.childShards()).isNull();
    assertThat(end.records()).extracting(House::text).containsExactly("second");
    assertThat(end.childShards()).hasSize(2);
    assertThat(end.nextShardIterator()).isNull();
  }

  @Test
  void mergedShardsHaveOneChildWithBothParents() {
    house.create("orders", 2);
    merge(1, 0);

    ShardDescription child = shards(null).get(2);
    GetRecordsReply end = house.get(house.iterator("orders", 0, "LATEST"));

    assertThat(child.parentShardId()).isEqualTo("shardId-000000000001");
    assertThat(child.adjacentParentShardId()).isEqualTo("shardId-000000000000");
    assertThat(child.hashKeyRange().startingHashKey()).isEqualTo("0");
    assertThat(child.hashKeyRange().endingHashKey()).isEqualTo(HashKey.MAX.toString());
    assertThat(end.childShards())
        .extracting(ChildShard::parentShards)
        .containsExactly(List.of("shardId-000000000001", "shardId-000000000000"));
  }

  @Test
  void aClosedShardHasAnEndingSequenceNumberBehindItsRecords() {
    house.create("orders", 1);
    String last = house.put("orders", "a", "x").sequenceNumber();
    split(0, MIDDLE);

    String ending = shards(null).get(0).sequenceNumberRange().endingSequenceNumber();

    assertThat(new java.math.BigInteger(ending)).isGreaterThan(new java.math.BigInteger(last));
    assertThat(shards(null).get(1).sequenceNumberRange().endingSequenceNumber()).isNull();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          the start of the range   | 0 | 0
          one above the start      | 0 | 1
          the end of the range     | 0 | 170141183460469231731687303715884105727
          another shard's place    | 0 | 255211775190703847597530955573826158592
          no number                | 0 | middle
          """)
  void aSplitMustBeInsideTheShard(String why, int shard, String hashKey) {
    house.create("orders", 2);

    refused(StreamError.Code.INVALID_ARGUMENT, () -> split(shard, hashKey));

    assertThat(shards(null)).as(why).hasSize(2);
  }

  @Test
  void onlyOpenNeighboursMerge() {
    house.create("orders", 4);

    refused(StreamError.Code.INVALID_ARGUMENT, () -> merge(0, 2));
    refused(StreamError.Code.INVALID_ARGUMENT, () -> merge(0, 0));
    refused(StreamError.Code.RESOURCE_NOT_FOUND, () -> merge(0, 9));
    merge(0, 1);
    refused(StreamError.Code.INVALID_ARGUMENT, () -> merge(1, 2));
    refused(StreamError.Code.INVALID_ARGUMENT, () -> split(0, QUARTER));

    assertThat(shards(new ShardFilter("AT_LATEST", null, null)))
        .extracting(ShardDescription::shardId)
        .containsExactly("shardId-000000000002", "shardId-000000000003", "shardId-000000000004");
  }

  @Test
  void anOnDemandStreamIsNotResharded() {
    house.await(house.streams.createStream(new CreateStream("orders", null, null, null)));

    refused(StreamError.Code.VALIDATION, () -> merge(0, 1));
  }

  @Test
  void filtersTellTheShardsOfATime() {
    house.create("orders", 1);
    house.simulation.advance(1000);
    split(0, MIDDLE);
    house.simulation.advance(1000);

    assertThat(indexes(new ShardFilter("AT_LATEST", null, null))).containsExactly(1, 2);
    assertThat(indexes(new ShardFilter("AT_TRIM_HORIZON", null, null))).containsExactly(0);
    assertThat(indexes(new ShardFilter("FROM_TRIM_HORIZON", null, null))).containsExactly(0, 1, 2);
    assertThat(indexes(new ShardFilter("AT_TIMESTAMP", null, at(500)))).containsExactly(0);
    assertThat(indexes(new ShardFilter("AT_TIMESTAMP", null, at(1000)))).containsExactly(1, 2);
    assertThat(indexes(new ShardFilter("FROM_TIMESTAMP", null, at(500)))).containsExactly(0, 1, 2);
    assertThat(indexes(new ShardFilter("FROM_TIMESTAMP", null, at(1500)))).containsExactly(1, 2);
    assertThat(indexes(new ShardFilter("AFTER_SHARD_ID", "shardId-000000000001", null)))
        .containsExactly(2);
  }

  private static Instant at(long millis) {
    return Instant.ofEpochMilli(House.START + millis);
  }

  @Test
  void listsShardsInPages() {
    house.create("orders", 5);

    ListShardsReply first = list(new ListShards("orders", null, null, null, 3, null, null));
    ListShardsReply rest = list(new ListShards(null, null, first.nextToken(), null, 3, null, null));

    assertThat(first.shards()).hasSize(3);
    assertThat(rest.shards()).extracting(ShardDescription::shardId).hasSize(2);
    assertThat(rest.nextToken()).isNull();
  }

  @Test
  void aTokenComesAloneAndLivesFiveMinutes() {
    house.create("orders", 2);
    String token = list(new ListShards("orders", null, null, null, 1, null, null)).nextToken();

    refused(
        StreamError.Code.INVALID_ARGUMENT,
        () -> list(new ListShards("orders", null, token, null, 1, null, null)));
    refused(
        StreamError.Code.INVALID_ARGUMENT,
        () -> list(new ListShards(null, null, "nonsense", null, 1, null, null)));
    house.simulation.advance(300_001);
    refused(
        StreamError.Code.EXPIRED_NEXT_TOKEN,
        () -> list(new ListShards(null, null, token, null, 1, null, null)));
  }

  private List<Integer> indexes(ShardFilter filter) {
    return shards(filter).stream()
        .map(shard -> Shard.index(shard.shardId()).orElseThrow())
        .toList();
  }

  private List<ShardDescription> shards(ShardFilter filter) {
    return list(new ListShards("orders", null, null, null, null, null, filter)).shards();
  }

  private ListShardsReply list(ListShards request) {
    return house.await(house.streams.listShards(request));
  }

  private void split(int shard, String hashKey) {
    house.await(house.streams.splitShard(new SplitShard("orders", null, Shard.id(shard), hashKey)));
  }

  private void merge(int shard, int adjacent) {
    house.await(
        house.streams.mergeShards(
            new MergeShards("orders", null, Shard.id(shard), Shard.id(adjacent))));
  }
}
