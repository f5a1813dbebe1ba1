package io.sluice.sql;

/** JSON's null: a value, unlike {@link Undefined}. */
enum Null implements Value {
  NULL;

  @Override
  public ValueType type() {
    return ValueType.NULL;
  }

  @Override
  public void writeTo(JsonOut out) {
    out.raw("null");
  }
}
