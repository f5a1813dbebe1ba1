package io.sluice.sql;

import java.util.random.RandomGenerator;

/**
 * The world an evaluation sees: it reads no clock and no random source of its own, so the same
 * context gives the same result.
 *
 * @param accountId of the rule's owner, 12 digits
 * @param timestampMs what {@code timestamp()} answers, milliseconds since 1970
 * @param random feeds {@code rand()} and {@code newuuid()}; used on the evaluating thread only
 */
public record EvaluationContext(
    String accountId, long timestampMs, RandomGenerator random, Lookups lookups) {}
