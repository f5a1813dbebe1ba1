package io.sluice.sql;

import java.math.BigDecimal;

/** A decimal number of 34 digits of precision, exact: never a {@code double} in between. */
record Dec(BigDecimal value) implements Value.Num {
  @Override
  public BigDecimal decimal() {
    return value;
  }

  @Override
  public int signum() {
    return value.signum();
  }

  @Override
  public ValueType type() {
    return ValueType.DECIMAL;
  }

  @Override
  public void writeTo(JsonOut out) {
    out.raw(toString());
  }

  /**
   * As BigDecimal, without the plus in the exponent: the dialect's own number syntax refuses it.
   */
  @Override
  public String toString() {
    String text = value.toString();
    int plus = text.indexOf('+');
    return plus < 0 ? text : text.substring(0, plus) + text.substring(plus + 1);
  }
}
