package io.sluice.engine;

import io.sluice.message.Publication;
import io.sluice.sql.Evaluation;
import io.sluice.sql.EvaluationContext;
import io.sluice.sql.MessageView;
import io.sluice.sql.Template;
import java.util.UUID;

/** An action with its templates compiled. Immutable, for any thread. */
abstract class CompiledAction {
  private static final String FAILED_INSIDE =
      "the gateway could not prepare the action (%s); look at its log, and report it";

  private final String rule;
  private final String key;
  private final String label;
  private final boolean isErrorAction;

  /**
   * @param label its place in the rule and its key, as the ledger names it
   */
  CompiledAction(String rule, String key, String label, boolean isErrorAction) {
    this.rule = rule;
    this.key = key;
    this.label = label;
    this.isErrorAction = isErrorAction;
  }

  /**
   * One message on its way through a rule.
   *
   * @param made which of the messages that FOREACH made of it, from 0; else 0
   */
  record Run(
      Publication publication,
      byte[] encoded,
      MessageView view,
      EvaluationContext context,
      Evaluation.Fired output,
      Place place,
      int made) {

    /** The identifier of what an action makes; {@code what} tells the actions apart. */
    UUID id(String what) {
      return place.id(made == 0 ? what : what + "/" + made);
    }
  }

  /** An effect and the partition it is for. */
  record Planned(int target, RuleEffect.OfAction effect) {}

  /** Why an action cannot begin. */
  static final class CannotBegin extends RuntimeException {
    private final String resource;

    CannotBegin(String resource, String reason) {
      super(reason, null, false, false);
      this.resource = resource;
    }

    String reason() {
      return String.valueOf(getMessage());
    }
  }

  final String label() {
    return label;
  }

  /**
   * What the action does with a message: exactly one effect, {@link RuleEffect.Failed} when it
   * cannot begin. Throws nothing: a mistake of ours in one action stops neither the others nor the
   * conveyor.
   */
  final Planned plan(Run run) {
    try {
      return effect(run);
    } catch (CannotBegin failed) {
      return failed(run, failed.resource, failed.reason());
    } catch (RuntimeException | StackOverflowError ours) {
      return failed(run, key, FAILED_INSIDE.formatted(ours.getClass().getSimpleName()));
    }
  }

  /**
   * @throws CannotBegin when a template has no value, or one that the target cannot take
   */
  abstract Planned effect(Run run);

  final RuleEffect.Attempt attempt(Run run, String resource) {
    Place place = run.place();
    return new RuleEffect.Attempt(
        rule,
        label,
        key,
        resource,
        run.encoded(),
        place.partition(),
        place.offset(),
        isErrorAction);
  }

  private Planned failed(Run run, String resource, String message) {
    return new Planned(
        run.place().partition(), new RuleEffect.Failed(attempt(run, resource), message));
  }

  /** A template's text. */
  static String fill(Template template, Run run) {
    Template.Filled filled = template.fill(run.view(), run.context(), run.output().variables());
    if (filled instanceof Template.Filled.Complete complete) {
      return complete.text();
    }
    Template.Filled.Missing missing = (Template.Filled.Missing) filled;
    throw new CannotBegin(
        template.toString(),
        "template '%s' has no value: %s; give it one with a function such as get_or_default, or select fewer messages in WHERE"
            .formatted(missing.expression(), missing.reason()));
  }
}
