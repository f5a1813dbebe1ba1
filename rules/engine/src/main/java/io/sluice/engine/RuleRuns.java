package io.sluice.engine;

import io.sluice.message.Origin;
import io.sluice.message.Publication;
import io.sluice.message.PublicationCodec;
import io.sluice.sql.Evaluation;
import io.sluice.sql.EvaluationContext;
import io.sluice.sql.Explanation;
import io.sluice.sql.Lookups;
import io.sluice.sql.MessageContext;
import io.sluice.sql.MessageView;
import io.sluice.store.Clock;
import io.sluice.store.Conveyor;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs rules over one message. Threads: the owner of the message's ingress partition; reads no
 * clock and no random source but what follows from the record, so that a repeat gives the same.
 */
final class RuleRuns {
  private static final Logger LOG = LoggerFactory.getLogger(RuleRuns.class);
  private static final int REASONS_MAX = 10;
  private static final long EXPLAINED_PER_SECOND_MAX = 50; // of all rules: each costs some 50 us

  private final String accountId;
  private final Lookups lookups;
  private final Lookups atHand;
  private final Clock clock;
  private final AtomicLong explained = new AtomicLong(); // second << 16 | how many in it

  RuleRuns(String accountId, Lookups lookups, Clock clock) {
    this.accountId = accountId;
    this.lookups = lookups;
    this.atHand = RecordedLookups.given(lookups, Map.of());
    this.clock = clock;
  }

  /** Runs rules that a logged publication is for. */
  void run(
      Collection<ActiveRule> rules,
      Publication publication,
      byte[] encoded,
      Place place,
      Conveyor.Sink<RuleEffect> sink,
      Lookups answering) {
    long now = clock.millis();
    MessageView view = view(publication, place);
    for (ActiveRule rule : rules) {
      EvaluationContext context = context(rule.name(), publication, place, answering);
      Evaluation result = evaluate(rule, view, context);
      List<CompiledAction.Planned> planned = new ArrayList<>(rule.actions().size());
      int made = 0;
      for (Evaluation.Fired output : result.outputs()) { // several only by FOREACH
        CompiledAction.Run run =
            new CompiledAction.Run(publication, encoded, view, context, output, place, made++);
        for (CompiledAction action : rule.actions()) {
          planned.add(action.plan(run)); // each is independent of the others
        }
      }
      planned.forEach(plan -> sink.effect(plan.target(), plan.effect()));
      sink.effect(place.partition(), new RuleEffect.Count(rule.name(), entry(result)));
      if (result instanceof Evaluation.Failed failed) {
        log(rule, publication, now, failed.reason());
      }
      if (rule.recent().wants(now)) {
        rule.recent().add(sample(rule, result, publication, place, now, planned));
      }
    }
  }

  /** Throws nothing: a mistake of ours in one rule stops neither the others nor the conveyor. */
  private static Evaluation evaluate(ActiveRule rule, MessageView view, EvaluationContext context) {
    try {
      Evaluation result = rule.sql().evaluate(view, context);
      for (Evaluation.Fired output : result.outputs()) {
        output.bytes(); // written here, so that what cannot be written is the rule's failure
      }
      return result;
    } catch (RuntimeException | StackOverflowError ours) {
      return new Evaluation.Failed(
          Evaluation.Failed.Code.TOO_LARGE,
          "the gateway could not evaluate the statement (%s); report it"
              .formatted(ours.getClass().getSimpleName()));
    }
  }

  private static Ledger.Entry entry(Evaluation result) {
    return result instanceof Evaluation.Failed
        ? Ledger.Entry.EVALUATION_FAILED
        : result.outputs().isEmpty() ? Ledger.Entry.NOT_MATCHED : Ledger.Entry.MATCHED;
  }

  private static void log(ActiveRule rule, Publication publication, long now, String reason) {
    long held = rule.recent().mayLog(now);
    if (held >= 0) {
      LOG.info(
          "rule '{}' could not be evaluated on topic '{}': {} ({} more lines were held back)",
          rule.name(),
          publication.topic(),
          reason,
          held);
    }
  }

  /** What happened and why, for the rule's author. */
  private RuleEvaluation sample(
      ActiveRule rule,
      Evaluation result,
      Publication publication,
      Place place,
      long now,
      List<CompiledAction.Planned> planned) {
    List<String> reasons = new ArrayList<>();
    RuleEvaluation.Outcome outcome;
    if (result instanceof Evaluation.Failed failed) {
      outcome = RuleEvaluation.Outcome.EVALUATION_FAILED;
      reasons.add(failed.reason());
    } else if (result instanceof Evaluation.NotMatched) {
      outcome = RuleEvaluation.Outcome.NOT_MATCHED;
      explain(rule, publication, place, now, reasons);
    } else {
      outcome = RuleEvaluation.Outcome.MATCHED;
      planned.forEach(
          plan -> {
            RuleEffect.Attempt attempt = plan.effect().attempt();
            reasons.add(RuleOutcomes.shown(attempt.action() + " to '" + attempt.resource() + "'"));
          });
    }
    return new RuleEvaluation(
        now,
        publication.topic().toString(),
        publication.origin().clientId(),
        outcome,
        List.copyOf(reasons));
  }

