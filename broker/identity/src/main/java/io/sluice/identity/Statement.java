package io.sluice.identity;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One statement of a policy document.
 *
 * @param position counted from 1, as people count
 * @param sid its own name, if it has one
 * @param actions as written
 * @param appliesTo the actions of this gateway they stand for
 */
record Statement(
    int position,
    @Nullable String sid,
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

  /** {@code statement 2 ('AllowConnect')}. */
  @Override
  public String toString() {
    return "statement " + position + (sid == null ? "" : " ('" + sid + "')");
  }
}
