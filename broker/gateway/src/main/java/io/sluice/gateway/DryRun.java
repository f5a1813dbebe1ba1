package io.sluice.gateway;

import io.sluice.message.TopicName;
import io.sluice.sql.CompiledRule;
import io.sluice.sql.Evaluation;
import io.sluice.sql.EvaluationContext;
import io.sluice.sql.Explanation;
import io.sluice.sql.Lookups;
import io.sluice.sql.MessageContext;
import io.sluice.sql.MessageView;
import io.sluice.sql.RuleSql;
import io.sluice.sql.SqlRejected;
import io.sluice.sql.SqlVersion;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;

/** Runs one statement over one message and tells a rule author what happened and why. */
final class DryRun {
  private DryRun() {}

  /**
   * Prints the output, the clauses of WHERE and what was Undefined.
   *
   * @return 0 when the rule fired, 1 when it did not, 2 when the statement is refused
   */
  static int print(String sql, String version, String topic, String payload, PrintStream out) {
    CompiledRule rule;
    try {
      SqlVersion known =
          SqlVersion.of(version)
              .orElseThrow(
                  () ->
                      new GatewayConfig.ConfigRefused(
                          "unknown SQL version '%s'; use one of %s"
                              .formatted(version, SqlVersion.names())));
      rule = RuleSql.compile(sql, known);
    } catch (SqlRejected refused) {
      out.println("refused       " + refused.getMessage());
      return 2;
    }
    TopicName name = TopicName.of(topic);
    if (!rule.from().isEmpty() && !rule.covers(name)) {
      out.printf("not matched   FROM '%s' does not cover topic '%s'%n", rule.from().get(), topic);
      return 1;
    }
    long now = System.currentTimeMillis();
    MessageView message =
        new MessageView(name, payload.getBytes(StandardCharsets.UTF_8), MessageContext.UNKNOWN);
    Explanation explained =
        rule.explain(
            message,
            new EvaluationContext("000000000000", now, new SplittableRandom(now), Lookups.NONE));
    explained
        .clauses()
        .forEach(
            clause ->
                out.printf(
                    "where %s  %s  -> %s%n",
                    clause.holds() ? "holds " : "FAILS ", clause.text(), clause.value()));
    explained
        .undefined()
        .forEach(
            missing ->
                out.printf(
                    "undefined     line %d, column %d: %s %s%n",
                    missing.line(),
                    missing.column(),
                    missing.text(),
                    missing.operands().isEmpty() ? "" : missing.operands()));
    Evaluation evaluation = explained.evaluation();
    if (evaluation instanceof Evaluation.Fired fired) {
      out.println("output        " + new String(fired.bytes(), StandardCharsets.UTF_8));
      return 0;
    }
    out.println(
        evaluation instanceof Evaluation.Failed failed
            ? "failed        " + failed.reason()
            : "not matched");
    return 1;
  }
}
