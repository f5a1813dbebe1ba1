package io.sluice.engine;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.message.Publication;
import io.sluice.sql.Evaluation;
import io.sluice.sql.Explanation;
import io.sluice.sql.Lookups;
import io.sluice.sql.SqlVersion;
import io.sluice.store.Clock;
import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.function.Function;

/**
 * Tries a rule over a message without a gateway: nothing is done, counted or kept. Any thread;
 * waits when the statement asks somebody.
 */
public final class RuleTrial {
  /** All digits stay. */
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  private RuleTrial() {}

  private static JsonNode tree(byte[] json) {
    try {
      return JSON.readTree(json);
    } catch (IOException impossible) { // the evaluator writes JSON
      throw new IllegalStateException(impossible);
    }
  }

  /**
   * Runs a rule over one message.
   *
   * @throws RuleRejected when its statement or a template is refused
   */
  public static DryRun run(Rule rule, Publication publication, String accountId, Lookups lookups) {
    return compiled(rule, accountId, lookups, Clock.SYSTEM).apply(publication);
  }

  /**
   * Compiles a rule once, to be run over many messages.
   *
   * @param clock what {@code timestamp()} reads
   * @throws RuleRejected when its statement or a template is refused
   */
  public static Function<Publication, DryRun> compiled(
      Rule rule, String accountId, Lookups lookups, Clock clock) {
    ActiveRule active =
        ActiveRule.of(
            rule,
            new ActionCompiler.Targets(new Nowhere(), topic -> 0, Carrier.TRIAL, lane -> 0),
            new RecentEvaluations());
    RuleRuns runs = new RuleRuns(accountId, lookups, clock);
    return publication -> runs.dryRun(active, publication);
  }

  /**
   * Reads a rule as its file has it: the fields between two lines of {@code ---} and the statement,
   * or a statement alone, which then has no actions.
   *
   * @param version of a statement alone
   * @throws RuleRejected when the file makes no rule
   */
  public static Rule parse(String name, String text, SqlVersion version) {
    return text.startsWith("---")
        ? RuleFile.parse(name, text, 0).inPlace()
        : new Rule(name, text, version, "", false, List.of(), null, 0);
  }

  /** A dry run as JSON, as the HTTP API and {@code rules test --json} answer it. */
  public static ObjectNode json(DryRun run) {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    Evaluation evaluation = run.explanation().evaluation();
    out.put("fires", run.fires());
    out.put("topicCovered", run.covered());
    if (evaluation instanceof Evaluation.Failed failed) {
      out.put("failure", failed.code() + ": " + failed.reason());
    }
    ArrayNode outputs = out.putArray("outputs");
    for (Evaluation.Fired fired : evaluation.outputs()) {
      ObjectNode output = outputs.addObject();
      if (fired instanceof Evaluation.Json) {
        output.put("kind", "json");
        output.set("output", tree(fired.bytes()));
      } else {
        output.put("kind", fired instanceof Evaluation.Empty ? "empty" : "bytes");
        output.put("output", Base64.getEncoder().encodeToString(fired.bytes()));
      }
    }
    ArrayNode where = out.putArray("where");
    for (Explanation.Clause clause : run.explanation().clauses()) {
      where
          .addObject()
          .put("line", clause.line())
          .put("column", clause.column())
          .put("text", clause.text())
          .put("value", clause.value())
          .put("holds", clause.holds());
    }
    ArrayNode undefined = out.putArray("undefined");
    for (Explanation.Missing missing : run.explanation().undefined()) {
      ArrayNode operands =
          undefined
              .addObject()
              .put("line", missing.line())
              .put("column", missing.column())
              .put("text", missing.text())
              .putArray("operands");
      missing.operands().forEach(operands::add);
    }
    ArrayNode actions = out.putArray("actions");
    for (DryRun.Step step : run.actions()) {
      ObjectNode action = actions.addObject().put("action", step.action());
      ObjectNode fields = action.putObject("fields");
      step.fields().forEach(fields::put);
      if (!step.failure().isEmpty()) {
        action.put("failure", step.failure());
      }
    }
    return out;
  }
}
