package io.sluice.stream;

import static io.sluice.stream.StreamsTest.refused;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.stream.StreamReplies.GetRecordsReply;
import io.sluice.stream.StreamReplies.PutRecordReply;
import io.sluice.stream.StreamRequests.PutRecord;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShardIteratorTest {
  private final House house = new House();
  private PutRecordReply second;

  @BeforeEach
  void threeRecordsASecondApart() {
    house.create("orders", 1);
    house.put("orders", "a", "first");
    house.simulation.advance(1000);
    second = house.put("orders", "a", "second");
    house.simulation.advance(1000);
    house.put("orders", "a", "third");
  }

  private List<String> from(String type, String sequenceNumber, Instant timestamp) {
    return house
        .get(house.iterator("orders", 0, type, sequenceNumber, timestamp))
        .records()
        .stream()
        .map(House::text)
        .toList();
  }

  @Test
  void trimHorizonBeginsWithTheOldest() {
    assertThat(from("TRIM_HORIZON", null, null)).containsExactly("first", "second", "third");
  }

  @Test
  void latestBeginsBehindTheNewest() {
    String latest = house.iterator("orders", 0, "LATEST");
    house.put("orders", "a", "fourth");

    assertThat(house.get(latest).records()).extracting(House::text).containsExactly("fourth");
  }

  @Test
  void atASequenceNumberBeginsWithIt() {
    assertThat(from("AT_SEQUENCE_NUMBER", second.sequenceNumber(), null))
        .containsExactly("second", "third");
  }

  @Test
  void afterASequenceNumberBeginsBehindIt() {
    assertThat(from("AFTER_SEQUENCE_NUMBER", second.sequenceNumber(), null))
        .containsExactly("third");
  }

  @Test
  void theShardsStartingSequenceNumberIsAPlaceToBegin() {
    String start =
        house
            .await(
                house.streams.describeStream(
                    new StreamRequests.DescribeStream("orders", null, null, null)))
            .streamDescription()
            .shards()
            .get(0)
            .sequenceNumberRange()
            .startingSequenceNumber();

    assertThat(from("AT_SEQUENCE_NUMBER", start, null)).hasSize(3);
  }

  @Test
  void atATimestampBeginsWithTheFirstRecordOfThatTimeOrLater() {
    Instant start = Instant.ofEpochMilli(House.START);

    assertThat(from("AT_TIMESTAMP", null, start.plusMillis(1000)))
        .containsExactly("second", "third");
    assertThat(from("AT_TIMESTAMP", null, start.plusMillis(1001))).containsExactly("third");
    assertThat(from("AT_TIMESTAMP", null, start.minusSeconds(99))).hasSize(3);
    assertThat(from("AT_TIMESTAMP", null, start.plusMillis(2000))).containsExactly("third");
  }

  @Test
  void aTimestampInTheFutureIsRefused() {
    refused(
        StreamError.Code.INVALID_ARGUMENT,
        () -> from("AT_TIMESTAMP", null, Instant.ofEpochMilli(House.START + 2001)));
  }

  @Test
  void aSequenceNumberOfAnotherShardOrStreamIsRefused() {
    SequenceNumber mine = SequenceNumber.parse(second.sequenceNumber()).orElseThrow();
    SequenceNumber otherShard =
        new SequenceNumber(mine.shardCreatedSeconds(), 1, mine.counter(), mine.arrivalSeconds());
    SequenceNumber otherStream =
        new SequenceNumber(1, mine.shard(), mine.counter(), mine.arrivalSeconds());

    for (SequenceNumber foreign : List.of(otherShard, otherStream)) {
      refused(
          StreamError.Code.INVALID_ARGUMENT,
          () -> from("AT_SEQUENCE_NUMBER", foreign.toString(), null));
    }
    refused(StreamError.Code.INVALID_ARGUMENT, () -> from("AT_SEQUENCE_NUMBER", "17", null));
    refused(StreamError.Code.INVALID_ARGUMENT, () -> from("AT_SEQUENCE_NUMBER", null, null));
  }

  @Test
  void anUnknownTypeOrShardIsRefused() {
    refused(StreamError.Code.VALIDATION, () -> from("NEWEST", null, null));
    refused(StreamError.Code.VALIDATION, () -> from(null, null, null));
    refused(StreamError.Code.RESOURCE_NOT_FOUND, () -> house.iterator("orders", 1, "TRIM_HORIZON"));
  }

  @Test
  void anIteratorMayBeUsedTwiceWithTheSameAnswer() {
    String iterator = house.iterator("orders", 0, "TRIM_HORIZON");

    assertThat(house.get(iterator, 2).records()).extracting(House::text).hasSize(2);
    assertThat(house.get(iterator, 2).records())
        .extracting(House::text)
        .containsExactly("first", "second");
  }

  @Test
  void anIteratorLivesFiveMinutes() {
    String iterator = house.iterator("orders", 0, "TRIM_HORIZON");

    house.simulation.advance(300_000);
    assertThat(house.get(iterator).records()).hasSize(3);
    house.simulation.advance(1_000);

    refused(StreamError.Code.EXPIRED_ITERATOR, () -> house.get(iterator));
  }

  @Test
  void eachAnswerGivesANewIteratorAlsoWhenNothingIsThere() {
    String iterator = house.iterator("orders", 0, "LATEST");

    GetRecordsReply empty = house.get(iterator);

    assertThat(empty.records()).isEmpty();
    assertThat(empty.millisBehindLatest()).isZero();
    assertThat(empty.childShards()).isNull();
    assertThat(empty.nextShardIterator()).isNotNull().isNotEqualTo(iterator);
    assertThat(house.get(empty.nextShardIterator()).nextShardIterator())
        .isNotEqualTo(empty.nextShardIterator());
  }

  @Test
  void quotesAroundAnIteratorAreTolerated() {
    assertThat(house.get('"' + house.iterator("orders", 0, "TRIM_HORIZON") + '"').records())
        .hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAA", "ä", "not base64!"})
  void nonsenseIsNoIterator(String nonsense) {
    refused(StreamError.Code.INVALID_ARGUMENT, () -> house.get(nonsense));
  }

  @Test
  void aChangedIteratorIsRefused() {
    String iterator = house.iterator("orders", 0, "TRIM_HORIZON");
    char changed = iterator.charAt(30) == 'A' ? 'B' : 'A';

    refused(
        StreamError.Code.EXPIRED_ITERATOR,
        () -> house.get(iterator.substring(0, 30) + changed + iterator.substring(31)));
  }

  @Test
  void anIteratorOfAnEarlierRunHasExpired() {
    String iterator = house.iterator("orders", 0, "TRIM_HORIZON");

    House next = house.withOtherSealKey();

    refused(StreamError.Code.EXPIRED_ITERATOR, () -> next.get(iterator));
  }

  @Test
  void theLongestStreamNameStillMakesAnIteratorWithinTheWiresLimit() {
    String name = "n".repeat(128);
    house.create(name, 1);

    assertThat(house.iterator(name, 0, "LATEST")).hasSizeLessThanOrEqualTo(512);
  }

  @Test
  void saysHowFarBehindTheTipTheLastRecordIs() {
    GetRecordsReply first = house.get(house.iterator("orders", 0, "TRIM_HORIZON"), 1);
    GetRecordsReply rest = house.get(first.nextShardIterator(), 2);

    assertThat(first.millisBehindLatest()).isEqualTo(2000);
    assertThat(rest.millisBehindLatest()).isZero();
  }

  @Test
  void anAnswerHoldsTenMebibytes() {
    house.create("large", 1);
    for (int i = 0; i < 24; i++) {
      house.await(
          house.streams.putRecord(
              new PutRecord("large", null, new byte[1_000_000], "a", null, null)));
    }

    GetRecordsReply first = house.get(house.iterator("large", 0, "TRIM_HORIZON"));

    assertThat(first.records()).hasSize(10);
    assertThat(house.readAll("large", 0, 10_000)).hasSize(24);
  }

  @Test
  void limitsOutsideOneToTenThousandAreRefused() {
    String iterator = house.iterator("orders", 0, "TRIM_HORIZON");

    refused(StreamError.Code.VALIDATION, () -> house.get(iterator, 0));
    refused(StreamError.Code.VALIDATION, () -> house.get(iterator, 10_001));
  }
}
