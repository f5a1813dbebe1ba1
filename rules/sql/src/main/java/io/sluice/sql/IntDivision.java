package io.sluice.sql;

/**
 * What {@code Int / Int} gives when it does not come out even: the pages of AWS contradict each
 * other.
 */
public enum IntDivision {
  /** The quotient to 34 digits, as the page on SET shows it. */
  DECIMAL,
  /** The whole part, as the table of operators says. */
  INT
}
