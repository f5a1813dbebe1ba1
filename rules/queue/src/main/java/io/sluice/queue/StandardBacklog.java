package io.sluice.queue;

import io.sluice.store.Row;
import io.sluice.store.Turn;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The backlog of a standard queue. What became receivable first is handed out first; a message that
 * returned stands where it would if it had been sent when it became visible, so one that always
 * fails does not hold up the others. Past {@link QueueLimits#entriesMax} entries those that
 * returned go first, which bounds the memory.
 */
final class StandardBacklog extends Backlog {
  private final QueueLimits limits;
  private final TreeSet<Entry> delayed = new TreeSet<>(Entry.BY_TIME);
  private final TreeSet<Entry> returned = new TreeSet<>(Entry.BY_TIME);

  StandardBacklog(long incarnation, QueueLimits limits) {
    super(incarnation);
    this.limits = limits;
  }

  @Override
  void restore(Turn turn, long lowest, Map<Long, byte[]> states) {
    states.forEach(
        (sequence, state) -> {
          Entry entry = Entry.decode(sequence, state, null);
          Entry.Place place = entry.place;
          entries.put(sequence, entry);
          place(entry, place);
        });
  }

  /** Whether one more message may be delayed. */
  boolean hasRoomForDelayed() {
    return entries.size() < limits.entriesMax();
  }

  @Override
  void appended(Turn turn, long sequence, QueueMessage message, long visibleAt) {
    if (visibleAt > message.sent()) {
      Entry entry = new Entry(sequence, message.sent(), message.moved(), null);
      entry.visibleAt = visibleAt;
      entries.put(sequence, entry);
      place(entry, Entry.Place.DELAYED);
      turn.put(QueueTables.STATES, key(sequence), entry.encode());
    }
  }

  @Override
  void advanceDelayed(long now) {
    while (!delayed.isEmpty() && delayed.first().visibleAt <= now) {
      Entry entry = delayed.first();
      unplace(entry);
      place(entry, Entry.Place.WAITING);
    }
  }

  @Override
  long nextEvent() {
    return Math.min(
        delayed.isEmpty() ? Long.MAX_VALUE : delayed.first().visibleAt,
        inFlight.isEmpty() ? Long.MAX_VALUE : inFlight.first().visibleAt);
  }

  @Override
  long delayed(Turn turn, long now) {
    return delayed.size();
  }

  @Override
  void forget(Entry entry) {}

  @Override
  void place(Entry entry, Entry.Place place) {
    super.place(entry, place);
    if (place == Entry.Place.DELAYED) {
      delayed.add(entry);
    } else if (place == Entry.Place.WAITING) {
      returned.add(entry);
    }
  }

  @Override
  void unplace(Entry entry) {
    if (entry.place == Entry.Place.DELAYED) {
      delayed.remove(entry);
    } else if (entry.place == Entry.Place.WAITING) {
      returned.remove(entry);
    }
    super.unplace(entry);
  }

  @Override
  Cursor cursor(Turn turn, long now, int max) {
    return new Merge(turn, max);
  }

  /** Merges what returned with what was never received. */
  private final class Merge implements Cursor {
    private final Turn turn;
    private final ArrayDeque<Row> page = new ArrayDeque<>();
    private int pageSize;

    Merge(Turn turn, int max) {
      this.turn = turn;
      this.pageSize = max;
    }

    @Override
    public @Nullable Candidate next() {
      while (true) {
        Entry back = returned.isEmpty() ? null : returned.first();
        Row fresh = back != null && entries.size() >= limits.entriesMax() ? null : peek();
        if (back != null
            && (fresh == null || back.visibleAt <= QueueMessage.sentOf(fresh.value()))) {
          byte[] row = turn.get(QueueTables.MESSAGES, key(back.sequence));
          if (row != null) {
            return new Candidate(back, QueueMessage.decode(row));
          }
          remove(turn, back);
        } else if (fresh == null) {
          return null;
        } else {
          page.remove();
          long sequence = QueueTables.sequenceOf(fresh.key());
          head = sequence + 1;
          QueueMessage message = QueueMessage.decode(fresh.value());
          return new Candidate(new Entry(sequence, message.sent(), message.moved(), null), message);
        }
      }
    }

    private @Nullable Row peek() {
      while (page.isEmpty()) {
        if (head >= next) {
          return null;
        }
        List<Row> rows = turn.range(QueueTables.MESSAGES, key(head), key(next), pageSize);
        if (rows.isEmpty()) {
          head = next;
          total = entries.size();
          return null;
        }
        for (Row row : rows) {
          if (!entries.containsKey(QueueTables.sequenceOf(row.key()))) {
            page.add(row);
          }
        }
        if (page.isEmpty()) { // all of them delayed
          head = QueueTables.sequenceOf(rows.get(rows.size() - 1).key()) + 1;
          pageSize = PAGE;
        }
      }
      return page.element();
    }
  }
}
