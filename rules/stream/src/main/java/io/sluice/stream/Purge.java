package io.sluice.stream;

import io.sluice.store.Keys;
import io.sluice.store.Partitions;
import io.sluice.store.Turn;

/**
 * Deletes the rows of records that nobody can reach any more: those behind a shard's new {@code
 * first}, and those of a stream that is gone. As a chain of durable timers, each deleting a little,
 * so that a large range neither holds up the partition nor is forgotten in a crash. Counters have
 * no gaps, so keys are counted, not read.
 */
final class Purge {
  private static final String TIMER = "stream-purge";
  private static final int ROWS_PER_TURN_MAX = 2048;

  private Purge() {}

  static void register(Partitions partitions) {
    partitions.onTimer(TIMER, (turn, key, due) -> fire(turn, key));
  }

  /** Records of a shard with {@code from <= counter < to}. */
  static void start(Turn turn, Shard shard, long from, long to) {
    if (from < to) {
      schedule(turn, shard.stream, shard.index, from, to);
    }
  }

  private static void schedule(Turn turn, long stream, long shard, long from, long to) {
    byte[] key = Keys.of().number(stream).number(shard).number(from).number(to).bytes();
    turn.schedule(TIMER, turn.now(), key);
  }

  private static void fire(Turn turn, byte[] key) {
    long stream = Keys.numberAt(key, 0);
    int shard = (int) Keys.numberAt(key, 8);
    long from = Keys.numberAt(key, 16);
    long to = Keys.numberAt(key, 24);
    long end = Math.min(to, from + ROWS_PER_TURN_MAX);
    for (long counter = from; counter < end; counter++) {
      turn.delete(StreamTables.RECORDS, ShardLog.rowKey(stream, shard, counter));
    }
    if (end < to) {
      schedule(turn, stream, shard, end, to);
    }
  }
}
