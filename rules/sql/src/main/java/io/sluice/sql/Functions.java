package io.sluice.sql;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All functions by name (AWS IoT Developer Guide, "Functions"). Names are found in any case. */
final class Functions {
  static final int ANY_NUMBER = Integer.MAX_VALUE;

  private static final Map<String, Function> BY_NAME = new HashMap<>();

  static {
    MathFunctions.addTo(Functions::add);
    TextFunctions.addTo(Functions::add);
    RegexFunctions.addTo(Functions::add);
    JsonFunctions.addTo(Functions::add);
    EncodingFunctions.addTo(Functions::add);
    TimeFunctions.addTo(Functions::add);
    MessageFunctions.addTo(Functions::add);
    LookupFunctions.addTo(Functions::add);
    JqFunction.addTo(Functions::add);
  }

  private Functions() {}

  /** Where families of functions put theirs. */
  interface Registry {
    void add(Function function);

    /** A function of its evaluated arguments. */
    default void add(String name, int min, int max, Body body) {
      add(new Function(name, min, max, SqlVersion.V2015_10_08, withArguments(body)));
    }

    /** A function of its evaluated arguments that came with version 2016-03-23. */
    default void add2016(String name, int min, int max, Body body) {
      add(new Function(name, min, max, SqlVersion.V2016_03_23, withArguments(body)));
    }
  }

  /**
   * A function.
   *
   * @param max {@link #ANY_NUMBER} without a bound
   */
  record Function(String name, int min, int max, SqlVersion since, Maker maker) {
    private String arity() {
      String count =
          min == max
              ? Integer.toString(min)
              : max == ANY_NUMBER ? min + " or more" : min + " to " + max;
      return count + (min == 1 && max == 1 ? " argument" : " arguments");
    }
  }

  /** What a function computes. */
  interface Body {
    Value call(Args arguments);
  }

  /** Makes the code of a call; it may look at the arguments as they were written. */
  interface Maker {
    Code make(Expression.Call call, Compiler compiler);
  }

  private static void add(Function function) {
    Function before = BY_NAME.put(function.name.toLowerCase(Locale.ROOT), function);
    assert before == null : function.name;
  }

  static Maker withArguments(Body body) {
    return (call, compiler) -> {
      Code[] arguments = compiler.compile(call.arguments());
      boolean wholeIsInt = compiler.version.has2016();
      return frame -> {
        Value[] values = new Value[arguments.length];
        for (int i = 0; i < values.length; i++) {
          values[i] = arguments[i].run(frame);
        }
        return body.call(new Args(values, frame, wholeIsInt));
      };
    };
  }

  static Code compile(Expression.Call call, Compiler compiler) {
    Function function = BY_NAME.get(call.name().toLowerCase(Locale.ROOT));
    if (function == null) {
      String near = nearest(call.name().toLowerCase(Locale.ROOT));
      throw new SqlRejected(
          SqlRejected.Code.UNKNOWN_FUNCTION,
          compiler.source,
          call.span().start(),
          "'" + call.name() + "('",
          "the name of a function",
          near == null ? "" : "Did you mean " + near + "?");
    }
    if (function.since.compareTo(compiler.version) > 0) {
      throw new SqlRejected(
          SqlRejected.Code.NOT_IN_VERSION,
          compiler.source,
          call.span().start(),
          "'" + call.name() + "('",
          "a function of version " + compiler.version,
          "Set the rule's awsIotSqlVersion to " + function.since + ".");
    }
    int count = call.arguments().size();
    if (count < function.min || count > function.max) {
      throw new SqlRejected(
          SqlRejected.Code.WRONG_ARITY,
          compiler.source,
          call.span().start(),
          count + " in '" + compiler.source.excerpt(call.span()) + "'",
          function.arity(),
          "");
    }
    return function.maker.make(call, compiler);
  }

  /** The text of an argument that is written as a constant, or null. */
  static @Nullable String constant(Expression argument) {
    return argument instanceof Expression.Literal literal && literal.value() instanceof Text text
        ? text.toString()
        : null;
  }

  private static @Nullable String nearest(String name) {
    String best = null;
    int bestDistance = 3; // further away is another word
    for (Function function : BY_NAME.values()) {
      int distance = distance(name, function.name.toLowerCase(Locale.ROOT));
      if (distance < bestDistance) {
        bestDistance = distance;
        best = function.name;
      }
    }
    return best;
  }

  /** Levenshtein's. */
  private static int distance(String a, String b) {
    if (Math.abs(a.length() - b.length()) > 2) {
      return ANY_NUMBER;
    }
    int[] row = new int[b.length() + 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j < row.length; j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
