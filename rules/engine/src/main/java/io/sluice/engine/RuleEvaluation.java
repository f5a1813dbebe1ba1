package io.sluice.engine;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A recent evaluation of a rule, kept in memory for its author. Reasons may quote the payload, so
 * they are shown to whoever may see the rule and are never logged.
 *
 * @param atMillis when it happened, milliseconds since the epoch
 * @param clientId null when it was not published over MQTT
 * @param reasons clauses of WHERE that do not hold, what was Undefined, where actions lead, or why
 *     they failed
 */
public record RuleEvaluation(
    long atMillis, String topic, @Nullable String clientId, Outcome outcome, List<String> reasons) {

  /** What became of the message. */
  public enum Outcome {
    MATCHED,
    NOT_MATCHED,
    EVALUATION_FAILED,
    ACTION_FAILED,
    ERROR_ACTION_FAILED,
    LOOP_CUT,
    DROPPED
  }
}
