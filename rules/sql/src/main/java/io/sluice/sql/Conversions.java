package io.sluice.sql;

import java.math.RoundingMode;

/**
 * What a value becomes when an operator or a function wants another type (AWS IoT Developer Guide,
 * "Conversions").
 */
final class Conversions {
  private Conversions() {}

  /** An Int or a Decimal; Null stays Null; Undefined where there is no number. */
  static Value toNumber(Value value, boolean wholeIsInt) {
    return switch (value.type()) {
      case INT, DECIMAL, NULL -> value;
      case STRING -> parse(value.toString(), wholeIsInt);
      case BOOLEAN, ARRAY, OBJECT, UNDEFINED, BYTES -> Undefined.UNDEFINED;
    };
  }

  /** An Int: a Decimal is rounded to the nearest, a String's fraction is cut; Null stays Null. */
  static Value toInt(Value value) {
    return switch (value.type()) {
      case INT, NULL -> value;
      case DECIMAL -> Numbers.whole((Dec) value, RoundingMode.HALF_UP);
      case STRING ->
          toNumber(value, true) instanceof Value.Num number
              ? Numbers.whole(number, RoundingMode.DOWN)
              : Undefined.UNDEFINED;
      case BOOLEAN, ARRAY, OBJECT, UNDEFINED, BYTES -> Undefined.UNDEFINED;
    };
  }

  /**
   * An Int towards the floor, for the functions whose tables say "rounded down"; Null is no number
   * here.
   */
  static Value toFloorInt(Value value) {
    return toNumber(value, true) instanceof Value.Num number
        ? Numbers.floor(number)
        : Undefined.UNDEFINED;
  }

  /** A Boolean, also of the texts "true" and "false" in any case. */
  static Value toBoolean(Value value) {
    if (value instanceof Bool) {
      return value;
    }
    if (value instanceof Text text) {
      String word = text.toString();
      return word.equalsIgnoreCase("true")
          ? Bool.TRUE
          : word.equalsIgnoreCase("false") ? Bool.FALSE : Undefined.UNDEFINED;
    }
    return Undefined.UNDEFINED;
  }

  /** A String; arrays and objects as compact JSON; Undefined for Null and Undefined. */
  static Value toText(Value value) {
    return switch (value.type()) {
      case STRING -> value;
      case BOOLEAN, INT, DECIMAL -> new Text(value.toString());
      case ARRAY, OBJECT -> new Text(json(value));
      case NULL, UNDEFINED, BYTES -> Undefined.UNDEFINED;
    };
  }

  static String json(Value value) {
    JsonOut out = new JsonOut(256);
    value.writeTo(out);
    return out.toString();
  }

  /** {@code ^-?\d+(\.\d+)?((?i)E-?\d+)?$}: no spaces, no plus, no bare point. */
  private static Value parse(String text, boolean wholeIsInt) {
    int p = text.startsWith("-") ? 1 : 0;
    int digits = digits(text, p);
    if (digits == p) {
      return Undefined.UNDEFINED;
    }
    p = digits;
    if (p < text.length() && text.charAt(p) == '.') {
      digits = digits(text, p + 1);
      if (digits == p + 1) {
        return Undefined.UNDEFINED;
      }
      p = digits;
    }
    if (p < text.length() && (text.charAt(p) == 'e' || text.charAt(p) == 'E')) {
      int from = p + 1 < text.length() && text.charAt(p + 1) == '-' ? p + 2 : p + 1;
      p = digits(text, from);
      if (p == from) {
        return Undefined.UNDEFINED;
      }
    }
    return p == text.length() ? Numbers.parse(text, wholeIsInt) : Undefined.UNDEFINED;
  }

  private static int digits(String text, int from) {
    int p = from;
    while (p < text.length() && text.charAt(p) >= '0' && text.charAt(p) <= '9') {
      p++;
    }
    return p;
  }
}
