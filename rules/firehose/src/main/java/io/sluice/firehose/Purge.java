package io.sluice.firehose;

import io.sluice.store.Keys;
import io.sluice.store.Partitions;
import io.sluice.store.Turn;

/**
 * Deletes the rows of records that are delivered, or whose delivery stream is gone: as a chain of
 * durable timers, each deleting a little, so that a large object neither holds up the partition nor
 * is forgotten in a crash. Sequences have no gaps, so keys are counted, not read.
 */
final class Purge {
  private static final String TIMER = "delivery-purge";
  private static final int ROWS_PER_TURN_MAX = 2048;

  private Purge() {}

  static void register(Partitions partitions) {
    partitions.onTimer(TIMER, (turn, key, due) -> fire(turn, key));
  }

  /** Records with {@code from <= sequence < to}. */
  static void start(Turn turn, long stream, long from, long to) {
    if (from < to) {
      turn.schedule(TIMER, turn.now(), Keys.of().number(stream).number(from).number(to).bytes());
    }
  }

  private static void fire(Turn turn, byte[] key) {
    long stream = Keys.numberAt(key, 0);
    long from = Keys.numberAt(key, 8);
    long to = Keys.numberAt(key, 16);
    long end = Math.min(to, from + ROWS_PER_TURN_MAX);
    for (long sequence = from; sequence < end; sequence++) {
      turn.delete(DeliveryTables.RECORDS, DeliveryStream.recordKey(stream, sequence));
    }
    start(turn, stream, end, to);
  }
}
