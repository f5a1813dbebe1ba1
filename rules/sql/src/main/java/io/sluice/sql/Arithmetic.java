package io.sluice.sql;

import java.math.BigDecimal;
import java.math.BigInteger;

/**
 * {@code + - * / %} by the type tables of the AWS IoT Developer Guide, "Operators": Int with Int
 * exact, with a Decimal to 34 digits; texts become Decimals, except that {@code +} joins as soon as
 * one side is a String.
 *
 * @param wholeIsInt whether a whole Decimal is an Int
 */
record Arithmetic(boolean wholeIsInt, IntDivision intDivision) {
  Value add(Value left, Value right, Frame frame) {
    if (left instanceof Value.Num a && right instanceof Value.Num b) {
      if (a instanceof Int x && b instanceof Int y) {
        return addInts(x, y);
      }
      return Numbers.of(a.decimal().add(b.decimal(), Numbers.PRECISION), wholeIsInt);
    }
    if (left instanceof Text || right instanceof Text) {
      Value a = Conversions.toText(left);
      Value b = Conversions.toText(right);
      if (a instanceof Text x && b instanceof Text y) {
        String joined = x.toString().concat(y.toString());
        frame.spend(joined.length());
        return new Text(joined);
      }
    }
    return Undefined.UNDEFINED;
  }

  Value subtract(Value left, Value right) {
    return number(left) instanceof Value.Num a && number(right) instanceof Value.Num b
        ? a instanceof Int x && b instanceof Int y
            ? subtractInts(x, y)
            : decimal(a.decimal().subtract(b.decimal(), Numbers.PRECISION))
        : Undefined.UNDEFINED;
  }

  Value multiply(Value left, Value right) {
    return number(left) instanceof Value.Num a && number(right) instanceof Value.Num b
        ? a instanceof Int x && b instanceof Int y
            ? multiplyInts(x, y)
            : decimal(a.decimal().multiply(b.decimal(), Numbers.PRECISION))
        : Undefined.UNDEFINED;
  }

  /** Division by zero has no value. */
  Value divide(Value left, Value right) {
    if (!(number(left) instanceof Value.Num a && number(right) instanceof Value.Num b)
        || b.signum() == 0) {
      return Undefined.UNDEFINED;
    }
    if (a instanceof Int x && b instanceof Int y) {
      BigInteger[] quotient = x.integer().divideAndRemainder(y.integer());
      if (quotient[1].signum() == 0 || intDivision == IntDivision.INT) {
        return Numbers.of(quotient[0]);
      }
    }
    return decimal(a.decimal().divide(b.decimal(), Numbers.PRECISION));
  }

  /** The remainder has the sign of the dividend. */
  Value remainder(Value left, Value right) {
    if (!(number(left) instanceof Value.Num a && number(right) instanceof Value.Num b)
        || b.signum() == 0) {
      return Undefined.UNDEFINED;
    }
    if (a instanceof Int x && b instanceof Int y) {
      return x.fitsLong() && y.fitsLong()
          ? Int.of(x.asLong() % y.asLong())
          : Numbers.of(x.integer().remainder(y.integer()));
    }
    return decimal(a.decimal().remainder(b.decimal()));
  }

  Value negate(Value operand) {
    return number(operand) instanceof Value.Num a
        ? a instanceof Int x ? Numbers.of(x.integer().negate()) : decimal(a.decimal().negate())
        : Undefined.UNDEFINED;
  }

  private Value number(Value value) {
    return value instanceof Value.Num ? value : Conversions.toNumber(value, wholeIsInt);
  }

  private Value decimal(BigDecimal value) {
    return Numbers.of(value, wholeIsInt);
  }

  private static Value addInts(Int x, Int y) {
    if (x.fitsLong() && y.fitsLong()) {
      long sum = x.asLong() + y.asLong();
      if (((x.asLong() ^ sum) & (y.asLong() ^ sum)) >= 0) { // no overflow
        return Int.of(sum);
      }
    }
    return Numbers.of(x.integer().add(y.integer()));
  }

  private static Value subtractInts(Int x, Int y) {
    if (x.fitsLong() && y.fitsLong()) {
      long difference = x.asLong() - y.asLong();
      if (((x.asLong() ^ y.asLong()) & (x.asLong() ^ difference)) >= 0) { // no overflow
        return Int.of(difference);
      }
    }
    return Numbers.of(x.integer().subtract(y.integer()));
  }

  private static Value multiplyInts(Int x, Int y) {
    if (x.fitsLong() && y.fitsLong()) {
      long high = Math.multiplyHigh(x.asLong(), y.asLong());
      long low = x.asLong() * y.asLong();
      if (high == 0 && low >= 0 || high == -1 && low < 0) {
        return Int.of(low);
      }
    }
    return Numbers.of(x.integer().multiply(y.integer()));
  }
}
