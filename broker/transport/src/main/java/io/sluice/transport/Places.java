package io.sluice.transport;

import java.util.Arrays;

/** Places of an inbox, gathered until the next flush. Event loop only. */
final class Places {
  private long[] places = new long[4];
  private int count;

  void add(long place) {
    if (count == places.length) {
      places = Arrays.copyOf(places, 2 * count);
    }
    places[count++] = place;
  }

  boolean isEmpty() {
    return count == 0;
  }

  /** What was gathered; a copy. */
  long[] take() {
    long[] taken = Arrays.copyOf(places, count);
    count = 0;
    return taken;
  }
}
