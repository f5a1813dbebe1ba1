package io.sluice.identity;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * All policies of one connection, its variables filled in, sorted by action. Deny overrides; what
 * nothing allows is denied. Deciding allocates nothing. Immutable; any thread. A hot path: see
 * {@code DecideBenchmark}.
 */
final class CompiledPolicies {

  /** A policy that applies. */
  record Applied(String name, PolicyDocument document) {}

  /**
   * @param rest the resource's pattern behind the action's fixed start
   * @param ofTheMoment conditions to ask each time; the others were met when this was compiled
   */
  private record Rule(Glob rest, List<Condition> ofTheMoment, Decision decision) {}

  /** One action's. Shared by all connections where there are none. */
  private static final class Rules {
    private static final Rule[] NO_RULES = {};
    private static final Map<Action, Rules> NONE = new EnumMap<>(Action.class);

    static {
      for (Action action : Action.values()) {
        NONE.put(action, new Rules(action));
      }
    }

    final Decision otherwise;
    Rule[] denies = NO_RULES;
    Rule[] allows = NO_RULES;

    Rules(Action action) {
      this.otherwise = new Decision(Decision.Outcome.IMPLICIT_DENY, action, null, null, null);
    }
  }

  private final List<Applied> policies;
  private final PolicyVariables variables;
  private final EnumMap<Action, Rules> rules = new EnumMap<>(Rules.NONE);

  private CompiledPolicies(List<Applied> policies, PolicyVariables variables) {
    this.policies = List.copyOf(policies);
    this.variables = variables;
  }

  static CompiledPolicies compile(List<Applied> policies, PolicyVariables variables) {
    CompiledPolicies compiled = new CompiledPolicies(policies, variables);
    Map<Action, List<Rule>> denies = new EnumMap<>(Action.class);
    Map<Action, List<Rule>> allows = new EnumMap<>(Action.class);
    for (Applied policy : policies) {
      for (Statement statement : policy.document().statements()) {
        compile(
            policy.name(),
            statement,
            variables,
            statement.effect() == Statement.Effect.DENY ? denies : allows);
      }
    }
    denies.forEach((action, list) -> compiled.own(action).denies = list.toArray(new Rule[0]));
    allows.forEach((action, list) -> compiled.own(action).allows = list.toArray(new Rule[0]));
    return compiled;
  }

  private static void compile(
      String policy,
      Statement statement,
      PolicyVariables variables,
      Map<Action, List<Rule>> target) {
    List<Condition> ofTheMoment = new ArrayList<>();
    for (Condition condition : statement.conditions()) {
      if (condition.isOfTheMoment()) {
        ofTheMoment.add(condition);
      } else if (!condition.isMet(variables)) {
        return;
      }
    }
    for (PolicyText resource : statement.resources()) {
      for (Action action : statement.appliesTo()) {
        Glob glob = resource.glob(name -> variables.substitute(name, action, statement.effect()));
        if (glob == null) {
          continue; // a variable without a value: matches nothing, also in a Deny
        }
        Decision decision =
            new Decision(
                statement.effect() == Statement.Effect.DENY
                    ? Decision.Outcome.EXPLICIT_DENY
                    : Decision.Outcome.ALLOWED,
                action,
                policy,
                statement.label(),
                glob.toString());
        for (Glob rest : glob.after(variables.arns().prefix(action))) {
          target
              .computeIfAbsent(action, a -> new ArrayList<>())
              .add(new Rule(rest, ofTheMoment, decision));
        }
      }
    }
  }

  private Rules own(Action action) {
    Rules known = rules(action);
    if (known != Rules.NONE.get(action)) {
      return known;
    }
    Rules own = new Rules(action);
    rules.put(action, own);
    return own;
  }

  private Rules rules(Action action) {
    return Objects.requireNonNull(rules.get(action));
  }

  Decision decide(Action action, String name) {
    Rules ofAction = rules(action);
    Decision decision = first(ofAction.denies, name);
    if (decision == null) {
      decision = first(ofAction.allows, name);
    }
    return decision == null ? ofAction.otherwise : decision;
  }

  private @Nullable Decision first(Rule[] candidates, String name) {
    for (Rule rule : candidates) {
      if (rule.rest.matches(name) && (rule.ofTheMoment.isEmpty() || isMet(rule.ofTheMoment))) {
        return rule.decision;
      }
    }
    return null;
  }

  private boolean isMet(List<Condition> conditions) {
    for (Condition condition : conditions) {
      if (!condition.isMet(variables)) {
        return false;
      }
    }
    return true;
  }

  List<Applied> policies() {
    return policies;
  }

  PolicyVariables variables() {
    return variables;
  }
}
