package io.sluice.identity;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Why something was allowed or denied, for a person.
 *
 * @param resource the full resource that was asked about
 * @param sentence what decided
 * @param hints what would have to change; empty when it was allowed
 * @param missingVariables variables of the policies that have no value for this connection
 */
public record Explanation(
    Decision decision,
    String resource,
    String sentence,
    List<String> hints,
    Set<String> missingVariables) {
  private static final int HINTS_MAX = 20;

  public Explanation {
    hints = List.copyOf(hints);
    missingVariables = java.util.Collections.unmodifiableSet(new LinkedHashSet<>(missingVariables));
  }

  /** Decides again, slowly, and looks at every statement that came near. */
  static Explanation of(CompiledPolicies compiled, Action action, String name) {
    Decision decision = compiled.decide(action, name);
    PolicyVariables variables = compiled.variables();
    String resource = variables.arns().resource(action, name);
    Set<String> missing = new LinkedHashSet<>();
    List<String> hints = new ArrayList<>();
    for (CompiledPolicies.Applied policy : compiled.policies()) {
      for (Statement statement : policy.document().statements()) {
        statement.resources().stream()
            .flatMap(text -> text.variables().stream())
            .filter(variable -> variables.substitute(variable, action, statement.effect()) == null)
            .forEach(missing::add);
        if (decision.outcome() == Decision.Outcome.IMPLICIT_DENY
            && statement.effect() == Statement.Effect.ALLOW
            && hints.size() < HINTS_MAX) {
          String where = "policy '%s', %s: ".formatted(policy.name(), statement);
          hint(statement, variables, action, name, resource)
              .forEach(hint -> hints.add(where + hint));
        }
      }
    }
    switch (decision.outcome()) {
      case ALLOWED -> {}
      case EXPLICIT_DENY -> hints.add("remove or narrow that Deny; no Allow can override it");
      case IMPLICIT_DENY ->
          hints.add(
              compiled.policies().isEmpty()
                  ? "no policy is attached to the certificate; attach one with AttachPolicy"
                  : "%sallow it: {\"Effect\":\"Allow\",\"Action\":\"%s\",\"Resource\":\"%s\"}"
                      .formatted(hints.isEmpty() ? "" : "or ", action, resource));
    }
    return new Explanation(decision, resource, sentence(decision, resource), hints, missing);
  }

  Explanation withHint(String first) {
    List<String> more = new ArrayList<>(List.of(first));
    more.addAll(hints);
    return new Explanation(decision, resource, sentence, more, missingVariables);
  }

  private static String sentence(Decision decision, String resource) {
    if (decision.outcome() == Decision.Outcome.IMPLICIT_DENY) {
      return "%s on %s is denied: no statement allows it".formatted(decision.action(), resource);
    }
    return "%s on %s is %s by policy '%s', %s, whose resource after substitution is %s"
        .formatted(
            decision.action(),
            resource,
            decision.isAllowed() ? "allowed" : "denied",
            decision.policyName(),
            decision.statement(),
            decision.resource());
  }

  /** How far an Allow was from allowing it. */
  private static List<String> hint(
      Statement statement, PolicyVariables variables, Action action, String name, String resource) {
    List<String> hints = new ArrayList<>();
    boolean namesAction = statement.appliesTo().contains(action);
    boolean matches = false;
    for (PolicyText text : statement.resources()) {
      Glob glob = text.glob(variable -> variables.substitute(variable, action, statement.effect()));
      if (glob == null) {
        if (namesAction) {
          text.variables().stream()
              .filter(
                  variable -> variables.substitute(variable, action, statement.effect()) == null)
              .forEach(
                  variable ->
                      hints.add(
                          "resource '%s' is out, for ${%s} has no value: %s"
                              .formatted(text, variable, variables.whyMissing(variable))));
        }
      } else if (glob.matches(resource)) {
        matches = true;
      } else if (namesAction) {
        hints.add(nearMiss(glob, variables.arns(), action, name));
      }
    }
    if (matches && !namesAction) {
      return List.of(
          "grants %s on it, not %s; add the action".formatted(statement.actions(), action));
    }
    if (!matches) {
      return hints;
    }
    return statement.conditions().stream()
        .filter(condition -> !condition.isMet(variables))
        .map(
            condition ->
                "condition %s is not met: this connection has %s"
                    .formatted(condition, variables.all(condition.key())))
        .toList();
  }

  private static String nearMiss(Glob glob, Arns arns, Action action, String name) {
    String pattern = glob.toString();
    if (action == Action.SUBSCRIBE && glob.matches(arns.resource(Action.PUBLISH, name))) {
      return "resource '%s' says topic/, but %s is asked about topicfilter/"
          .formatted(pattern, action);
    }
    if (action != Action.SUBSCRIBE && glob.matches(arns.resource(Action.SUBSCRIBE, name))) {
      return "resource '%s' says topicfilter/, but %s is asked about %s"
          .formatted(pattern, action, action.resourceKind());
    }
    if (pattern.indexOf('#') >= 0 || pattern.indexOf('+') >= 0) {
      return "resource '%s' after substitution does not match: '#' and '+' are ordinary characters in policies; write '*'"
          .formatted(pattern);
    }
    return "resource '%s' after substitution does not match".formatted(pattern);
  }
}
