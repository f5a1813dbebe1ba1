package io.sluice.sql;

import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The evaluated arguments of one call, converted as the function asks (AWS IoT Developer Guide,
 * "Functions").
 */
record Args(Value[] values, Frame frame, boolean wholeIsInt) {
  int size() {
    return values.length;
  }

  Value at(int index) {
    return values[index];
  }

  /** A number, also of a text; Null or Undefined when there is none. */
  Value number(int index) {
    return Conversions.toNumber(values[index], wholeIsInt);
  }

  /**
   * A text, also of a number, a Boolean, an array or an object; null when there is none. Its length
   * is paid for. The wide type lets callers test and name it in one pattern: {@code a.text(0)
   * instanceof String s}.
   */
  @Nullable CharSequence text(int index) {
    if (Conversions.toText(values[index]) instanceof Text text) {
      String string = text.toString();
      frame.spend(string.length());
      return string;
    }
    return null;
  }

  /** An Int by the implicit conversion, or something else. */
  Value integer(int index) {
    return Conversions.toInt(values[index]);
  }

  /** A place in a text or an array by the implicit conversion to Int, however far; else empty. */
  OptionalInt place(int index) {
    return Numbers.place(Conversions.toInt(values[index]));
  }

  /** An Int, rounded down, or something else. */
  Value floor(int index) {
    return Conversions.toFloorInt(values[index]);
  }

  /** A text made by the function, paid for. */
  Value text(String result) {
    frame.spend(result.length());
    return new Text(result);
  }
}
