package io.sluice.engine;

/**
 * What waits for one action, for the operator.
 *
 * @param action its place in the rule and its key, as in {@code 0/http}
 * @param oldestMillis when the oldest that waits was put in, milliseconds since the epoch; 0 for
 *     none
 * @param calls calls under way
 * @param circuitOpen whether the destination failed so often in a row that it is tried seldom
 * @param lastError of the last try that failed; empty when none did since the start
 * @param lastErrorMillis when; 0 for never
 */
public record OutboxLaneView(
    String rule,
    String action,
    long messages,
    long bytes,
    long oldestMillis,
    int calls,
    boolean circuitOpen,
    String lastError,
    long lastErrorMillis) {}
