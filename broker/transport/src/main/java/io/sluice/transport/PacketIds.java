package io.sluice.transport;

import java.util.function.LongConsumer;

/**
 * Packet identifiers under way to one client, with a number for what each stands for. Identifiers
 * are given out in a circle, so one that was acknowledged rests as long as possible before it is
 * used again [MQTT-2.2.1-4]. Event loop only.
 *
 * <p>A table with open addressing: identifiers that follow one another lie side by side, so nothing
 * collides and nothing is allocated per message.
 */
final class PacketIds {
  /** What an identifier that is not under way stands for. */
  static final long NONE = Long.MIN_VALUE;

  private static final int MAX = 65_535;
  private static final int FIRST_CAPACITY = 8;

  private char[] ids = new char[FIRST_CAPACITY]; // 0: free
  private long[] values = new long[FIRST_CAPACITY];
  private int size;
  private int last;

  /** The next free identifier, now under way; the caller keeps fewer than 65,535 under way. */
  int take(long value) {
    do {
      last = last == MAX ? 1 : last + 1;
    } while (ids[place(last)] != 0);
    put(last, value);
    return last;
  }

  /** The next identifier that {@link #take} looks at is the one after this. */
  void goOnAfter(int packetId) {
    last = packetId;
  }

  /** Puts an identifier under way that the caller chose, or changes what it stands for. */
  void put(int packetId, long value) {
    int at = place(packetId);
    if (ids[at] == 0) {
      if (2 * ++size > ids.length) {
        grow();
        at = place(packetId);
      }
      ids[at] = (char) packetId;
    }
    values[at] = value;
  }

  /** What the identifier stands for, or {@link #NONE}. */
  long get(int packetId) {
    int at = place(packetId);
    return ids[at] == 0 ? NONE : values[at];
  }

  /** What the identifier stood for, or {@link #NONE} when it was not under way; it is free now. */
  long release(int packetId) {
    int at = place(packetId);
    if (ids[at] == 0) {
      return NONE;
    }
    long value = values[at];
    size--;
    close(at);
    return value;
  }

  int size() {
    return size;
  }

  /** Hands over every value under way. */
  void forEach(LongConsumer sink) {
    for (int i = 0; i < ids.length; i++) {
      if (ids[i] != 0) {
        sink.accept(values[i]);
      }
    }
  }

  /** Where the identifier is, or where it would be put. */
  private int place(int packetId) {
    int mask = ids.length - 1;
    int at = packetId & mask;
    while (ids[at] != 0 && ids[at] != packetId) {
      at = at + 1 & mask;
    }
    return at;
  }

  /** Takes out a place and moves up those behind it that would not be found any more. */
  private void close(int hole) {
    int mask = ids.length - 1;
    int free = hole;
    for (int at = hole + 1 & mask; ids[at] != 0; at = at + 1 & mask) {
      int home = ids[at] & mask;
      if ((at - home & mask) >= (at - free & mask)) {
        ids[free] = ids[at];
        values[free] = values[at];
        free = at;
      }
    }
    ids[free] = 0;
  }

  private void grow() {
    char[] oldIds = ids;
    long[] oldValues = values;
    ids = new char[2 * oldIds.length];
    values = new long[ids.length];
    for (int i = 0; i < oldIds.length; i++) {
      if (oldIds[i] != 0) {
        int at = place(oldIds[i]);
        ids[at] = oldIds[i];
        values[at] = oldValues[i];
      }
    }
  }
}
