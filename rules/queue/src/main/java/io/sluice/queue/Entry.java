package io.sluice.queue;

import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/**
 * What the memory knows of one message that is not simply waiting behind the head: where it is and
 * until when. Its contents are on disk. Owner thread of the queue only.
 */
final class Entry {
  /**
   * By the time the message becomes, or became, visible. A time changes only outside such a set.
   */
  static final Comparator<Entry> BY_TIME =
      Comparator.<Entry>comparingLong(e -> e.visibleAt).thenComparingLong(e -> e.sequence);

  /** Where a message is. */
  enum Place {
    /** Taken out of the backlog, or not yet in it. */
    NOWHERE,
    DELAYED,
    /** May be received, when the order of its group allows. */
    WAITING,
    IN_FLIGHT
  }

  private static final int VERSION = 1;
  private static final int DELAYED = 1;
  private static final int MOVED = 2;

  final long sequence;
  final long sent;
  final boolean moved;
  final @Nullable MessageGroup group;
  Place place = Place.NOWHERE;
  int receives;
  long firstReceived;
  long received;
  long visibleAt;

  Entry(long sequence, long sent, boolean moved, @Nullable MessageGroup group) {
    this.sequence = sequence;
    this.sent = sent;
    this.moved = moved;
    this.group = group;
    this.visibleAt = sent;
  }

  /** The row in {@link QueueTables#STATES}. */
  byte[] encode() {
    return new RowWriter(38)
        .u8(VERSION)
        .u8((place == Place.DELAYED ? DELAYED : 0) | (moved ? MOVED : 0))
        .u32(receives)
        .u64(sent)
        .u64(firstReceived)
        .u64(received)
        .u64(visibleAt)
        .done();
  }

  /** The entry of a row; it is delayed or in flight, and its time may have passed. */
  static Entry decode(long sequence, byte[] bytes, @Nullable MessageGroup group) {
    RowReader row = new RowReader(bytes, VERSION, "queue message state");
    int flags = row.u8();
    int receives = row.u32();
    Entry entry = new Entry(sequence, row.u64(), (flags & MOVED) != 0, group);
    entry.place = (flags & DELAYED) != 0 ? Place.DELAYED : Place.IN_FLIGHT;
    entry.receives = receives;
    entry.firstReceived = row.u64();
    entry.received = row.u64();
    entry.visibleAt = row.u64();
    return entry;
  }
}
