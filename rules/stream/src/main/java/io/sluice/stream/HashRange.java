package io.sluice.stream;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/** The part of the hash space that a shard owns; both ends belong to it. */
record HashRange(HashKey first, HashKey last) {

  boolean contains(HashKey key) {
    return first.compareTo(key) <= 0 && key.compareTo(last) <= 0;
  }

  /**
   * The whole space in {@code count} parts of floor(2^128 / count), the last with the remainder, as
   * CreateStream makes them.
   */
  static List<HashRange> divide(int count) {
    BigInteger width = BigInteger.ONE.shiftLeft(128).divide(BigInteger.valueOf(count));
    List<HashRange> ranges = new ArrayList<>(count);
    HashKey first = HashKey.MIN;
    for (int i = 1; i < count; i++) {
      HashKey next = HashKey.of(width.multiply(BigInteger.valueOf(i)));
      ranges.add(new HashRange(first, next.previous()));
      first = next;
    }
    ranges.add(new HashRange(first, HashKey.MAX));
    return ranges;
  }

  /** Whether {@code other} begins right behind this one. */
  boolean touches(HashRange other) {
    return !last.equals(HashKey.MAX) && last.next().equals(other.first);
  }
}
