package io.sluice.engine;

import org.jspecify.annotations.Nullable;

/**
 * A rule's place among the others, the same for all its versions: a message asks it once, so no
 * message is seen by two versions, or by none. Changed on the owner of the rules, read anywhere.
 */
final class RuleSlot {
  final RecentEvaluations recent;
  private volatile State state;

  /**
   * @param active null for a rule that cannot run
   * @param problem why it cannot; else empty
   */
  record State(Rule rule, @Nullable ActiveRule active, String problem) {}

  RuleSlot(State state, RecentEvaluations recent) {
    this.state = state;
    this.recent = recent;
  }

  State state() {
    return state;
  }

  void set(State next) {
    state = next;
  }

  /** The version in force; null when the rule is disabled or cannot run. Hot path. */
  @Nullable ActiveRule running() {
    State now = state;
    return now.rule().disabled() ? null : now.active();
  }
}
