package io.sluice.engine;

import io.sluice.store.Keys;
import io.sluice.store.Partitions;
import io.sluice.store.Request;
import io.sluice.store.Row;
import io.sluice.store.Table;
import io.sluice.store.Turn;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Counts what became of every message in every rule and in each of its actions, hour by hour. A
 * count is a row that is written with the effect it counts, in the same record: it is exact
 * whatever crashes, and a message that is carried again after a crash is not counted again.
 *
 * <p>The sums reconcile: a rule's messages are matched, not matched or failed; each action of a
 * matched one is delivered, failed, dropped, cut off, or waits in the outbox; each failed one of a
 * rule with an error action has that delivered or failed, or still on its way.
 *
 * <p>Hours are kept for a week, or for less when thousands of rules are busy; then they are added
 * up in one row, so totals never lose a message. While that happens a reader may for an instant see
 * some counts twice.
 *
 * <p>Each partition counts for itself, on its owner; everything is read from any thread.
 */
public final class Ledger {
  /** What can become of a message in a rule, or in one of its actions; the code is on disk. */
  public enum Entry {
    MATCHED(0),
    NOT_MATCHED(1),
    EVALUATION_FAILED(2),
    /** An action's effect is in place. */
    DELIVERED(3),
    /** An action could not be done. */
    ACTION_FAILED(4),
    ERROR_ACTION_DELIVERED(5),
    ERROR_ACTION_FAILED(6),
    /** A republish that would have gone round for ever. */
    LOOP_CUT(7),
    /** A try that failed and is made again; such a message is counted once more when it ends. */
    RETRIED(8),
    /** An action that did not take the message because too many wait for it. */
    DROPPED(9);

    private static final int COUNT = values().length;
    private final int code;

    Entry(int code) {
      this.code = code;
    }
  }

  /**
   * Counts of one rule, or of one of its actions.
   *
   * @param action empty for the rule itself; else the action's place in the rule and its key, as in
   *     {@code 0/sqs}, {@code error/republish}
   */
  public record Line(String rule, String action, Map<Entry, Long> counts) {}

  static final Table TABLE = new Table("rule-ledger");

  /** The action of counts that are the rule's own. */
  static final String RULE_ITSELF = "";

  static final int HOURS_MAX = 7 * 24;
  private static final int CELLS_MAX = 20_000; // of one partition; some 4 MB
  private static final long HOUR_MILLIS = TimeUnit.HOURS.toMillis(1);
  private static final long EARLIER = 0; // the hour that holds the sums of all that were dropped
  private static final int FOLDS_PER_COUNT_MAX = 64;

  private record Load() implements Request<Boolean> {}

  private record Cell(String rule, String action) {}

  /**
   * The rows that the turn under way has written. A turn's arrays are nobody else's until it ends,
   * so its later counts change them in place: a batch of 500 messages writes a row once.
   */
  private static final class Written {
    private WeakReference<Turn> turn = new WeakReference<>(null);
    final Map<Cell, byte[]> rows = new HashMap<>();

    Written of(Turn now) {
      if (!turn.refersTo(now)) {
        turn = new WeakReference<>(now);
        rows.clear();
      }
      return this;
    }
  }

  /** [partition]: hour to cells. Written by the partition's owner. */
  private final List<ConcurrentSkipListMap<Long, Map<Cell, AtomicLongArray>>> hours =
      new ArrayList<>();

  /** [partition]: how many hours; to ask the map would walk it. Owner thread of the partition. */
  private final int[] held;

  /** [partition]: how many cells in all hours. Owner thread of the partition. */
  private final int[] cellsHeld;

  private final int cellsMax;

  /** [partition]; owner thread of the partition. */
  private final Written[] lastTurn;

  Ledger(Partitions partitions) {
    this(partitions, CELLS_MAX);
  }

  Ledger(Partitions partitions, int cellsMax) {
    this.cellsMax = cellsMax;
    this.held = new int[partitions.count()];
    this.cellsHeld = new int[partitions.count()];
    this.lastTurn = new Written[partitions.count()];
    for (int p = 0; p < partitions.count(); p++) {
      hours.add(new ConcurrentSkipListMap<>());
      lastTurn[p] = new Written();
    }
    partitions.register(Load.class, this::load);
    partitions.onStart(
        () -> {
          for (int p = 0; p < partitions.count(); p++) {
            partitions.apply(p, new Load());
          }
        });
  }

  private Boolean load(Turn turn, Load load) {
    for (Row row : turn.range(TABLE, new byte[0], Keys.after(new byte[0]), Integer.MAX_VALUE)) {
      byte[] key = row.key();
      Cell cell =
          new Cell(Keys.textAt(key, Long.BYTES), Keys.textAt(key, Keys.textEnd(key, Long.BYTES)));
      set(turn.partition(), Keys.numberAt(key, 0), cell, decode(row.value()));
    }
    return true;
  }

