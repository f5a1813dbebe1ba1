package io.sluice.sql;

import java.math.BigDecimal;
import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/** A whole number of up to 34 digits: a {@code long} nearly always. */
final class Int implements Value.Num {
  private static final int CACHED_MIN = -128;
  private static final Int[] CACHE = new Int[256 + 128];

  static {
    for (int i = 0; i < CACHE.length; i++) {
      CACHE[i] = new Int(CACHED_MIN + i, null);
    }
  }

  private final long small;
  private final @Nullable BigInteger big; // only when it does not fit into a long

  private Int(long small, @Nullable BigInteger big) {
    this.small = small;
    this.big = big;
  }

  static Int of(long value) {
    if (value >= CACHED_MIN && value < CACHED_MIN + CACHE.length) {
      return CACHE[(int) value - CACHED_MIN];
    }
    return new Int(value, null);
  }

  static Int of(BigInteger value) {
    return value.bitLength() < Long.SIZE ? of(value.longValue()) : new Int(0, value);
  }

  boolean fitsLong() {
    return big == null;
  }

  /** Only when it {@link #fitsLong}. */
  long asLong() {
    return small;
  }

  /** The nearest {@code int}: for indexes, where anything far away is out of range anyhow. */
  int clampedToInt() {
    if (big != null) {
      return big.signum() < 0 ? Integer.MIN_VALUE : Integer.MAX_VALUE;
    }
    return (int) Math.max(Integer.MIN_VALUE, Math.min(Integer.MAX_VALUE, small));
  }

  BigInteger integer() {
    return big == null ? BigInteger.valueOf(small) : big;
  }

  @Override
  public BigDecimal decimal() {
    return big == null ? BigDecimal.valueOf(small) : new BigDecimal(big);
  }

  @Override
  public int signum() {
    return big == null ? Long.signum(small) : big.signum();
  }

  @Override
  public ValueType type() {
    return ValueType.INT;
  }

  @Override
  public void writeTo(JsonOut out) {
    if (big == null) {
      out.number(small);
    } else {
      out.raw(big.toString());
    }
  }

  @Override
  public String toString() {
    return big == null ? Long.toString(small) : big.toString();
  }
}
