package io.sluice.sql;

/**
 * Where a piece of the statement stands in the author's text, in characters from 0; the end is
 * exclusive.
 */
record Span(int start, int end) {
  Span to(Span last) {
    return new Span(start, last.end);
  }

  boolean holds(Span other) {
    return start <= other.start && other.end <= end && !equals(other);
  }
}
