package io.sluice.engine;

import io.sluice.store.Keys;
import io.sluice.store.Partitions;
import io.sluice.store.Request;
import io.sluice.store.Row;
import io.sluice.store.Table;
import io.sluice.store.Turn;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Counts what became of every message in every rule. A count is a row that is written with the
 * effect it counts, in the same record: it is exact whatever crashes, and a message that is carried
 * again after a crash is not counted again.
 *
 * <p>Each partition counts for itself, on its owner; {@link #totals} adds up, from any thread.
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
    LOOP_CUT(7);

    private static final int COUNT = values().length;
    private final int code;

    Entry(int code) {
      this.code = code;
    }
  }

  static final Table TABLE = new Table("ledger");

  private record Load() implements Request<Boolean> {}

  private final List<Map<String, AtomicLongArray>> counts = new ArrayList<>();

  Ledger(Partitions partitions) {
    for (int p = 0; p < partitions.count(); p++) {
      counts.add(new ConcurrentHashMap<>());
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
    for (Row row :
        turn.range(TABLE, new byte[0], Keys.after(new byte[] {(byte) 0xFF}), Integer.MAX_VALUE)) {
      AtomicLongArray rule = of(turn.partition(), Keys.textAt(row.key(), 0));
      for (int i = 0; i < Entry.COUNT && 8 * i < row.value().length; i++) {
        rule.set(i, Keys.numberAt(row.value(), 8 * i));
      }
    }
    return true;
  }

  private AtomicLongArray of(int partition, String rule) {
    return counts.get(partition).computeIfAbsent(rule, r -> new AtomicLongArray(Entry.COUNT));
  }

  /** Counts one, within the turn whose effect it is. */
  void count(Turn turn, String rule, Entry entry) {
    AtomicLongArray row = of(turn.partition(), rule);
    row.incrementAndGet(entry.code);
    Keys value = Keys.of();
    for (int i = 0; i < Entry.COUNT; i++) {
      value.number(row.get(i));
    }
    turn.put(TABLE, Keys.of().text(rule).bytes(), value.bytes());
  }

  /** Every rule that was ever counted, with all its sums. Any thread. */
  public Map<String, Map<Entry, Long>> totals() {
    Map<String, Map<Entry, Long>> totals = new TreeMap<>();
    for (Map<String, AtomicLongArray> partition : counts) {
      partition.forEach(
          (rule, row) -> {
            Map<Entry, Long> sums = totals.computeIfAbsent(rule, r -> new EnumMap<>(Entry.class));
            for (Entry entry : Entry.values()) {
              sums.merge(entry, row.get(entry.code), Long::sum);
            }
          });
    }
    return totals;
  }
}
