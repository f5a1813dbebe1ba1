package io.sluice.stream;

import io.sluice.store.Row;
import io.sluice.store.Turn;
import io.sluice.stream.StreamReplies.ChildShard;
import io.sluice.stream.StreamReplies.StreamRecord;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds places in shards and reads from them. Owner thread of the stream's partition only. */
final class ShardReader {
  static final int RECORDS_MAX = 10_000;
  static final int BYTES_MAX = 10 << 20;
  private static final int FIRST_PAGE_ROWS = 16; // of unknown size: at most 16 MiB
  private static final int PAGE_ROWS_MAX = 1_000;

  /**
   * What a GetRecords found.
   *
   * @param next null at the end of a closed shard; then there are children
   */
  record Page(
      List<StreamRecord> records,
      @Nullable Position next,
      long millisBehindLatest,
      List<ChildShard> children) {}

  private ShardReader() {}

  static Position locate(Turn turn, Stream stream, Shard shard, Start start) {
    return new Position(stream.name, stream.number, shard.index, counter(turn, shard, start));
  }

  private static long counter(Turn turn, Shard shard, Start start) {
    if (start instanceof Start.TrimHorizon) {
      return shard.first;
    }
    if (start instanceof Start.Latest) {
      return shard.next;
    }
    if (start instanceof Start.AtTimestamp at) {
      if (at.millis() > turn.now()) {
        throw StreamError.invalid(
            "Timestamp is %d ms in the future; it must not be later than now.",
            at.millis() - turn.now());
      }
      return ShardLog.firstArrivedFrom(turn, shard, at.millis());
    }
    Start.AtSequenceNumber at = (Start.AtSequenceNumber) start; // the last of the family
    SequenceNumber number = at.sequenceNumber();
    if (number.shard() != shard.index
        || number.shardCreatedSeconds() != shard.createdMillis / 1000
        || number.counter() < 0
        || number.counter() > shard.next) {
      throw StreamError.invalid(
          "StartingSequenceNumber %s was not given out by %s; use one of its own.",
          number, shard.id());
    }
    return Math.max(shard.first, number.counter() + (at.after() ? 1 : 0));
  }

  static Page read(Turn turn, Stream stream, Shard shard, long from, int recordsMax) {
    long begin = firstKept(turn, shard, from, turn.now() - stream.retentionMillis());
    List<StreamRecord> records = new ArrayList<>();
    long counter = begin;
    long bytes = 0;
    long arrival = turn.now();
    int rows = FIRST_PAGE_ROWS;
    boolean full = false;
    while (!full && counter < shard.next) {
      List<Row> page = ShardLog.read(turn, shard, counter, Math.min(rows, recordsMax));
      for (Row row : page) {
        StoredRecord stored = StoredRecord.decode(row.value());
        bytes += stored.data().length + stored.partitionKey().length;
        full = records.size() == recordsMax || bytes > BYTES_MAX && !records.isEmpty();
        if (full) {
          break;
        }
        counter = ShardLog.counter(row);
        arrival = stored.arrivalMillis();
        records.add(record(shard, counter++, stored));
      }
      if (page.isEmpty()) {
        counter = shard.next;
      }
      rows = nextPageRows(bytes, counter - begin);
    }
    boolean atTip = counter >= shard.next;
    boolean ended = atTip && !shard.isOpen();
    return new Page(
        records,
        ended ? null : new Position(stream.name, stream.number, shard.index, counter),
        atTip ? 0 : Math.max(0, turn.now() - arrival),
        ended ? children(stream, shard) : List.of());
  }

  /** From {@code from} on, past what is older than the horizon but not trimmed yet. */
  private static long firstKept(Turn turn, Shard shard, long from, long horizon) {
    long counter = Math.max(from, shard.first);
    List<Row> there = ShardLog.read(turn, shard, counter, 1);
    boolean expired =
        !there.isEmpty() && StoredRecord.arrivalMillis(there.get(0).value()) <= horizon;
    return expired ? ShardLog.firstArrivedFrom(turn, shard, horizon + 1) : counter;
  }

  private static int nextPageRows(long bytesSoFar, long rowsSoFar) {
    long rowBytes = Math.max(1, bytesSoFar / Math.max(1, rowsSoFar));
    return (int) Math.max(1, Math.min(PAGE_ROWS_MAX, (BYTES_MAX - bytesSoFar) / rowBytes + 1));
  }

  private static StreamRecord record(Shard shard, long counter, StoredRecord stored) {
    return new StreamRecord(
        shard.sequenceNumber(counter, stored.arrivalMillis()).toString(),
        Instant.ofEpochMilli(stored.arrivalMillis()),
        stored.data(),
        stored.partitionKeyText(),
        Streams.NOT_ENCRYPTED);
  }

  private static List<ChildShard> children(Stream stream, Shard parent) {
    List<ChildShard> children = new ArrayList<>();
    for (Shard shard : stream.shards()) {
      if (shard.parent == parent.index || shard.adjacentParent == parent.index) {
        children.add(shard.view().child());
      }
    }
    return children;
  }
}
