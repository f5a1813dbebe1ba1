package io.sluice.sql;

/**
 * The evaluation of one message cannot go on; the rule fails for this message and its actions do
 * not run.
 */
final class EvaluationStopped extends RuntimeException {
  private final Evaluation.Failed.Code code;

  EvaluationStopped(Evaluation.Failed.Code code, String message) {
    super(message, null, false, false);
    this.code = code;
  }

  Evaluation.Failed failed() {
    String message = getMessage();
    return new Evaluation.Failed(code, message == null ? code.name() : message);
  }
}
