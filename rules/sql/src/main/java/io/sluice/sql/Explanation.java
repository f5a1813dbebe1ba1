package io.sluice.sql;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Why a message fired a rule or did not.
 *
 * @param evaluation what became of it
 * @param clauses of WHERE, the operands of its outermost AND, in their order
 * @param undefined the innermost expressions without a value, in the order they were met
 */
public record Explanation(Evaluation evaluation, List<Clause> clauses, List<Missing> undefined) {
  private static final int SHOWN_MAX = 120;
  private static final int MISSING_MAX = 50;

  /**
   * One clause of WHERE.
   *
   * @param text as the author wrote it
   * @param value compact JSON, or {@code Undefined}, or why there is none
   * @param holds whether it lets the message through
   */
  public record Clause(int line, int column, String text, String value, boolean holds) {}

  /**
   * An expression that has no value although everything inside it has one.
   *
   * @param text as the author wrote it
   * @param operands the values it was computed from, e.g. {@code a = "x"}; empty for a missing key
   */
  public record Missing(int line, int column, String text, List<String> operands) {}

  static Explanation of(
      Statement statement,
      SourceText source,
      SqlVersion version,
      IntDivision division,
      MessageView message,
      EvaluationContext context) {
    Program program = Program.of(statement, source, version, division, true);
    Trace trace = new Trace();
    Variables variables = new Variables(program.assignments());
    Frame frame =
        new Frame(message, context, variables, version.has2016(), program.nestingDepth(), trace);
    List<Clause> clauses = new ArrayList<>();
    Evaluation evaluation = null;
    Expression where = statement.where();
    List<Expression> written = where == null ? List.of() : Condition.clauses(where);
    Code[] codes = program.where().clauses();
    for (int i = 0; i < codes.length; i++) {
      Expression clause = written.get(i);
      int line = source.line(clause.span().start());
      int column = source.column(clause.span().start());
      String text = source.excerpt(clause.span());
      try {
        Value value = codes[i].run(frame);
        boolean holds = program.where().acceptsClause(value);
        clauses.add(new Clause(line, column, text, shown(value), holds));
        if (!holds && evaluation == null) {
          evaluation = Evaluation.NotMatched.INSTANCE; // later clauses are only shown
        }
      } catch (LookupFailed | EvaluationStopped stopped) {
        Evaluation.Failed failed = failed(stopped);
        clauses.add(new Clause(line, column, text, failed.reason(), false));
        evaluation = evaluation == null ? failed : evaluation;
      }
    }
    if (evaluation == null) {
      try {
        evaluation = program.output(frame, variables);
      } catch (LookupFailed | EvaluationStopped stopped) {
        evaluation = failed(stopped);
      }
    }
    return new Explanation(evaluation, List.copyOf(clauses), missing(trace, source));
  }

  private static Evaluation.Failed failed(RuntimeException stopped) {
    return stopped instanceof EvaluationStopped own
        ? own.failed()
        : new Evaluation.Failed(
            Evaluation.Failed.Code.LOOKUP_FAILED, ((LookupFailed) stopped).reason());
  }

  private static List<Missing> missing(Trace trace, SourceText source) {
    List<Trace.Note> notes = trace.notes();
    Set<Missing> found = new LinkedHashSet<>(); // the elements of an array repeat each other
    for (int i = 0; i < notes.size() && found.size() < MISSING_MAX; i++) {
      Trace.Note note = notes.get(i);
      if (!note.value().isUndefined() || inherited(notes, i)) {
        continue;
      }
      Span span = note.expression().span();
      found.add(
          new Missing(
              source.line(span.start()),
              source.column(span.start()),
              source.excerpt(span),
              operands(notes, i, source)));
    }
    return List.copyOf(found);
  }

  /** Whether an inner expression, noted just before, was Undefined already. */
  private static boolean inherited(List<Trace.Note> notes, int i) {
    Span span = notes.get(i).expression().span();
    for (int j = i - 1; j >= 0 && span.holds(notes.get(j).expression().span()); j--) {
      if (notes.get(j).value().isUndefined()) {
        return true;
      }
    }
    return false;
  }

  private static List<String> operands(List<Trace.Note> notes, int i, SourceText source) {
    Span span = notes.get(i).expression().span();
    List<String> operands = new ArrayList<>();
    Span shown = null;
    for (int j = i - 1; j >= 0 && span.holds(notes.get(j).expression().span()); j--) {
      Expression inner = notes.get(j).expression();
      boolean part = shown != null && shown.holds(inner.span());
      if (!part && !(inner instanceof Expression.Literal)) {
        operands.add(0, source.excerpt(inner.span()) + " = " + shown(notes.get(j).value()));
      }
      shown = part ? shown : inner.span();
    }
    return List.copyOf(operands);
  }

  private static String shown(Value value) {
    String text =
        switch (value.type()) {
          case UNDEFINED -> "Undefined";
          case BYTES -> "bytes that are not JSON";
          default -> Conversions.json(value);
        };
    return text.length() <= SHOWN_MAX ? text : text.substring(0, SHOWN_MAX - 3) + "...";
  }
}
