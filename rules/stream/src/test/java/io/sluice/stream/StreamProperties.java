package io.sluice.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.stream.StreamReplies.PutRecordsReply;
import io.sluice.stream.StreamReplies.StreamRecord;
import io.sluice.stream.StreamRequests.PutRecords;
import io.sluice.stream.StreamRequests.PutRecordsRequestEntry;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;

class StreamProperties {

  @Property
  void aDivisionCoversTheHashSpaceWithoutHoleOrOverlap(
      @ForAll @IntRange(min = 1, max = 300) int n) {
    List<HashRange> ranges = HashRange.divide(n);

    assertThat(ranges).hasSize(n);
    assertThat(ranges.get(0).first()).isEqualTo(HashKey.MIN);
    assertThat(ranges.get(n - 1).last()).isEqualTo(HashKey.MAX);
    for (int i = 1; i < n; i++) {
      assertThat(ranges.get(i - 1).touches(ranges.get(i))).isTrue();
    }
  }

  @Property
  void aSequenceNumberReadsBackAndHas186Bits(
      @ForAll @LongRange(min = 0, max = 0xF_FFFF_FFFFL) long created,
      @ForAll @IntRange int shard,
      @ForAll @LongRange(min = 0) long counter,
      @ForAll @LongRange(min = 0, max = 0xF_FFFF_FFFFL) long arrived) {
    SequenceNumber number = new SequenceNumber(created, shard, counter, arrived);

    assertThat(SequenceNumber.parse(number.toString())).contains(number);
    assertThat(new BigInteger(number.toString()).bitLength()).isEqualTo(186);
  }

  @Property
  void sequenceNumbersOfAShardRiseWithTheCounterWhateverTheClockDoes(
      @ForAll @LongRange(min = 0, max = Long.MAX_VALUE - 1) long counter,
      @ForAll @LongRange(min = 0, max = 0xF_FFFF_FFFFL) long earlier,
      @ForAll @LongRange(min = 0, max = 0xF_FFFF_FFFFL) long later) {
    BigInteger first = new BigInteger(new SequenceNumber(7, 3, counter, earlier).toString());
    BigInteger second = new BigInteger(new SequenceNumber(7, 3, counter + 1, later).toString());

    assertThat(second).isGreaterThan(first);
  }

  @Property(tries = 50)
  void everyRecordIsReadOnceInTheOrderOfItsShardAndOfItsKey(
      @ForAll @IntRange(min = 1, max = 5) int shards,
      @ForAll @Size(min = 1, max = 60) List<@StringLength(min = 1, max = 3) String> keys,
      @ForAll @IntRange(min = 1, max = 7) int pageSize) {
    House house = new House();
    house.create("orders", shards);
    List<PutRecordsRequestEntry> entries = new ArrayList<>();
    for (int i = 0; i < keys.size(); i++) {
      entries.add(new PutRecordsRequestEntry(new byte[] {(byte) i}, keys.get(i), null));
    }

    PutRecordsReply put =
        house.await(house.streams.putRecords(new PutRecords("orders", null, entries)));

    Map<String, List<StreamRecord>> read = new HashMap<>();
    for (int shard = 0; shard < shards; shard++) {
      read.put(Shard.id(shard), house.readAll("orders", shard, pageSize));
    }
    for (int i = 0; i < keys.size(); i++) { // the next unread of its shard is the next put there
      StreamRecord next = read.get(put.records().get(i).shardId()).remove(0);
      assertThat(next.data()).containsExactly((byte) i);
      assertThat(next.partitionKey()).isEqualTo(keys.get(i));
      assertThat(next.sequenceNumber()).isEqualTo(put.records().get(i).sequenceNumber());
    }
    assertThat(read.values()).allMatch(List::isEmpty);
  }
}
