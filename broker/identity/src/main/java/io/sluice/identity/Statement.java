package io.sluice.identity;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * One statement of a policy document.
 *
 * @param label what messages call it: {@code statement 2 ('AllowConnect')}, counted from 1
 * @param actions as written
 * @param appliesTo the actions of this gateway they stand for
 */
record Statement(
    String label,
    Effect effect,
    List<String> actions,
    Set<Action> appliesTo,
    List<PolicyText> resources,
    List<Condition> conditions) {

  /** What happens when it matches. */
  enum Effect {
    ALLOW,
    DENY
  }

  Statement {
    actions = List.copyOf(actions);
    EnumSet<Action> copy = EnumSet.noneOf(Action.class);
    copy.addAll(appliesTo);
    appliesTo = java.util.Collections.unmodifiableSet(copy);
    resources = List.copyOf(resources);
    conditions = List.copyOf(conditions);
  }

  @Override
  public String toString() {
    return label;
  }
}
