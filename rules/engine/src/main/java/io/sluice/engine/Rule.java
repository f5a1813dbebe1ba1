package io.sluice.engine;

import io.sluice.sql.SqlVersion;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A topic rule as its author wrote it.
 *
 * @param createdAtMillis when it was created, milliseconds since the epoch
 */
public record Rule(
    String name,
    String sql,
    SqlVersion version,
    String description,
    boolean disabled,
    List<RuleAction> actions,
    @Nullable RuleAction errorAction,
    long createdAtMillis) {

  public Rule {
    actions = List.copyOf(actions);
  }

  Rule withDisabled(boolean nowDisabled) {
    return new Rule(
        name, sql, version, description, nowDisabled, actions, errorAction, createdAtMillis);
  }

  Rule withCreatedAt(long millis) {
    return new Rule(name, sql, version, description, disabled, actions, errorAction, millis);
  }
}
