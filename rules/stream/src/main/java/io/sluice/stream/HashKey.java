package io.sluice.stream;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * A place in the hash space of a stream, 0 to 2^128-1: two unsigned halves, because every put
 * compares some.
 */
record HashKey(long high, long low) implements Comparable<HashKey> {
  static final HashKey MIN = new HashKey(0, 0);
  static final HashKey MAX = new HashKey(-1, -1);
  private static final int DECIMAL_DIGITS_MAX = 39;
  private static final BigInteger SPACE = BigInteger.ONE.shiftLeft(128);

  /** Where a partition key belongs: the MD5 of its UTF-8 bytes, read as one big-endian number. */
  static HashKey of(String partitionKey) {
    ByteBuffer digest =
        ByteBuffer.wrap(md5().digest(partitionKey.getBytes(StandardCharsets.UTF_8)));
    return new HashKey(digest.getLong(), digest.getLong());
  }

  /**
   * Reads the decimal form of the wire.
   *
   * @param member the field it came in, for the error
   */
  static HashKey parse(String decimal, String member) {
    if (isDecimal(decimal)) {
      BigInteger number = new BigInteger(decimal);
      if (number.compareTo(SPACE) < 0) {
        return of(number);
      }
    }
    throw StreamError.invalid(
        "%s must be a decimal number from 0 to 2^128-1 without leading zeros, found '%s'.",
        member, decimal.length() > DECIMAL_DIGITS_MAX ? "a longer text" : decimal);
  }

  private static boolean isDecimal(String text) {
    if (text.isEmpty()
        || text.length() > DECIMAL_DIGITS_MAX
        || text.length() > 1 && text.charAt(0) == '0') {
      return false;
    }
    return text.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  static HashKey of(BigInteger number) {
    return new HashKey(number.shiftRight(64).longValue(), number.longValue());
  }

  BigInteger toNumber() {
    byte[] bytes = ByteBuffer.allocate(16).putLong(high).putLong(low).array();
    return new BigInteger(1, bytes);
  }

  /** The one behind; never asked of {@link #MAX}. */
  HashKey next() {
    return new HashKey(low == -1 ? high + 1 : high, low + 1);
  }

  /** The one before; never asked of {@link #MIN}. */
  HashKey previous() {
    return new HashKey(low == 0 ? high - 1 : high, low - 1);
  }

  @Override
  public int compareTo(HashKey other) {
    int order = Long.compareUnsigned(high, other.high);
    return order != 0 ? order : Long.compareUnsigned(low, other.low);
  }

  /** The decimal form of the wire. */
  @Override
  public String toString() {
    return toNumber().toString();
  }

  private static MessageDigest md5() {
    try {
      return MessageDigest.getInstance("MD5");
    } catch (NoSuchAlgorithmException never) { // every Java platform must have it
      throw new IllegalStateException(never);
    }
  }
}
