package io.sluice.gateway;

import io.sluice.engine.Rule;
import io.sluice.engine.RuleRejected;
import io.sluice.engine.RuleTrial;
import io.sluice.message.InvalidTopic;
import io.sluice.message.Origin;
import io.sluice.message.Publication;
import io.sluice.message.PublishProperties;
import io.sluice.message.QoS;
import io.sluice.message.TopicName;
import io.sluice.sql.Evaluation;
import io.sluice.sql.Explanation;
import io.sluice.sql.Lookups;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Runs one rule over one message and tells its author what happened and why. */
final class DryRun {
  private static final String ACCOUNT = "000000000000";

  private DryRun() {}

  /**
   * Prints the output, the clauses of WHERE, what was Undefined, and what the actions would do.
   *
   * @return 0 when the rule fired, 1 when it did not, 2 when the statement is refused
   */
  static int print(
      Rule rule,
      String topic,
      byte[] payload,
      @Nullable String clientId,
      boolean json,
      PrintStream out) {
    io.sluice.engine.DryRun run;
    try {
      run = RuleTrial.run(rule, publication(topic, payload, clientId), ACCOUNT, Lookups.NONE);
    } catch (RuleRejected | InvalidTopic refused) {
      out.println("refused       " + refused.getMessage());
      return 2;
    }
    if (json) {
      out.println(RuleTrial.json(run));
    } else {
      print(run, topic, out);
    }
    return run.fires() ? 0 : 1;
  }

  private static Publication publication(String topic, byte[] payload, @Nullable String clientId) {
    return new Publication(
        TopicName.of(topic),
        payload,
        QoS.AT_LEAST_ONCE,
        false,
        PublishProperties.NONE,
        new Origin(clientId, null, null, Origin.Kind.MQTT, 0),
        System.currentTimeMillis() * 1000);
  }

  private static void print(io.sluice.engine.DryRun run, String topic, PrintStream out) {
    if (!run.covered()) {
      out.printf("not matched   FROM does not cover topic '%s'%n", topic);
      return;
    }
    Explanation explained = run.explanation();
    for (Explanation.Clause clause : explained.clauses()) {
      out.printf(
          "where %s  %s  -> %s%n",
          clause.holds() ? "holds " : "FAILS ", clause.text(), clause.value());
    }
    for (Explanation.Missing missing : explained.undefined()) {
      out.printf(
          "undefined     line %d, column %d: %s%s%n",
          missing.line(),
          missing.column(),
          missing.text(),
          missing.operands().isEmpty() ? "" : " where " + String.join(", ", missing.operands()));
    }
    Evaluation evaluation = explained.evaluation();
    for (Evaluation.Fired fired : evaluation.outputs()) {
      out.println("output        " + new String(fired.bytes(), StandardCharsets.UTF_8));
    }
    if (evaluation.outputs().isEmpty()) {
      out.println(
          evaluation instanceof Evaluation.Failed failed
              ? "failed        " + failed.reason()
              : "not matched");
    }
    for (io.sluice.engine.DryRun.Step step : run.actions()) {
      out.printf(
          "action        %s %s%n",
          step.action(),
          step.failure().isEmpty() ? step.fields() : "would fail: " + step.failure());
    }
  }
}