  /** Counts one, within the turn whose effect it is. Owner thread of the turn's partition. */
  void count(Turn turn, String rule, String action, Entry entry) {
    long hour = Math.max(EARLIER + 1, turn.now() / HOUR_MILLIS);
    Cell cell = new Cell(rule, action);
    Written written = lastTurn[turn.partition()].of(turn);
    byte[] row = written.rows.get(cell);
    if (row == null) {
      byte[] key = key(hour, cell);
      row = encode(decode(turn.get(TABLE, key))); // not from memory: a refused turn leaves no trace
      turn.put(TABLE, key, row);
      written.rows.put(cell, row);
    }
    long[] counts = decode(row);
    counts[entry.code]++;
    System.arraycopy(encode(counts), 0, row, 0, row.length);
    set(turn.partition(), hour, cell, counts);
    int hoursHeld = held[turn.partition()];
    if (hoursHeld > HOURS_MAX || hoursHeld > 1 && cellsHeld[turn.partition()] > cellsMax) {
      foldOldest(turn);
      written.rows.clear(); // after a clock that went back, it may have been this very hour
    }
  }

  /** Adds a part of the oldest hour to what lies before all hours. */
  private void foldOldest(Turn turn) {
    ConcurrentSkipListMap<Long, Map<Cell, AtomicLongArray>> mine = hours.get(turn.partition());
    Long oldest = mine.higherKey(EARLIER);
    Map<Cell, AtomicLongArray> cells = oldest == null ? null : mine.get(oldest);
    if (oldest == null || cells == null) {
      return;
    }
    int folded = 0;
    for (Cell cell : List.copyOf(cells.keySet())) {
      if (folded++ == FOLDS_PER_COUNT_MAX) {
        return; // the next count goes on
      }
      byte[] from = key(oldest, cell);
      byte[] to = key(EARLIER, cell);
      long[] sums = decode(turn.get(TABLE, to));
      long[] more = decode(turn.get(TABLE, from));
      for (int i = 0; i < sums.length; i++) {
        sums[i] += more[i];
      }
      turn.put(TABLE, to, encode(sums));
      turn.delete(TABLE, from);
      set(turn.partition(), EARLIER, cell, sums);
      cells.remove(cell);
      cellsHeld[turn.partition()]--;
    }
    mine.remove(oldest);
    held[turn.partition()]--;
  }

  private void set(int partition, long hour, Cell cell, long[] counts) {
    Map<Cell, AtomicLongArray> cells = hours.get(partition).get(hour);
    if (cells == null) {
      cells = new ConcurrentHashMap<>();
      hours.get(partition).put(hour, cells);
      held[partition] += hour == EARLIER ? 0 : 1;
    }
    AtomicLongArray row = cells.get(cell);
    if (row == null) {
      row = new AtomicLongArray(Entry.COUNT);
      cells.put(cell, row);
      cellsHeld[partition] += hour == EARLIER ? 0 : 1;
    }
    for (int i = 0; i < counts.length; i++) {
      row.set(i, counts[i]);
    }
  }

  private static byte[] key(long hour, Cell cell) {
    return Keys.of().number(hour).text(cell.rule()).text(cell.action()).bytes();
  }

  private static byte[] encode(long[] counts) {
    Keys value = Keys.of();
    for (long count : counts) {
      value.number(count);
    }
    return value.bytes();
  }

  private static long[] decode(byte @Nullable [] row) {
    long[] counts = new long[Entry.COUNT];
    for (int i = 0; row != null && i < counts.length && 8 * i < row.length; i++) {
      counts[i] = Keys.numberAt(row, 8 * i);
    }
    return counts;
  }

  /** Every rule that was ever counted, with all its sums and its actions' together. */
  public Map<String, Map<Entry, Long>> totals() {
    Map<String, Map<Entry, Long>> totals = new TreeMap<>();
    for (Line line : lines()) {
      Map<Entry, Long> sums = totals.computeIfAbsent(line.rule(), r -> new EnumMap<>(Entry.class));
      line.counts().forEach((entry, count) -> sums.merge(entry, count, Long::sum));
    }
    return totals;
  }

  /** All that was ever counted, by rule and action in order. */
  public List<Line> lines() {
    return lines(hour -> true);
  }

  /**
   * What was counted in the hours (UTC) that lie, whole or in part, in {@code fromMillis <= t <
   * toMillis}; nothing of hours that are added up already.
   */
  public List<Line> lines(long fromMillis, long toMillis) {
    return lines(
        hour ->
            hour != EARLIER
                && (hour + 1) * HOUR_MILLIS > fromMillis
                && hour * HOUR_MILLIS < toMillis);
  }

  private List<Line> lines(LongPredicate wanted) {
    Map<String, Map<String, Map<Entry, Long>>> sums = new TreeMap<>();
    for (Map<Long, Map<Cell, AtomicLongArray>> partition : hours) {
      partition.forEach(
          (hour, cells) -> {
            if (wanted.test(hour)) {
              cells.forEach((cell, row) -> add(sums, cell, row));
            }
          });
    }
    List<Line> lines = new ArrayList<>();
    sums.forEach(
        (rule, actions) ->
            actions.forEach((action, counts) -> lines.add(new Line(rule, action, counts))));
    return lines;
  }

  private static void add(
      Map<String, Map<String, Map<Entry, Long>>> sums, Cell cell, AtomicLongArray row) {
    Map<Entry, Long> counts =
        sums.computeIfAbsent(cell.rule(), r -> new TreeMap<>())
            .computeIfAbsent(cell.action(), a -> new EnumMap<>(Entry.class));
    for (Entry entry : Entry.values()) {
      counts.merge(entry, row.get(entry.code), Long::sum);
    }
  }
}
