package io.sluice.sql;

import org.jspecify.annotations.Nullable;

/** The state of one evaluation of one statement over one message. */
final class Frame {
  /**
   * What an evaluation may cost, in characters of text made or read and {@link #ELEMENT_COST} for
   * an element visited: far beyond any sensible statement, but a nested query over a query over a
   * query ends in time.
   */
  static final long BUDGET = 16L * 1024 * 1024;

  static final int ELEMENT_COST = 16;

  private static final Value[] NO_ELEMENTS = {};

  private final MessageView message;
  private final EvaluationContext context;
  private final Variables variables;
  private final boolean wholeIsInt;
  private final Value[] elements; // the current element of each nested SELECT, outermost first
  private final @Nullable Trace trace;
  private @Nullable Value root;
  private long budget = BUDGET;

  Frame(
      MessageView message,
      EvaluationContext context,
      Variables variables,
      boolean wholeIsInt,
      int nestingDepth,
      @Nullable Trace trace) {
    this.message = message;
    this.context = context;
    this.variables = variables;
    this.wholeIsInt = wholeIsInt;
    this.elements = nestingDepth == 0 ? NO_ELEMENTS : new Value[nestingDepth];
    this.trace = trace;
  }

  MessageView message() {
    return message;
  }

  EvaluationContext context() {
    return context;
  }

  /** The payload: JSON of any type, or bytes. */
  Value whole() {
    Value known = root;
    if (known == null) {
      known = message.root(wholeIsInt);
      root = known;
    }
    return known;
  }

  /** A member of the payload. */
  Value attribute(Key key) {
    return whole() instanceof Value.Obj object ? object.get(key) : Undefined.UNDEFINED;
  }

  Value element(int depth) {
    return elements[depth];
  }

  void element(int depth, Value element) {
    elements[depth] = element;
  }

  Value variable(int index) {
    return variables.get(index, this);
  }

  void spend(long units) {
    budget -= units;
    if (budget < 0) {
      throw new EvaluationStopped(
          Evaluation.Failed.Code.TOO_LARGE,
          "the statement does too much work for one message; narrow its nested queries or its texts");
    }
  }

  /** Notes a value when somebody wants to know; only called by code compiled for it. */
  Value note(Expression expression, Value value) {
    Trace listening = trace;
    if (listening != null) {
      listening.note(expression, value);
    }
    return value;
  }
}
