package io.sluice.sql;

/** The absence of a value: a missing key, a failed conversion. Left out of objects and arrays. */
enum Undefined implements Value {
  UNDEFINED;

  @Override
  public ValueType type() {
    return ValueType.UNDEFINED;
  }

  @Override
  public void writeTo(JsonOut out) {
    throw new IllegalStateException("Undefined has no JSON form");
  }
}
