package io.sluice.queue;

import io.sluice.store.Row;
import io.sluice.store.Turn;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The backlog of a FIFO queue: a window over its oldest messages, by group. A message may go when
 * no message of its group before it is in flight; a group whose lock ended goes behind the others.
 * Source: Amazon SQS Developer Guide, "FIFO queue delivery logic".
 *
 * <p>The delay is the queue's, the same for all, so messages fall due in their order: those not due
 * are behind the window.
 */
final class FifoBacklog extends Backlog {
  private static final int LOOK_AHEAD = 256;
  private static final int PAGES_PER_RECEIVE = 8; // all groups locked must not mean a long turn

  private final QueueLimits limits;
  private final Map<String, MessageGroup> groups = new HashMap<>();
  private final LinkedHashSet<MessageGroup> ready = new LinkedHashSet<>();
  private long delayMillis;
  private long nextDue = Long.MAX_VALUE;

  FifoBacklog(long incarnation, QueueLimits limits, long delayMillis) {
    super(incarnation);
    this.limits = limits;
    this.delayMillis = delayMillis;
  }

  /** Holds for what waits behind the window too. */
  void setDelay(long millis) {
    delayMillis = millis;
    nextDue = head < next ? 0 : Long.MAX_VALUE; // looked up again
  }

  @Override
  void restore(Turn turn, long lowest, Map<Long, byte[]> states) {
    for (long from = lowest; from < head; ) {
      List<Row> page = turn.range(QueueTables.MESSAGES, key(from), key(head), PAGE);
      for (Row row : page) {
        from = QueueTables.sequenceOf(row.key()) + 1;
        admit(row, states.get(from - 1));
      }
      if (page.size() < PAGE) {
        break;
      }
    }
    nextDue = head < next ? 0 : Long.MAX_VALUE;
  }

  private void admit(Row row, byte @Nullable [] state) {
    long sequence = QueueTables.sequenceOf(row.key());
    String id = String.valueOf(QueueMessage.groupOf(row.value()));
    MessageGroup group = groups.computeIfAbsent(id, MessageGroup::new);
    Entry entry =
        state == null
            ? new Entry(
                sequence,
                QueueMessage.sentOf(row.value()),
                QueueMessage.movedOf(row.value()),
                group)
            : Entry.decode(sequence, state, group);
    entries.put(sequence, entry);
    group.members.put(sequence, entry);
    place(entry, state == null ? Entry.Place.WAITING : Entry.Place.IN_FLIGHT);
  }

  @Override
  void appended(Turn turn, long sequence, QueueMessage message, long visibleAt) {
    nextDue = Math.min(nextDue, message.sent() + delayMillis);
  }

  @Override
  void advanceDelayed(long now) {}

  @Override
  long nextEvent() {
    return Math.min(
        entries.size() < limits.windowMax() ? nextDue : Long.MAX_VALUE,
        inFlight.isEmpty() ? Long.MAX_VALUE : inFlight.first().visibleAt);
  }

  @Override
  long delayed(Turn turn, long now) {
    if (delayMillis == 0 || head >= next) {
      return 0;
    }
    long low = head; // the first place that is not due, by halves: times rise with places
    long high = next;
    while (low < high) {
      long middle = (low + high) >>> 1;
      byte[] row = turn.get(QueueTables.MESSAGES, key(middle));
      if (row != null && QueueMessage.sentOf(row) + delayMillis > now) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return next - low;
  }

  @Override
  void place(Entry entry, Entry.Place place) {
    super.place(entry, place);
    settle(entry);
  }

  @Override
  void forget(Entry entry) {
    if (entry.group != null) {
      entry.group.members.remove(entry.sequence);
      settle(entry);
    }
  }

  /** Lines the entry's group up when its first message may go. */
  private void settle(Entry entry) {
    MessageGroup group = entry.group;
    if (group == null) {
      return;
    }
    if (group.members.isEmpty()) {
      ready.remove(group);
      groups.remove(group.id);
    } else if (group.members.firstEntry().getValue().place == Entry.Place.WAITING) {
      ready.add(group);
    } else {
      ready.remove(group);
    }
  }

  /** Widens the window by what is due. */
  private boolean load(Turn turn, long now) {
    int room = limits.windowMax() - entries.size();
    if (room <= 0 || head >= next) {
      return false;
    }
    List<Row> page = turn.range(QueueTables.MESSAGES, key(head), key(next), Math.min(PAGE, room));
    if (page.isEmpty()) {
      head = next;
      total = entries.size();
      nextDue = Long.MAX_VALUE;
      return false;
    }
    boolean loaded = false;
    for (Row row : page) {
      long due = QueueMessage.sentOf(row.value()) + delayMillis;
      if (due > now) {
        nextDue = due;
        return loaded;
      }
      admit(row, null);
      head = QueueTables.sequenceOf(row.key()) + 1;
      loaded = true;
    }
    nextDue = head < next ? 0 : Long.MAX_VALUE;
    return loaded;
  }

  @Override
  Cursor cursor(Turn turn, long now, int max) {
    boolean more = true;
    while (more && entries.size() - inFlight.size() < LOOK_AHEAD) {
      more = load(turn, now);
    }
    return new ByGroup(turn, now);
  }

  /** Fills from one group first, then goes on with the next. */
  private final class ByGroup implements Cursor {
    private final Turn turn;
    private final long now;
    private @Nullable MessageGroup group;
    private long after;
    private int pages = PAGES_PER_RECEIVE;
    private boolean stoppedEarly;

    ByGroup(Turn turn, long now) {
      this.turn = turn;
      this.now = now;
    }

    @Override
    public boolean stoppedEarly() {
      return stoppedEarly;
    }

    @Override
    public @Nullable Candidate next() {
      while (true) {
        MessageGroup current = group;
        if (current == null) {
          while (ready.isEmpty()) {
            stoppedEarly = pages-- == 0;
            if (stoppedEarly || !load(turn, now)) {
              return null;
            }
          }
          current = ready.iterator().next();
          group = current;
          after = 0;
        }
        Map.Entry<Long, Entry> member = current.members.higherEntry(after);
        if (member == null || member.getValue().place != Entry.Place.WAITING) {
          group = null; // its first message is in flight now, or it is empty: not ready any more
          continue;
        }
        after = member.getKey();
        byte[] row = turn.get(QueueTables.MESSAGES, key(after));
        if (row != null) {
          return new Candidate(member.getValue(), QueueMessage.decode(row));
        }
        remove(turn, member.getValue());
      }
    }
  }
}
