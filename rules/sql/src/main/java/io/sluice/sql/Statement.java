package io.sluice.sql;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A whole rule statement.
 *
 * @param foreach of version sluice-1; the select then is what stands behind DO
 * @param from the topic filter, null when the rule is only reached by Basic Ingest
 */
record Statement(
    List<Assignment> assignments,
    @Nullable Foreach foreach,
    Select select,
    @Nullable From from,
    @Nullable Expression where) {
  Statement {
    assignments = List.copyOf(assignments);
  }

  /** {@code @name = expression}. */
  record Assignment(String name, Expression expression, Span span) {}

  /** {@code FOREACH source AS name .. INCASE condition}. */
  record Foreach(Expression source, String name, @Nullable Expression incase) {}

  /** {@code FROM 'filter'}. */
  record From(String filter, Span span) {}
}
