package io.sluice.sql;

/** {@code = <> < <= > >= IN} by the type tables of the AWS IoT Developer Guide, "Operators". */
final class Comparison {
  private Comparison() {}

  /** Undefined when either side is; values of different types are not equal. */
  static Value equal(Value left, Value right, Frame frame) {
    if (left.isUndefined() || right.isUndefined()) {
      return Undefined.UNDEFINED;
    }
    return Value.of(same(left, right, frame));
  }

  static Value notEqual(Value left, Value right, Frame frame) {
    if (left.isUndefined() || right.isUndefined()) {
      return Undefined.UNDEFINED;
    }
    return Value.of(!same(left, right, frame));
  }

  static boolean same(Value left, Value right, Frame frame) {
    if (left instanceof Text a && right instanceof Text b) {
      return a.sameAs(b);
    }
    if (left instanceof Value.Num a && right instanceof Value.Num b) {
      return Numbers.compare(a, b) == 0;
    }
    if (left instanceof Value.Arr a && right instanceof Value.Arr b) {
      return sameArrays(a, b, frame);
    }
    if (left instanceof Value.Obj a && right instanceof Value.Obj b) {
      return sameObjects(a, b, frame);
    }
    return left == right; // Boolean and Null have one object per value
  }

  private static boolean sameArrays(Value.Arr a, Value.Arr b, Frame frame) {
    int size = a.size();
    frame.spend((long) size * Frame.ELEMENT_COST);
    if (size != b.size()) {
      return false;
    }
    for (int i = 0; i < size; i++) {
      if (!same(a.get(i), b.get(i), frame)) {
        return false;
      }
    }
    return true;
  }

  private static boolean sameObjects(Value.Obj a, Value.Obj b, Frame frame) {
    frame.spend((long) a.size() * Frame.ELEMENT_COST);
    if (a.size() != b.size()) {
      return false;
    }
    boolean[] same = {true};
    a.forEach(
        (key, value) -> {
          if (same[0]) {
            Value other = b.get(key);
            same[0] = !other.isUndefined() && same(value, other, frame);
          }
        });
    return same[0];
  }

  /** Below 0, 0, above 0 like a comparator, or {@link #NONE}. */
  static int order(Value left, Value right) {
    if (left instanceof Value.Num a && right instanceof Value.Num b) {
      return Numbers.compare(a, b);
    }
    return Conversions.toNumber(left, true) instanceof Value.Num a
            && Conversions.toNumber(right, true) instanceof Value.Num b
        ? Numbers.compare(a, b)
        : NONE;
  }

  /** The two cannot be ordered. */
  static final int NONE = Integer.MIN_VALUE;

  static Value in(Value left, Value right, Frame frame) {
    boolean comparable =
        left instanceof Value.Num
            || left instanceof Text
            || left instanceof Value.Arr
            || left instanceof Value.Obj;
    if (!comparable || !(right instanceof Value.Arr array)) {
      return Undefined.UNDEFINED;
    }
    int size = array.size();
    frame.spend((long) size * Frame.ELEMENT_COST);
    for (int i = 0; i < size; i++) {
      if (same(left, array.get(i), frame)) {
        return Bool.TRUE;
      }
    }
    return Bool.FALSE;
  }
}
