package io.sluice.sql;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A whole rule statement.
 *
 * @param from the topic filter, null when the rule is only reached by Basic Ingest
 */
record Statement(
    List<Assignment> assignments, Select select, @Nullable From from, @Nullable Expression where) {
  Statement {
    assignments = List.copyOf(assignments);
  }

  /** {@code @name = expression}. */
  record Assignment(String name, Expression expression, Span span) {}

  /** {@code FROM 'filter'}. */
  record From(String filter, Span span) {}
}
