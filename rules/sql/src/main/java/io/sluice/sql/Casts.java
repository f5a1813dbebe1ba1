package io.sluice.sql;

import java.math.RoundingMode;

/**
 * {@code cast(x AS type)} (AWS IoT Developer Guide, "Functions"): like the implicit conversions,
 * and Booleans and numbers too.
 */
final class Casts {
  private Casts() {}

  static Value cast(Value value, CastType type, boolean wholeIsInt) {
    if (value == Null.NULL) {
      return Undefined.UNDEFINED;
    }
    return switch (type) {
      case STRING -> Conversions.toText(value);
      case INT ->
          number(value, wholeIsInt) instanceof Value.Num number
              ? Numbers.whole(number, RoundingMode.FLOOR)
              : Undefined.UNDEFINED;
      case DECIMAL -> decimal(number(value, wholeIsInt), wholeIsInt);
      case DOUBLE ->
          number(value, wholeIsInt) instanceof Value.Num number
              ? decimal(Numbers.of(number.decimal().doubleValue(), wholeIsInt), wholeIsInt)
              : Undefined.UNDEFINED;
      case BOOLEAN ->
          value instanceof Value.Num number
              ? Value.of(number.signum() != 0)
              : Conversions.toBoolean(value);
    };
  }

  private static Value number(Value value, boolean wholeIsInt) {
    return value instanceof Bool
        ? Int.of(value == Bool.TRUE ? 1 : 0)
        : Conversions.toNumber(value, wholeIsInt);
  }

  /** From version 2016-03-23 on a whole Decimal is an Int anyhow. */
  private static Value decimal(Value value, boolean wholeIsInt) {
    return value instanceof Int number && !wholeIsInt ? new Dec(number.decimal()) : value;
  }
}
