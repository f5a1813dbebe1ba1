package io.sluice.sql;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Texts. Positions and lengths count characters (code points), so that no cut goes through the
 * middle of one.
 */
final class TextFunctions {
  private static final int PADDING_MAX = 1_000;
  private static final int ASCII_MAX = 127;

  private TextFunctions() {}

  static void addTo(Functions.Registry functions) {
    functions.add("chr", 1, 1, TextFunctions::chr);
    functions.add("concat", 0, Functions.ANY_NUMBER, TextFunctions::concat);
    functions.add(
        "endswith",
        2,
        2,
        a ->
            a.text(0) instanceof String s && a.text(1) instanceof String t
                ? Value.of(s.endsWith(t))
                : Undefined.UNDEFINED);
    functions.add(
        "startswith",
        2,
        2,
        a ->
            a.text(0) instanceof String s && a.text(1) instanceof String t
                ? Value.of(s.startsWith(t))
                : Undefined.UNDEFINED);
    functions.add2016("indexof", 2, 2, TextFunctions::indexof);
    functions.add2016(
        "length",
        1,
        1,
        a ->
            a.text(0) instanceof String s
                ? Int.of(s.codePointCount(0, s.length()))
                : Undefined.UNDEFINED);
    functions.add2016(
        "numbytes",
        1,
        1,
        a ->
            a.text(0) instanceof String s
                ? Int.of(s.getBytes(StandardCharsets.UTF_8).length)
                : Undefined.UNDEFINED);
    functions.add(
        "lower",
        1,
        1,
        a ->
            a.text(0) instanceof String s
                ? a.text(s.toLowerCase(Locale.ROOT))
                : Undefined.UNDEFINED);
    functions.add(
        "upper",
        1,
        1,
        a ->
            a.text(0) instanceof String s
                ? a.text(s.toUpperCase(Locale.ROOT))
                : Undefined.UNDEFINED);
    functions.add(
        "lpad",
        2,
        2,
        a ->
            a.text(0) instanceof String s && spaces(a) instanceof String pad
                ? a.text(pad + s)
                : Undefined.UNDEFINED);
    functions.add(
        "rpad",
        2,
        2,
        a ->
            a.text(0) instanceof String s && spaces(a) instanceof String pad
                ? a.text(s + pad)
                : Undefined.UNDEFINED);
    functions.add(
        "trim",
        1,
        1,
        a -> a.text(0) instanceof String s ? a.text(trim(s, true, true)) : Undefined.UNDEFINED);
    functions.add(
        "ltrim",
        1,
        1,
        a -> a.text(0) instanceof String s ? a.text(trim(s, true, false)) : Undefined.UNDEFINED);
    functions.add(
        "rtrim",
        1,
        1,
        a -> a.text(0) instanceof String s ? a.text(trim(s, false, true)) : Undefined.UNDEFINED);
    functions.add("substring", 2, 3, TextFunctions::substring);
    functions.add("replace", 3, 3, TextFunctions::replace);
  }

  private static Value chr(Args a) {
    return a.floor(0) instanceof Int n && n.signum() >= 0 && n.clampedToInt() <= ASCII_MAX
        ? new Text(Character.toString(n.clampedToInt()))
        : Undefined.UNDEFINED;
  }

  private static Value concat(Args a) {
    if (a.size() <= 1) {
      return a.size() == 0 ? Undefined.UNDEFINED : a.at(0);
    }
    boolean anyText = false;
    for (int i = 0; i < a.size(); i++) {
      if (a.at(i) instanceof Value.Arr) {
        return flattened(a);
      }
      anyText |= a.at(i) instanceof Text;
    }
    if (!anyText) {
      return Undefined.UNDEFINED;
    }
    StringBuilder joined = new StringBuilder();
    for (int i = 0; i < a.size(); i++) {
      if (!(a.text(i) instanceof String part)) {
        return Undefined.UNDEFINED;
      }
      joined.append(part);
    }
    return new Text(joined.toString()); // its parts are paid for
  }

  private static Value flattened(Args a) {
    List<Value> elements = new ArrayList<>();
    for (int i = 0; i < a.size(); i++) {
      Value part = a.at(i);
      if (part instanceof Value.Arr array) {
        a.frame().spend((long) array.size() * Frame.ELEMENT_COST);
        for (int j = 0; j < array.size(); j++) {
          elements.add(array.get(j));
        }
      } else if (!part.isUndefined() && !(part instanceof Value.Bytes)) {
        elements.add(part);
      }
    }
    return new BuiltArray(elements);
  }

  /** -1 when it is not there: AWS does not say. */
  private static Value indexof(Args a) {
    if (isContainer(a.at(0))
        || isContainer(a.at(1))
        || !(a.text(0) instanceof String s)
        || !(a.text(1) instanceof String t)) {
      return Undefined.UNDEFINED;
    }
    int index = s.indexOf(t);
    return Int.of(index < 0 ? -1 : s.codePointCount(0, index));
  }

  private static boolean isContainer(Value value) {
    return value instanceof Value.Arr || value instanceof Value.Obj;
  }

  /** As many spaces as the second argument says: the text grows by them whatever its length. */
  private static @Nullable CharSequence spaces(Args a) {
    OptionalInt count = Numbers.place(a.floor(1));
    return count.isEmpty()
        ? null
        : " ".repeat(Math.max(0, Math.min(PADDING_MAX, count.getAsInt())));
  }

  private static String trim(String s, boolean left, boolean right) {
    int from = 0;
    int to = s.length();
    while (left && from < to && isBlank(s.charAt(from))) {
      from++;
    }
    while (right && to > from && isBlank(s.charAt(to - 1))) {
      to--;
    }
    return s.substring(from, to);
  }

  private static boolean isBlank(char c) {
    return c == ' ' || c == '\t';
  }

  private static Value substring(Args a) {
    OptionalInt from = a.place(1);
    OptionalInt to = a.size() == 3 ? a.place(2) : OptionalInt.of(Integer.MAX_VALUE);
    if (!(a.text(0) instanceof String s) || from.isEmpty() || to.isEmpty()) {
      return Undefined.UNDEFINED;
    }
    int length = s.codePointCount(0, s.length());
    int start = clamp(from.getAsInt(), length);
    int end = clamp(to.getAsInt(), length);
    return new Text(
        start >= end
            ? ""
            : s.substring(s.offsetByCodePoints(0, start), s.offsetByCodePoints(0, end)));
  }

  private static int clamp(int index, int length) {
    return Math.max(0, Math.min(length, index));
  }

  private static Value replace(Args a) {
    if (!(a.text(0) instanceof String s)
        || !(a.text(1) instanceof String find)
        || !(a.text(2) instanceof String by)) {
      return Undefined.UNDEFINED;
    }
    long occurrences = find.isEmpty() ? s.length() + 1L : s.length() / find.length();
    a.frame().spend(by.isEmpty() ? 0 : occurrences * by.length()); // before it is made
    return a.text(s.replace(find, by));
  }
}
