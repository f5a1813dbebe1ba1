package io.sluice.stream;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * The name of a record within its shard: rises strictly with the {@code counter}. On the wire it is
 * the decimal form of 186 bits, in the layout that tools of Kinesis decode (hexadecimal digits from
 * the top): {@code 2 | 9: seconds of the shard's creation | 1: last digit of the shard | 16:
 * counter | 2: zero | 9: seconds of arrival | 8: shard | 2}. The checkpoint validator of the KCL
 * wants this bit length, the 2 at both ends and the shard's place.
 *
 * @param shardCreatedSeconds seconds since the epoch
 * @param shard the shard's index
 * @param counter 0: before the first record; records count from 1
 * @param arrivalSeconds seconds since the epoch
 */
public record SequenceNumber(
    long shardCreatedSeconds, int shard, long counter, long arrivalSeconds) {
  private static final int BITS = 186;
  private static final int DECIMAL_DIGITS_MAX = 57;
  private static final long VERSION = 2;
  private static final long NINE_DIGITS = 0xF_FFFF_FFFFL;

  /** Reads the decimal form; empty for anything that {@link #toString} does not write. */
  public static Optional<SequenceNumber> parse(String decimal) {
    if (decimal.isEmpty()
        || decimal.length() > DECIMAL_DIGITS_MAX
        || !decimal.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return Optional.empty();
    }
    BigInteger number = new BigInteger(decimal);
    if (number.bitLength() != BITS) {
      return Optional.empty();
    }
    long low = number.longValue();
    long middle = number.shiftRight(64).longValue();
    long high = number.shiftRight(128).longValue();
    SequenceNumber read =
        new SequenceNumber(
            high >>> 20 & NINE_DIGITS,
            (int) (low >>> 4),
            high << 48 | middle >>> 16,
            (middle << 28 | low >>> 36) & NINE_DIGITS);
    return read.toNumber().equals(number) ? Optional.of(read) : Optional.empty();
  }

  private BigInteger toNumber() {
    long high =
        VERSION << 56
            | (shardCreatedSeconds & NINE_DIGITS) << 20
            | (shard & 0xFL) << 16
            | counter >>> 48;
    long middle = counter << 16 | (arrivalSeconds & NINE_DIGITS) >>> 28;
    long low = arrivalSeconds << 36 | (shard & 0xFFFF_FFFFL) << 4 | VERSION;
    return new BigInteger(
        1, ByteBuffer.allocate(24).putLong(high).putLong(middle).putLong(low).array());
  }

  /** The decimal form of the wire. */
  @Override
  public String toString() {
    return toNumber().toString();
  }
}
