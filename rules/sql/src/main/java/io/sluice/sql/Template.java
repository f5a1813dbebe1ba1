package io.sluice.sql;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A field of an action with {@code ${expression}} in it (AWS IoT Developer Guide, "Substitution
 * templates"). Compiled once, filled per message from the original payload, never from what SELECT
 * made of it. Immutable; for any thread.
 */
public final class Template {
  private final String text;
  private final List<Part> parts;
  private final boolean wholeIsInt;
  private final int nestingDepth;
  private final int elementDepth; // the place of FOREACH's element, if there is one
  private final boolean callsOut;

  private record Part(String text, Code code) {}

  /** What filling gave. Closed. */
  public sealed interface Filled {
    /** The text. */
    record Complete(String text) implements Filled {}

    /** An expression had no value: the action fails. */
    record Missing(String expression, String reason) implements Filled {}
  }

  private static final int NO_ELEMENT = -1;
  private static final Code FIXED = frame -> Undefined.UNDEFINED;

  private Template(
      String text,
      List<Part> parts,
      boolean wholeIsInt,
      int nestingDepth,
      int elementDepth,
      boolean callsOut) {
    this.text = text;
    this.parts = List.copyOf(parts);
    this.wholeIsInt = wholeIsInt;
    this.nestingDepth = nestingDepth;
    this.elementDepth = elementDepth;
    this.callsOut = callsOut;
  }

  /**
   * Compiles a template that belongs to no rule, so it sees no variables.
   *
   * @throws SqlRejected when an expression in it is refused; places count in the template's text
   */
  public static Template compile(String text, SqlVersion version) {
    return of(text, version, IntDivision.DECIMAL, List.of(), 0, null);
  }

  static Template of(
      String text,
      SqlVersion version,
      IntDivision division,
      List<String> variables,
      int places,
      @Nullable String element) {
    SourceText source = new SourceText(text);
    Compiler compiler = new Compiler(source, version, division, true, false);
    compiler.know(variables, places, element);
    List<Part> parts = new ArrayList<>();
    int from = 0;
    for (int start = text.indexOf("${"); start >= 0; start = text.indexOf("${", from)) {
      if (start > from) {
        parts.add(new Part(text.substring(from, start), FIXED));
      }
      int end = end(source, start);
      Expression expression = Parser.expression(masked(text, start + 2, end), version);
      parts.add(new Part(text.substring(start, end + 1), compiler.compile(expression)));
      from = end + 1;
    }
    if (from < text.length() || parts.isEmpty()) {
      parts.add(new Part(text.substring(from), FIXED));
    }
    return new Template(
        text,
        parts,
        version.has2016(),
        compiler.nestingDepth(),
        element == null ? NO_ELEMENT : places,
        compiler.callsOut());
  }

  /** The closing brace: not one inside a string or an object literal. */
  private static int end(SourceText source, int start) {
    String text = source.text();
    int open = 0;
    char quote = 0;
    for (int p = start + 2; p < text.length(); p++) {
      char c = text.charAt(p);
      if (quote != 0) {
        quote = c == quote ? 0 : quote;
      } else if (c == '\'' || c == '"') {
        quote = c;
      } else if (c == '{') {
        open++;
      } else if (c == '}' && open-- == 0) {
        return p;
      }
    }
    throw new SqlRejected(SqlRejected.Code.SYNTAX, source, start, "'${' without an end", "'}'", "");
  }

  /**
   * The text with all but the expression blank, so that places in messages are places in the
   * template.
   */
  private static SourceText masked(String text, int start, int end) {
    return new SourceText(
        text.substring(0, start).replaceAll("[^\n]", " ") + text.substring(start, end));
  }

  /** Whether filling may wait for somebody else: then never on an event loop. */
  public boolean callsOut() {
    return callsOut;
  }

  /** Whether it has no expression: it then always gives its own text. */
  public boolean isFixed() {
    return parts.size() == 1 && parts.get(0).code == FIXED;
  }

  /**
   * Fills it; {@code variables} are those of the evaluation that fired. Throws nothing for any
   * payload.
   */
  public Filled fill(MessageView message, EvaluationContext context, Variables variables) {
    if (isFixed()) {
      return new Filled.Complete(text);
    }
    Frame frame = new Frame(message, context, variables, wholeIsInt, nestingDepth, null);
    if (elementDepth != NO_ELEMENT) {
      frame.element(elementDepth, variables.element());
    }
    StringBuilder filled = new StringBuilder();
    for (Part part : parts) {
      if (part.code == FIXED) {
        filled.append(part.text);
        continue;
      }
      try {
        Value value = part.code.run(frame);
        if (!(Conversions.toText(value) instanceof Text string)) {
          return new Filled.Missing(part.text, "it is " + value.type().label());
        }
        frame.spend(string.toString().length());
        filled.append(string);
      } catch (LookupFailed failed) {
        return new Filled.Missing(part.text, failed.reason());
      } catch (EvaluationStopped stopped) {
        return new Filled.Missing(part.text, stopped.failed().reason());
      }
    }
    return new Filled.Complete(filled.toString());
  }

  @Override
  public String toString() {
    return text;
  }
}
