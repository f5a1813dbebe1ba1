package io.sluice.sql;

/** A Boolean; there are two. */
enum Bool implements Value {
  FALSE("false"),
  TRUE("true");

  private final String json;

  Bool(String json) {
    this.json = json;
  }

  @Override
  public ValueType type() {
    return ValueType.BOOLEAN;
  }

  @Override
  public void writeTo(JsonOut out) {
    out.raw(json);
  }

  @Override
  public String toString() {
    return json;
  }
}
