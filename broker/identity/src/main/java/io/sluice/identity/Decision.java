package io.sluice.identity;

import org.jspecify.annotations.Nullable;

/**
 * What the policies say about one action on one resource, and by which statement.
 *
 * @param policyName of the policy that decided; null when none did
 * @param statement which of its statements; null when none did
 * @param resource the statement's resource after substitution; null when none decided
 */
public record Decision(
    Outcome outcome,
    Action action,
    @Nullable String policyName,
    @Nullable String statement,
    @Nullable String resource) {

  /** As {@code TestAuthorization} names it. */
  public enum Outcome {
    ALLOWED,
    EXPLICIT_DENY,
    /** No statement allows it. */
    IMPLICIT_DENY
  }

  public boolean isAllowed() {
    return outcome == Outcome.ALLOWED;
  }
}
