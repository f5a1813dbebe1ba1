/**
 * The rules' SQL: AWS IoT SQL from its text to evaluated messages, all pure. A parser of our own in
 * front, a small sealed expression tree, and code compiled from it that reads payloads in place.
 *
 * <p>This room knows no store, no socket and no clock: what statements ask of others comes through
 * {@link io.sluice.sql.Lookups}, time and chance through {@link io.sluice.sql.EvaluationContext}.
 * Read first: {@link io.sluice.sql.RuleSql}, Expression, Value.
 */
@NullMarked
package io.sluice.sql;

import org.jspecify.annotations.NullMarked;