  private void explain(
      ActiveRule rule, Publication publication, Place place, long now, List<String> reasons) {
    if (rule.sql().callsOut() || !mayExplain(now)) {
      return;
    }
    try {
      Explanation explanation =
          rule.sql().explain(view(publication, place), context(rule.name(), publication, place));
      reasons.addAll(reasons(explanation));
    } catch (RuntimeException | StackOverflowError ours) { // a sample is worth no message
      reasons.add("no explanation: " + ours.getClass().getSimpleName());
    }
  }

  private boolean mayExplain(long nowMillis) {
    long second = nowMillis / 1000 << 16;
    return explained.updateAndGet(was -> was >> 16 << 16 == second ? was + 1 : second + 1) - second
        <= EXPLAINED_PER_SECOND_MAX;
  }

  private static List<String> reasons(Explanation explanation) {
    List<String> reasons = new ArrayList<>();
    for (Explanation.Clause clause : explanation.clauses()) {
      if (!clause.holds()) {
        reasons.add(
            "line %d, column %d: %s is %s"
                .formatted(clause.line(), clause.column(), clause.text(), clause.value()));
      }
    }
    for (Explanation.Missing missing : explanation.undefined()) {
      reasons.add(
          "line %d, column %d: %s is Undefined%s"
              .formatted(
                  missing.line(),
                  missing.column(),
                  missing.text(),
                  missing.operands().isEmpty()
                      ? ""
                      : " where " + String.join(", ", missing.operands())));
    }
    return reasons.size() > REASONS_MAX ? reasons.subList(0, REASONS_MAX) : reasons;
  }

  /** The message as rules see it. */
  static MessageView view(Publication publication, Place place) {
    Origin origin = publication.origin();
    boolean http = origin.kind() == Origin.Kind.HTTP;
    MessageContext context =
        new MessageContext(
            http ? MessageContext.Protocol.HTTP : MessageContext.Protocol.MQTT,
            origin.clientId(),
            origin.principal(),
            origin.sourceIp(),
            http ? null : place.traceId(publication.stampMicros()),
            publication.properties());
    return new MessageView(publication.topic(), publication.payload(), context);
  }

  /** The world of one evaluation where nobody may wait: what is at hand is answered. */
  EvaluationContext context(String rule, Publication publication, Place place) {
    return context(rule, publication, place, atHand);
  }

  private EvaluationContext context(
      String rule, Publication publication, Place place, Lookups answering) {
    return new EvaluationContext(
        accountId,
        publication.stampMicros() / 1000,
        new SplittableRandom(place.seed(rule, publication.stampMicros())),
        answering);
  }

  /** Runs a rule with nothing done, so that it asks all that it would ask. */
  void rehearse(ActiveRule rule, byte[] encoded, Place place, Lookups asking) {
    Publication publication = PublicationCodec.decode(encoded);
    MessageView view = view(publication, place);
    EvaluationContext context = context(rule.name(), publication, place, asking);
    int made = 0;
    for (Evaluation.Fired output : evaluate(rule, view, context).outputs()) {
      // The sources of chance begin anew for the run that counts, as they do here.
      CompiledAction.Run run =
          new CompiledAction.Run(publication, encoded, view, context, output, place, made++);
      rule.actions().forEach(action -> action.plan(run));
    }
  }

  /** Runs a draft over a message, with nothing done; see {@link RuleBook#dryRun}. */
  DryRun dryRun(ActiveRule rule, Publication publication) {
    Place place = new Place(0, 0);
    Explanation explanation =
        rule.sql()
            .explain(view(publication, place), context(rule.name(), publication, place, lookups));
    boolean covered =
        RuleSet.isBasicIngest(publication.topic()) || rule.sql().covers(publication.topic());
    List<DryRun.Step> steps = new ArrayList<>();
    int made = 0;
    for (Evaluation.Fired output :
        covered ? explanation.evaluation().outputs() : List.<Evaluation.Fired>of()) {
      CompiledAction.Run run =
          new CompiledAction.Run(
              publication,
              new byte[0],
              view(publication, place),
              context(rule.name(), publication, place, lookups),
              output,
              place,
              made++);
      rule.actions().forEach(action -> steps.add(DryRun.Step.of(action.plan(run).effect())));
    }
    return new DryRun(covered, explanation, List.copyOf(steps));
  }
}
