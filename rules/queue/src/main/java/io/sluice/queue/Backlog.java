package io.sluice.queue;

import io.sluice.store.Keys;
import io.sluice.store.Row;
import io.sluice.store.Turn;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The messages of one queue: rows on disk, and in memory only those that were received, delayed or
 * (FIFO) looked at. Messages from {@link #head} on that have no entry wait as they were sent; so
 * memory does not grow with the length of the queue.
 *
 * <p>A message's row is written once, its state is a small row of its own, and the head row keeps
 * where reading begins, so that no scan crosses the tombstones of what is gone.
 *
 * <p>Owner thread of the queue's partition only. An entry whose row is missing (its turn was
 * refused after all) is dropped when it is met.
 */
abstract sealed class Backlog permits StandardBacklog, FifoBacklog {
  static final int PAGE = 256;
  private static final int VERSION = 1;

  /** A message that may be handed out; whoever takes it must {@link #take} or {@link #remove}. */
  record Candidate(Entry entry, QueueMessage message) {}

  /** Hands out candidates during one receive. */
  interface Cursor {
    @Nullable Candidate next();

    /** Whether a receive after this one may find more at once. */
    default boolean stoppedEarly() {
      return false;
    }
  }

  final long incarnation;
  final TreeMap<Long, Entry> entries = new TreeMap<>();
  final TreeSet<Entry> inFlight = new TreeSet<>(Entry.BY_TIME);

  /** The first place never looked at. */
  long head = 1;

  /** The place that the next message gets; never given twice. */
  long next = 1;

  /** How many messages there are, wherever they are. */
  long total;

  /** Times of sending never fall, though the machine's clock may. */
  long lastSent;

  private long agesFrom;

  Backlog(long incarnation) {
    this.incarnation = incarnation;
  }

  /** Reads what an earlier life left. */
  final void load(Turn turn) {
    byte[] bytes = turn.get(QueueTables.HEADS, QueueTables.head(incarnation));
    if (bytes == null) {
      return;
    }
    RowReader row = new RowReader(bytes, VERSION, "queue head");
    long lowest = row.u64();
    head = row.u64();
    next = row.u64();
    total = row.u64();
    lastSent = row.u64();
    Map<Long, byte[]> states = new TreeMap<>();
    for (long from = lowest; ; ) {
      List<Row> page =
          turn.range(QueueTables.STATES, key(from), key(next), PAGE); // next: beyond all states
      for (Row state : page) {
        from = QueueTables.sequenceOf(state.key()) + 1;
        states.put(from - 1, state.value());
      }
      if (page.size() < PAGE) {
        break;
      }
    }
    restore(turn, lowest, states);
  }

  /** Makes the entries again from their states. */
  abstract void restore(Turn turn, long lowest, Map<Long, byte[]> states);

  /** Writes where the queue stands; at the end of each turn that changed it. */
  final void save(Turn turn) {
    long lowest = entries.isEmpty() ? head : Math.min(head, entries.firstKey());
    turn.put(
        QueueTables.HEADS,
        QueueTables.head(incarnation),
        new RowWriter(41)
            .u8(VERSION)
            .u64(lowest)
            .u64(head)
            .u64(next)
            .u64(total)
            .u64(lastSent)
            .done());
  }

  /** Goes on counting where a purged backlog stopped. */
  final void follow(Backlog purged) {
    head = purged.next;
    next = purged.next;
    lastSent = purged.lastSent;
  }

  final byte[] key(long sequence) {
    return QueueTables.message(incarnation, sequence);
  }

  /**
   * Adds a message.
   *
   * @param visibleAt when it may be received first; in the past means at once
   * @return its place
   */
  final long append(Turn turn, QueueMessage message, long visibleAt) {
    long sequence = next++;
    total++;
    turn.put(QueueTables.MESSAGES, key(sequence), message.encode());
    if (message.moved()) {
      turn.put(
          QueueTables.AGES, QueueTables.age(incarnation, message.sent(), sequence), new byte[0]);
      agesFrom = Math.min(agesFrom, message.sent());
    } else {
      lastSent = message.sent();
    }
    appended(turn, sequence, message, visibleAt);
    return sequence;
  }

  /** A time for a message sent now. */
  final long sentAt(long now) {
    return Math.max(now, lastSent);
  }

  abstract void appended(Turn turn, long sequence, QueueMessage message, long visibleAt);

  /** Lets time pass: what is due becomes visible. Changes no row. */
  final void advance(long now) {
    while (!inFlight.isEmpty() && inFlight.first().visibleAt <= now) {
      Entry entry = inFlight.first();
      unplace(entry);
      place(entry, Entry.Place.WAITING);
    }
    advanceDelayed(now);
  }

  abstract void advanceDelayed(long now);

  /**
   * Begins a receive, after {@link #advance}.
   *
   * @param max how many are wanted
   */
  abstract Cursor cursor(Turn turn, long now, int max);

  /** When a message becomes visible by itself next; {@code Long.MAX_VALUE} for not foreseen. */
  abstract long nextEvent();

