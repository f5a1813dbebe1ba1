package io.sluice.stream;

import io.sluice.store.Keys;
import io.sluice.store.Row;
import io.sluice.store.Turn;
import java.util.List;

/**
 * The rows of a shard's records. Arrival times never fall from one record to the next, so a time is
 * found by halving. Owner thread of the stream's partition only.
 */
final class ShardLog {
  private static final int COUNTER_AT = 16;

  private ShardLog() {}

  static byte[] rowKey(long stream, int shard, long counter) {
    return Keys.of().number(stream).number(shard).number(counter).bytes();
  }

  static long counter(Row row) {
    return Keys.numberAt(row.key(), COUNTER_AT);
  }

  /**
   * Appends a record.
   *
   * @return its counter
   */
  static long append(Turn turn, Shard shard, byte[] partitionKey, byte[] data) {
    long counter = shard.next++;
    shard.lastArrivalMillis = Math.max(shard.lastArrivalMillis, turn.now()); // a clock set back
    turn.put(
        StreamTables.RECORDS,
        rowKey(shard.stream, shard.index, counter),
        new StoredRecord(shard.lastArrivalMillis, partitionKey, data).encode());
    return counter;
  }

  static List<Row> read(Turn turn, Shard shard, long from, int max) {
    return turn.range(
        StreamTables.RECORDS,
        rowKey(shard.stream, shard.index, Math.max(from, shard.first)),
        rowKey(shard.stream, shard.index, shard.next),
        max);
  }

  /** The counter of the first record that arrived at that time or later; {@code next} if none. */
  static long firstArrivedFrom(Turn turn, Shard shard, long millis) {
    long low = shard.first;
    long high = shard.next;
    while (low < high) {
      long middle = (low + high) >>> 1;
      List<Row> found = read(turn, shard, middle, 1);
      if (found.isEmpty() || StoredRecord.arrivalMillis(found.get(0).value()) >= millis) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  /**
   * Finds {@code next} and the last arrival of an open shard again, by doubling steps and then
   * halving: a turn reads forwards only.
   */
  static void findEnd(Turn turn, Shard shard) {
    long step = 1;
    while (existsFrom(turn, shard, shard.next + step)) {
      step *= 2;
    }
    long low = shard.next; // no statement about it yet
    long high = shard.next + step; // nothing from here on
    while (low < high) {
      long middle = (low + high) >>> 1;
      if (existsFrom(turn, shard, middle)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    shard.next = low;
    if (!shard.isEmpty()) {
      read(turn, shard, shard.next - 1, 1)
          .forEach(last -> shard.lastArrivalMillis = StoredRecord.arrivalMillis(last.value()));
    }
  }

  private static boolean existsFrom(Turn turn, Shard shard, long counter) {
    byte[] end = Keys.after(Keys.of().number(shard.stream).number(shard.index).bytes());
    byte[] from = rowKey(shard.stream, shard.index, counter);
    return !turn.range(StreamTables.RECORDS, from, end, 1).isEmpty();
  }
}
