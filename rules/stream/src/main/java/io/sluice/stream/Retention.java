package io.sluice.stream;

import io.sluice.store.Keys;
import io.sluice.store.Turn;
import org.jspecify.annotations.Nullable;

/**
 * Forgets records that are older than their stream's retention period, by one durable timer for
 * each shard that has records or is closed. Readers skip expired records on their own, so the timer
 * may be a minute late. Owner thread of the partition only.
 */
final class Retention {
  static final String TIMER = "stream-retention";
  private static final long APART_MILLIS_MIN = 60_000; // trims in lots rather than record by record

  private Retention() {}

  static void schedule(Turn turn, Stream stream, Shard shard, long due) {
    shard.retentionDueMillis = due;
    turn.schedule(TIMER, due, Keys.of().number(stream.number).number(shard.index).bytes());
  }

  /** After a start: the timers of an earlier life give way to one that looks soon. */
  static void takeUp(Turn turn, Stream stream, Shard shard) {
    schedule(turn, stream, shard, turn.now() + APART_MILLIS_MIN);
  }

  static long streamNumber(byte[] timer) {
    return Keys.numberAt(timer, 0);
  }

  static int shardIndex(byte[] timer) {
    return (int) Keys.numberAt(timer, 8);
  }

  /**
   * Trims one shard. A closed shard without records goes altogether: "it stays readable until its
   * data expires".
   *
   * @param stream null when it is gone; its rows are purged then
   */
  static void fire(Turn turn, @Nullable Stream stream, byte[] timer, long due) {
    Shard shard = stream == null ? null : stream.shard(shardIndex(timer));
    if (stream == null || shard == null) {
      return;
    }
    if (shard.retentionDueMillis != 0 && shard.retentionDueMillis != due) {
      return; // another timer took its place when the retention period changed
    }
    shard.retentionDueMillis = 0;
    long horizon = turn.now() - stream.retentionMillis();
    long kept = ShardLog.firstArrivedFrom(turn, shard, horizon + 1);
    Purge.start(turn, shard, shard.first, kept);
    boolean trimmed = kept > shard.first;
    shard.first = kept;
    if (shard.isEmpty() && !shard.isOpen() && shard.closedMillis <= horizon) {
      shard.delete(turn);
      stream.remove(shard);
      return;
    }
    if (trimmed) {
      shard.write(turn);
    }
    if (!shard.isEmpty() || !shard.isOpen()) {
      long oldest = shard.isEmpty() ? shard.closedMillis : arrival(turn, shard, shard.first);
      long next = oldest + stream.retentionMillis();
      schedule(turn, stream, shard, Math.max(next, turn.now() + APART_MILLIS_MIN));
    }
  }

  private static long arrival(Turn turn, Shard shard, long counter) {
    var rows = ShardLog.read(turn, shard, counter, 1);
    return rows.isEmpty()
        ? shard.lastArrivalMillis
        : StoredRecord.arrivalMillis(rows.get(0).value());
  }
}
