package io.sluice.sql;

import java.util.ArrayList;
import java.util.List;

/**
 * FOREACH of version sluice-1: one message for each element of an array that INCASE lets through,
 * made by DO.
 */
record Foreach(Code from, int depth, Condition incase, Code select) {
  /** Each becomes messages of its own in all that the rule's actions feed. */
  static final int MESSAGES_MAX = 1_000;

  /** The name of the element where the author gave none. */
  static final String ELEMENT = "item";

  /** Not matched when nothing survives: a rule fires once for each message it makes. */
  Evaluation run(Frame frame, Variables variables) {
    if (!(from.run(frame) instanceof Value.Arr array)) {
      return Evaluation.NotMatched.INSTANCE;
    }
    int size = array.size();
    frame.spend((long) size * Frame.ELEMENT_COST);
    List<Evaluation.Fired> messages = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      Value element = array.get(i);
      frame.element(depth, element);
      if (!incase.holds(frame)) {
        continue;
      }
      if (messages.size() == MESSAGES_MAX) {
        throw new EvaluationStopped(
            Evaluation.Failed.Code.TOO_LARGE,
            "FOREACH makes more than %d messages of one; select fewer elements by INCASE"
                .formatted(MESSAGES_MAX));
      }
      messages.add(CompiledRule.fired(select.run(frame), variables.over(element)));
    }
    return messages.isEmpty() ? Evaluation.NotMatched.INSTANCE : new Evaluation.Many(messages);
  }
}
