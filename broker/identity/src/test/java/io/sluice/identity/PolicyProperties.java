package io.sluice.identity;

import static io.sluice.identity.World.policy;
import static io.sluice.identity.World.statement;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** The laws of evaluation. */
class PolicyProperties {

  record Line(boolean allow, String action, String resource) {
    String json() {
      return statement(allow ? "Allow" : "Deny", action, resource);
    }

    boolean matches(Action asked, String name) {
      boolean thisAction = action.equals("iot:*") || action.equals(asked.policyName());
      String wanted = resource.equals("*") ? "*" : "arn:aws:iot:local:000000000000:" + resource;
      String regex = wanted.replace("*", ".*");
      return thisAction && Arns.DEFAULT.resource(asked, name).matches(regex);
    }
  }

  private static CompiledPolicies compile(List<Line> lines) {
    List<CompiledPolicies.Applied> policies = new ArrayList<>();
    for (Line line : lines) { // each in a policy of its own: where they stand must not matter
      policies.add(new CompiledPolicies.Applied("p", PolicyDocument.parse(policy(line.json()))));
    }
    return CompiledPolicies.compile(
        policies,
        new PolicyVariables(
            ConnectionContext.mqtt("c", null), null, null, null, Arns.DEFAULT, () -> 0));
  }

  @Property(tries = 1000)
  void denyOverridesAndNothingIsAllowedByDefault(
      @ForAll("lines") List<Line> lines,
      @ForAll("actions") Action action,
      @ForAll("names") String name) {
    boolean denied = lines.stream().anyMatch(l -> !l.allow() && l.matches(action, name));
    boolean allowed = lines.stream().anyMatch(l -> l.allow() && l.matches(action, name));
    Decision.Outcome expected =
        denied
            ? Decision.Outcome.EXPLICIT_DENY
            : allowed ? Decision.Outcome.ALLOWED : Decision.Outcome.IMPLICIT_DENY;
    assertThat(compile(lines).decide(action, name).outcome()).isEqualTo(expected);
  }

  @Property(tries = 300)
  void theExplanationSaysWhatTheDecisionSays(
      @ForAll("lines") List<Line> lines,
      @ForAll("actions") Action action,
      @ForAll("names") String name) {
    CompiledPolicies compiled = compile(lines);
    Explanation explanation = Explanation.of(compiled, action, name);
    assertThat(explanation.decision()).isEqualTo(compiled.decide(action, name));
    assertThat(explanation.hints().isEmpty()).isEqualTo(explanation.decision().isAllowed());
  }

  @Provide
  Arbitrary<List<Line>> lines() {
    Arbitrary<String> resources =
        Arbitraries.of("topic/", "topicfilter/", "client/", "t*/", "*")
            .flatMap(
                kind ->
                    Arbitraries.of("a", "b", "a/*", "*b", "*")
                        .map(rest -> kind.equals("*") ? "*" : kind + rest));
    return Combinators.combine(
            Arbitraries.of(true, true, false),
            Arbitraries.of("iot:Publish", "iot:Subscribe", "iot:*"),
            resources)
        .as(Line::new)
        .list()
        .ofMaxSize(5);
  }

  @Provide
  Arbitrary<Action> actions() {
    return Arbitraries.of(Action.PUBLISH, Action.SUBSCRIBE, Action.CONNECT);
  }

  @Provide
  Arbitrary<String> names() {
    return Arbitraries.of("a", "b", "a/b", "ab", "a/", "c");
  }
}
