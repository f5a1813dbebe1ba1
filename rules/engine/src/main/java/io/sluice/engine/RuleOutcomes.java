package io.sluice.engine;

import io.sluice.message.Publication;
import io.sluice.message.PublicationCodec;
import io.sluice.sql.Evaluation;
import io.sluice.sql.Variables;
import io.sluice.store.Conveyor;
import io.sluice.store.LogRecord;
import io.sluice.store.StoreFailed;
import io.sluice.store.Turn;
import java.util.List;
import java.util.function.LongUnaryOperator;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does what actions planned, each within a turn of its target, counts it in the same record, and
 * sends failures on to the rule's error action by a log of their own.
 *
 * <p>Source: AWS IoT Developer Guide, "Error handling (error action)". Unlike there each failed
 * action is a run of the error action, with one entry in {@code failures}: the actions of a message
 * end on different partitions at different times, and waiting for the last would need them to meet.
 */
final class RuleOutcomes {
  private static final Logger LOG = LoggerFactory.getLogger(RuleOutcomes.class);
  private static final int SHOWN_MAX = 400;

  private final RuleSet rules;
  private final RuleRuns runs;
  private final Destinations destinations;
  private final Ledger ledger;
  private final String ingressLog;
  private final String errorLog;
  private final LongUnaryOperator stamps;
  private final RuleCounters counters;

  RuleOutcomes(
      RuleSet rules,
      RuleRuns runs,
      Destinations destinations,
      Ledger ledger,
      String ingressLog,
      String errorLog,
      LongUnaryOperator stamps,
      RuleCounters counters) {
    this.rules = rules;
    this.runs = runs;
    this.destinations = destinations;
    this.ledger = ledger;
    this.ingressLog = ingressLog;
    this.errorLog = errorLog;
    this.stamps = stamps;
    this.counters = counters;
  }

  /** Does one effect. Owner of the turn's partition. */
  void apply(Turn turn, RuleEffect effect) {
    if (effect instanceof RuleEffect.Count count) {
      ledger.count(turn, count.rule(), Ledger.RULE_ITSELF, count.entry());
    } else if (effect instanceof RuleEffect.LoopCut cut) {
      cut(turn, cut.attempt());
    } else if (effect instanceof RuleEffect.Failed failed) {
      failed(turn, failed.attempt(), failed.message());
    } else if (effect instanceof RuleEffect.Send send) {
      tried(turn, send, () -> destinations.send(turn, send.queue(), send.body(), send.messageId()));
    } else if (effect instanceof RuleEffect.Put put) {
      tried(turn, put, () -> destinations.put(turn, put.stream(), put.partitionKey(), put.data()));
    } else if (effect instanceof RuleEffect.Deliver deliver) {
      tried(
          turn,
          deliver,
          () -> destinations.deliver(turn, deliver.deliveryStream(), deliver.records()));
    } else if (effect instanceof RuleEffect.Republish republish) {
      tried(turn, republish, () -> append(turn, republish));
    }
  }

  /**
   * It is published now, not when its cause was: its expiry and its subscribers count from here.
   */
  private String append(Turn turn, RuleEffect.Republish republish) {
    Publication planned = republish.publication();
    Publication stamped =
        new Publication(
            planned.topic(),
            planned.payload(),
            planned.qos(),
            planned.retain(),
            planned.properties(),
            planned.origin(),
            stamps.applyAsLong(planned.stampMicros()));
    turn.append(ingressLog, republish.ingressPartition(), PublicationCodec.encode(stamped));
    return "";
  }

  /**
   * A destination that throws would stop the conveyor, and with it every rule and subscriber: it
   * counts as a failed action instead. Only a failed disk goes on up.
   */
  private void tried(Turn turn, RuleEffect.OfAction effect, Supplier<String> action) {
    RuleEffect.Attempt attempt = effect.attempt();
    String failure;
    try {
      failure = action.get();
    } catch (StoreFailed disk) {
      throw disk;
    } catch (RuntimeException ours) {
      LOG.error("rule '{}': action {} threw", attempt.rule(), attempt.action(), ours);
      failure =
          "the gateway could not do it (%s); look at its log, and report it"
              .formatted(ours.getClass().getSimpleName());
    }
    if (!failure.isEmpty()) {
      failed(turn, attempt, failure);
      return;
    }
    count(
        turn,
        attempt,
        attempt.isErrorAction() ? Ledger.Entry.ERROR_ACTION_DELIVERED : Ledger.Entry.DELIVERED);
  }

  /** An action's end that is a failure: counted, shown, and the error action runs. */
  void failed(Turn turn, RuleEffect.Attempt attempt, String failure) {
    if (!attempt.isErrorAction()) {
      count(turn, attempt, Ledger.Entry.ACTION_FAILED);
    }
    onFailure(turn, attempt, RuleEvaluation.Outcome.ACTION_FAILED, failure);
  }

