package io.sluice.sql;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.OptionalInt;

/**
 * The numbers of the dialect: Int of up to 34 digits, Decimal of 34 digits of precision and a
 * magnitude from 1E-999 to below 1E1000 (AWS IoT Developer Guide, "Data types"). A number outside
 * has no value: Undefined.
 */
final class Numbers {
  static final MathContext PRECISION = MathContext.DECIMAL128;
  static final int EXPONENT_MAX = 999;

  /**
   * Characters of a number in text; the digits beyond the 34th only round, and a longer text is no
   * measurement.
   */
  static final int LENGTH_MAX = 1_000;

  private static final int EXPONENT_DIGITS_MAX = 6;
  private static final BigInteger INT_BOUND = BigInteger.TEN.pow(PRECISION.getPrecision());

  private Numbers() {}

  /** From digits and a scale; a scale below 0 means that there was no point. */
  static Value of(long unscaled, int scale, boolean wholeIsInt) {
    if (scale < 0) {
      return Int.of(unscaled);
    }
    if (wholeIsInt) {
      int zeros = scale;
      long stripped = unscaled;
      while (zeros > 0 && stripped % 10 == 0) {
        stripped /= 10;
        zeros--;
      }
      if (zeros == 0) {
        return Int.of(stripped);
      }
    }
    return new Dec(BigDecimal.valueOf(unscaled, scale));
  }

  /** A Decimal result, rounded to 34 digits; an Int when it is whole and the version says so. */
  static Value of(BigDecimal exact, boolean wholeIsInt) {
    BigDecimal value =
        exact.precision() > PRECISION.getPrecision() ? exact.round(PRECISION) : exact;
    if (value.signum() != 0) {
      long exponent = (long) value.precision() - value.scale() - 1;
      if (exponent > EXPONENT_MAX || exponent < -EXPONENT_MAX) {
        return Undefined.UNDEFINED;
      }
      if (wholeIsInt && exponent >= 0 && exponent < PRECISION.getPrecision()) {
        BigDecimal stripped = value.scale() > 0 ? value.stripTrailingZeros() : value;
        return stripped.scale() <= 0 ? Int.of(stripped.toBigIntegerExact()) : new Dec(value);
      }
      return new Dec(value);
    }
    return wholeIsInt
        ? Int.of(0)
        : new Dec(
            value.scale() < -EXPONENT_MAX || value.scale() > EXPONENT_MAX
                ? BigDecimal.ZERO
                : value);
  }

  /** An Int result; with more than 34 digits it can only be kept as a Decimal. */
  static Value of(BigInteger exact) {
    return exact.abs().compareTo(INT_BOUND) < 0 ? Int.of(exact) : of(new BigDecimal(exact), false);
  }

  /** A result of double precision. */
  static Value of(double value, boolean wholeIsInt) {
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      return Undefined.UNDEFINED; // an imaginary or endless result
    }
    return of(new BigDecimal(Double.toString(value)), wholeIsInt);
  }

  /** A number in JSON's syntax: Int when it has neither point nor exponent. */
  static Value parse(String text, boolean wholeIsInt) {
    if (text.length() > LENGTH_MAX) {
      return Undefined.UNDEFINED;
    }
    boolean integer = true;
    int exponentAt = -1;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '.') {
        integer = false;
      } else if (c == 'e' || c == 'E') {
        integer = false;
        exponentAt = i;
      }
    }
    if (integer) {
      return of(new BigInteger(text));
    }
    if (exponentAt >= 0 && text.length() - exponentAt > EXPONENT_DIGITS_MAX) {
      return hugeExponent(text, exponentAt, wholeIsInt);
    }
    return of(new BigDecimal(text), wholeIsInt);
  }

  private static Value hugeExponent(String text, int exponentAt, boolean wholeIsInt) {
    BigDecimal significand = new BigDecimal(text.substring(0, exponentAt));
    if (significand.signum() == 0) {
      return of(significand, wholeIsInt);
    }
    BigInteger exponent =
        new BigInteger(
            text.charAt(exponentAt + 1) == '+'
                ? text.substring(exponentAt + 2)
                : text.substring(exponentAt + 1));
    return exponent.bitLength() < Integer.SIZE / 2
        ? of(significand.scaleByPowerOfTen(exponent.intValue()), wholeIsInt)
        : Undefined.UNDEFINED;
  }

  /** Whole, towards the floor. */
  static Value floor(Value.Num number) {
    return whole(number, RoundingMode.FLOOR);
  }

  static Value whole(Value.Num number, RoundingMode rounding) {
    if (number instanceof Int) {
      return number;
    }
    BigDecimal value = number.decimal();
    if ((long) value.precision() - value.scale() > 2L * PRECISION.getPrecision()) {
      return new Dec(value); // whole already, and far too long for an Int
    }
    return of(value.setScale(0, rounding).toBigInteger());
  }

  /** A whole number as an index: one beyond an {@code int} is out of every range anyhow. */
  static OptionalInt place(Value whole) {
    if (whole instanceof Int number) {
      return OptionalInt.of(number.clampedToInt());
    }
    return whole instanceof Dec far
        ? OptionalInt.of(far.signum() < 0 ? Integer.MIN_VALUE : Integer.MAX_VALUE)
        : OptionalInt.empty();
  }

  static int compare(Value.Num left, Value.Num right) {
    if (left instanceof Int a && right instanceof Int b && a.fitsLong() && b.fitsLong()) {
      return Long.compare(a.asLong(), b.asLong());
    }
    return left.decimal().compareTo(right.decimal());
  }
}
