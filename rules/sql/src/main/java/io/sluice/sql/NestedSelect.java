package io.sluice.sql;

import java.util.ArrayList;
import java.util.List;

/**
 * A nested SELECT: over an Array it gives an Array of what survives, over an Object one value, over
 * anything else Undefined.
 */
record NestedSelect(Code from, int depth, Condition where, Code select) {
  Value run(Frame frame) {
    Value source = from.run(frame);
    if (source instanceof Value.Arr array) {
      int size = array.size();
      frame.spend((long) size * Frame.ELEMENT_COST);
      List<Value> results = new ArrayList<>(size);
      for (int i = 0; i < size; i++) {
        Value result = over(array.get(i), frame);
        if (!result.isUndefined()) {
          results.add(result);
        }
      }
      return new BuiltArray(results);
    }
    return source instanceof Value.Obj ? over(source, frame) : Undefined.UNDEFINED;
  }

  /** Whether {@link #run} would give at least one element; stops at the first. */
  Value exists(Frame frame) {
    Value source = from.run(frame);
    if (source instanceof Value.Arr array) {
      int size = array.size();
      for (int i = 0; i < size; i++) {
        frame.spend(Frame.ELEMENT_COST);
        if (!over(array.get(i), frame).isUndefined()) {
          return Bool.TRUE;
        }
      }
      return Bool.FALSE;
    }
    return Value.of(source instanceof Value.Obj && !over(source, frame).isUndefined());
  }

  private Value over(Value element, Frame frame) {
    frame.element(depth, element);
    return where.holds(frame) ? select.run(frame) : Undefined.UNDEFINED;
  }
}