  /** The outbox has no room for it. */
  void dropped(Turn turn, RuleEffect.Attempt attempt, String failure) {
    if (!attempt.isErrorAction()) {
      count(turn, attempt, Ledger.Entry.DROPPED);
    }
    onFailure(turn, attempt, RuleEvaluation.Outcome.DROPPED, failure);
  }

  private void onFailure(
      Turn turn, RuleEffect.Attempt attempt, RuleEvaluation.Outcome outcome, String failure) {
    if (attempt.isErrorAction()) { // no second level
      count(turn, attempt, Ledger.Entry.ERROR_ACTION_FAILED);
      note(turn, attempt, RuleEvaluation.Outcome.ERROR_ACTION_FAILED, failure);
      return;
    }
    note(turn, attempt, outcome, failure);
    RuleSlot slot = rules.get(attempt.rule());
    ActiveRule rule = slot == null ? null : slot.state().active();
    if (rule != null && rule.errorAction() != null) {
      turn.append(errorLog, turn.partition(), FailureRecord.encode(attempt, failure));
    }
  }

  private void cut(Turn turn, RuleEffect.Attempt attempt) {
    count(
        turn,
        attempt,
        attempt.isErrorAction() ? Ledger.Entry.ERROR_ACTION_FAILED : Ledger.Entry.LOOP_CUT);
    note(turn, attempt, RuleEvaluation.Outcome.LOOP_CUT, loopCut(attempt));
  }

  static String loopCut(RuleEffect.Attempt attempt) {
    return ("topic '%s' was reached by more than %d republish actions in a row; "
            + "let the rule's WHERE or FROM leave out what it publishes itself")
        .formatted(attempt.resource(), RepublishAction.HOPS_MAX);
  }

  private void count(Turn turn, RuleEffect.Attempt attempt, Ledger.Entry entry) {
    count(turn, attempt.rule(), attempt.action(), entry);
  }

  void count(Turn turn, String rule, String action, Ledger.Entry entry) {
    ledger.count(turn, rule, action, entry);
  }

  private void note(
      Turn turn, RuleEffect.Attempt attempt, RuleEvaluation.Outcome outcome, String reason) {
    RuleSlot slot = rules.get(attempt.rule());
    if (slot == null) {
      return;
    }
    String what = shown("%s to '%s': %s".formatted(attempt.action(), attempt.resource(), reason));
    if (slot.recent.wants(turn.now())) {
      Publication cause = PublicationCodec.decode(attempt.publication());
      slot.recent.add(
          new RuleEvaluation(
              turn.now(),
              cause.topic().toString(),
              cause.origin().clientId(),
              outcome,
              List.of(what)));
    }
    long held = slot.recent.mayLog(turn.now());
    if (held >= 0) {
      LOG.info(
          "rule '{}': action failed: {} ({} more lines were held back)",
          attempt.rule(),
          what,
          held);
    }
  }

  /** A template may have filled in half a payload. */
  static String shown(String text) {
    return text.length() <= SHOWN_MAX ? text : text.substring(0, SHOWN_MAX - 3) + "...";
  }

  /** Plans the error action of a failure that was logged. Owner of the failure's partition. */
  void routeError(int source, LogRecord record, Conveyor.Sink<RuleEffect> sink) {
    FailureRecord failure;
    Publication publication;
    try {
      failure = FailureRecord.decode(record.bytes());
      publication = PublicationCodec.decode(failure.publication());
    } catch (IllegalArgumentException damaged) {
      counters.unreadableFailures.increment();
      LOG.error(
          "failure {} of partition {} cannot be read and is passed over: {}",
          record.offset(),
          source,
          damaged.getMessage());
      return;
    }
    RuleSlot slot = rules.get(failure.rule());
    ActiveRule rule = slot == null ? null : slot.state().active();
    CompiledAction action = rule == null ? null : rule.errorAction();
    if (rule == null || action == null) { // gone since
      sink.effect(
          source,
          new RuleEffect.Failed(
              failure.attempt(source, record.offset()), "the rule has no error action any more"));
      return;
    }
    Place place = new Place(source, record.offset());
    Evaluation.Fired payload =
        failure.payload(publication, variables(rule, publication, failure.place()));
    CompiledAction.Planned planned =
        action.plan(
            new CompiledAction.Run(
                publication,
                failure.publication(),
                RuleRuns.view(publication, failure.place()),
                runs.context(rule.name(), publication, failure.place()),
                payload,
                place,
                0));
    sink.effect(planned.target(), planned.effect());
  }

  /** The error action's templates see the SET variables that the failed action's saw. */
  private Variables variables(ActiveRule rule, Publication publication, Place place) {
    try {
      Evaluation again =
          rule.sql()
              .evaluate(
                  RuleRuns.view(publication, place), runs.context(rule.name(), publication, place));
      return again instanceof Evaluation.Fired fired
          ? fired.variables()
          : again instanceof Evaluation.Many many ? many.variables() : Variables.NONE;
    } catch (RuntimeException
        | StackOverflowError ours) { // a template that asks for one then fails
      return Variables.NONE;
    }
  }
}
