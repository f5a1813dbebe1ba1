package io.sluice.queue;

import io.sluice.store.Keys;
import io.sluice.store.Row;
import io.sluice.store.Table;
import io.sluice.store.Turn;
import java.util.Arrays;
import java.util.List;

/**
 * Deletes the rows of a deleted or purged queue, a page per turn, so that nobody waits for it.
 * Where it stands is the key of its timer: the incarnation, the number of the table, the last key
 * seen.
 */
final class Clearing {
  private static final int PAGE = 512;
  private static final List<Table> TABLES = // a list: positions are on disk
      List.of(
          QueueTables.MESSAGES,
          QueueTables.STATES,
          QueueTables.AGES,
          QueueTables.DEDUPLICATION,
          QueueTables.DEDUPLICATION_AGES,
          QueueTables.HEADS);

  private Clearing() {}

  static byte[] firstStep(long incarnation) {
    return step(incarnation, 0, Keys.of().number(incarnation).bytes());
  }

  private static byte[] step(long incarnation, int table, byte[] from) {
    return Keys.of().number(incarnation).number(table).raw(from).bytes();
  }

  static void continueAt(Turn turn, byte[] step) {
    long incarnation = Keys.numberAt(step, 0);
    int table = (int) Keys.numberAt(step, Long.BYTES);
    byte[] from = Arrays.copyOfRange(step, 2 * Long.BYTES, step.length);
    byte[] prefix = Keys.of().number(incarnation).bytes();
    List<Row> page = turn.range(TABLES.get(table), from, Keys.after(prefix), PAGE);
    page.forEach(row -> turn.delete(TABLES.get(table), row.key()));
    if (page.size() == PAGE) {
      turn.schedule(
          QueuePartition.CLEAR, turn.now(), step(incarnation, table, page.get(PAGE - 1).key()));
    } else if (table + 1 < TABLES.size()) {
      turn.schedule(QueuePartition.CLEAR, turn.now(), step(incarnation, table + 1, prefix));
    }
  }
}
