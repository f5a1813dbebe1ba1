package io.sluice.sql;

import java.util.List;

/** An array made by an expression. It holds no Undefined. */
record BuiltArray(List<Value> elements) implements Value.Arr {
  @Override
  public int size() {
    return elements.size();
  }

  @Override
  public Value get(int index) {
    return elements.get(index);
  }

  @Override
  public void writeTo(JsonOut out) {
    out.raw('[');
    for (int i = 0; i < elements.size(); i++) {
      if (i > 0) {
        out.raw(',');
      }
      elements.get(i).writeTo(out);
    }
    out.raw(']');
  }
}
