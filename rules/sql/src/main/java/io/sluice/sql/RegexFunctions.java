package io.sluice.sql;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Regular expressions, by RE2/J: in linear time whatever the pattern. A constant pattern is
 * compiled with the rule.
 */
final class RegexFunctions {
  /** Characters of a pattern. */
  private static final int PATTERN_MAX = 1_000;

  /** Of the compiled pattern: at each character of the text any of them may be tried. */
  private static final int INSTRUCTIONS_MAX = 2_000;

  private static final int INSTRUCTIONS_PER_UNIT = 4;
  private static final int REPLACEMENT_MAX = 10_000;
  private static final int COMPILE_COST =
      10_000; // a pattern from the payload is compiled for each message

  private RegexFunctions() {}

  static void addTo(Functions.Registry functions) {
    add(functions, "regexp_matches", 2, (matcher, a) -> Value.of(matcher.find()));
    add(
        functions,
        "regexp_substr",
        2,
        (matcher, a) -> matcher.find() ? a.text(matcher.group()) : Undefined.UNDEFINED);
    add(functions, "regexp_replace", 3, RegexFunctions::replace);
  }

  private interface Use {
    Value of(Matcher matcher, Args arguments);
  }

  /** A pattern ready to match, and what it costs per character. */
  private record Sized(Pattern pattern, int size) {
    Matcher over(String text, Frame frame) {
      frame.spend((long) text.length() * (1 + size / INSTRUCTIONS_PER_UNIT));
      return pattern.matcher(text);
    }
  }

  private static void add(Functions.Registry functions, String name, int arity, Use use) {
    functions.add(
        new Functions.Function(
            name,
            arity,
            arity,
            SqlVersion.V2015_10_08,
            (call, compiler) -> {
              String constant = Functions.constant(call.arguments().get(1));
              Sized known = constant == null ? null : pattern(constant);
              return Functions.withArguments(
                      a -> {
                        if (!(a.text(0) instanceof String text)) {
                          return Undefined.UNDEFINED;
                        }
                        Sized pattern = constant == null ? dynamic(a) : known;
                        return pattern == null
                            ? Undefined.UNDEFINED
                            : use.of(pattern.over(text, a.frame()), a);
                      })
                  .make(call, compiler);
            }));
  }

  private static @Nullable Sized dynamic(Args a) {
    if (!(a.text(1) instanceof String text)) {
      return null;
    }
    a.frame().spend(COMPILE_COST);
    return pattern(text);
  }

  /** Null when it is no pattern, or one too large. */
  private static @Nullable Sized pattern(String text) {
    if (text.length() > PATTERN_MAX) {
      return null;
    }
    int size = PatternSize.of(text);
    if (size > INSTRUCTIONS_MAX) {
      return null;
    }
    try {
      return new Sized(Pattern.compile(text), size);
    } catch (PatternSyntaxException invalid) {
      return null; // an invalid pattern makes the call Undefined
    }
  }

  private static Value replace(Matcher matcher, Args a) {
    if (!(a.text(2) instanceof String by) || by.length() > REPLACEMENT_MAX || !isReplacement(by)) {
      return Undefined.UNDEFINED;
    }
    StringBuilder result = new StringBuilder();
    try {
      while (matcher.find()) {
        int before = result.length();
        matcher.appendReplacement(result, by);
        a.frame().spend(result.length() - before);
      }
    } catch (IndexOutOfBoundsException | IllegalArgumentException invalid) {
      return Undefined.UNDEFINED; // the replacement names a group that is not there
    }
    matcher.appendTail(result);
    return a.text(result.toString());
  }

  /** As java.util.regex has it: behind a dollar a group, behind a backslash any character. */
  private static boolean isReplacement(String by) {
    int p = 0;
    while (p < by.length()) {
      char c = by.charAt(p++);
      if (c != '\\' && c != '$') {
        continue;
      }
      char behind = p < by.length() ? by.charAt(p++) : 0;
      if (behind == 0 || c == '$' && behind != '{' && (behind < '0' || behind > '9')) {
        return false;
      }
    }
    return true;
  }

  /** The operator LIKE of version sluice-1: {@code %} any text, {@code _} one character. */
  static Like like(Expression pattern) {
    String constant = Functions.constant(pattern);
    if (constant != null) {
      Pattern known = likePattern(constant);
      return new Like(text -> known);
    }
    return new Like(RegexFunctions::likePattern);
  }

  private static @Nullable Pattern likePattern(String like) {
    if (like.length() > PATTERN_MAX) {
      return null;
    }
    StringBuilder regex = new StringBuilder("(?s)^");
    like.codePoints()
        .forEach(
            c -> {
              if (c == '%') {
                regex.append(".*");
              } else if (c == '_') {
                regex.append('.');
              } else {
                regex.append(Pattern.quote(Character.toString(c)));
              }
            });
    return Pattern.compile(regex.append('$').toString());
  }

  /** A LIKE whose pattern is known or not. */
  record Like(Function<String, @Nullable Pattern> patterns) {
    Value matches(Value left, Value right, Frame frame) {
      if (!(left instanceof Text text) || !(right instanceof Text like)) {
        return Undefined.UNDEFINED;
      }
      frame.spend(text.toString().length());
      Pattern pattern = patterns.apply(like.toString());
      return pattern == null
          ? Undefined.UNDEFINED
          : Value.of(pattern.matcher(text.toString()).find());
    }
  }
}