  /** How many are delayed, after {@link #advance}. */
  abstract long delayed(Turn turn, long now);

  final Counts counts(Turn turn, long now) {
    advance(now);
    long delayed = delayed(turn, now);
    return new Counts(total - inFlight.size() - delayed, inFlight.size(), delayed);
  }

  /** The three counters of a queue. */
  record Counts(long visible, long notVisible, long delayed) {}

  /** Hands a candidate out until {@code visibleAt}. */
  final void take(Turn turn, Entry entry, long now, long visibleAt) {
    unplace(entry);
    if (entry.receives == 0) {
      entry.firstReceived = now;
    }
    entry.receives++;
    entry.received = now;
    put(turn, entry, now, visibleAt);
  }

  /** Undoes a {@link #take} whose message reached nobody. */
  final void giveBack(Turn turn, Entry entry, long now) {
    unplace(entry);
    entry.receives--;
    put(turn, entry, now, now);
  }

  /** Makes a message invisible until {@code visibleAt}, or visible when that is now. */
  final void hide(Turn turn, Entry entry, long now, long visibleAt) {
    unplace(entry);
    put(turn, entry, now, visibleAt);
  }

  private void put(Turn turn, Entry entry, long now, long visibleAt) {
    entry.visibleAt = visibleAt;
    entries.put(entry.sequence, entry);
    place(entry, visibleAt > now ? Entry.Place.IN_FLIGHT : Entry.Place.WAITING);
    turn.put(QueueTables.STATES, key(entry.sequence), entry.encode());
  }

  /** Takes a message out for good. */
  final void remove(Turn turn, Entry entry) {
    unplace(entry);
    forget(entry);
    total--;
    turn.delete(QueueTables.MESSAGES, key(entry.sequence));
    if (entries.remove(entry.sequence) != null) { // only these may have a state
      turn.delete(QueueTables.STATES, key(entry.sequence));
    }
    if (entry.moved) {
      turn.delete(QueueTables.AGES, QueueTables.age(incarnation, entry.sent, entry.sequence));
    }
  }

  /** The entry leaves the memory. */
  abstract void forget(Entry entry);

  /** Puts an entry that is nowhere into its set. */
  void place(Entry entry, Entry.Place place) {
    entry.place = place;
    if (place == Entry.Place.IN_FLIGHT) {
      inFlight.add(entry);
    }
  }

  void unplace(Entry entry) {
    if (entry.place == Entry.Place.IN_FLIGHT) {
      inFlight.remove(entry);
    }
    entry.place = Entry.Place.NOWHERE;
  }

  /**
   * Drops messages whose retention has ended, at most {@code max}. Times of sending rise with the
   * place, except those of moved messages, which the table of ages has in order: so each of the
   * three walks stops at the first message that may stay.
   *
   * @return when to look again; {@code Long.MAX_VALUE} when nothing is left
   */
  final long sweep(Turn turn, long now, long retentionMillis, int max, Runnable onExpired) {
    long sentBefore = now - retentionMillis; // this and earlier is over
    List<Entry> over = new ArrayList<>();
    long oldest = Long.MAX_VALUE;
    for (Entry entry : entries.values()) {
      if (entry.sent > sentBefore || over.size() == max) {
        oldest = entry.sent;
        break;
      }
      over.add(entry);
    }
    over.forEach(entry -> remove(turn, entry));
    int dropped = over.size();
    byte[] from = QueueTables.age(incarnation, agesFrom, 0);
    byte[] end = QueueTables.age(incarnation, Long.MAX_VALUE, 0);
    for (Row row : turn.range(QueueTables.AGES, from, end, Math.max(1, max - dropped))) {
      long sent = Keys.numberAt(row.key(), Long.BYTES);
      agesFrom = sent;
      if (sent > sentBefore || dropped >= max) {
        oldest = Math.min(oldest, sent);
        break;
      }
      long sequence = QueueTables.sequenceOf(row.key());
      Entry entry = entries.get(sequence);
      remove(turn, entry == null ? new Entry(sequence, sent, true, null) : entry);
      dropped++;
    }
    while (head < next) {
      List<Row> page = turn.range(QueueTables.MESSAGES, key(head), key(next), PAGE);
      if (page.isEmpty()) {
        head = next;
        total = entries.size();
        break;
      }
      boolean stop = false;
      for (Row row : page) {
        long sequence = QueueTables.sequenceOf(row.key());
        long sent = QueueMessage.sentOf(row.value());
        if (entries.containsKey(sequence)) {
          continue;
        }
        if (sent > sentBefore || dropped >= max) {
          oldest = Math.min(oldest, sent);
          stop = true;
          break;
        }
        remove(turn, new Entry(sequence, sent, QueueMessage.movedOf(row.value()), null));
        head = sequence + 1;
        dropped++;
      }
      if (stop) {
        break;
      }
      head = QueueTables.sequenceOf(page.get(page.size() - 1).key()) + 1;
    }
    for (int i = 0; i < dropped; i++) {
      onExpired.run();
    }
    return oldest == Long.MAX_VALUE ? oldest : oldest + retentionMillis;
  }
}
