package io.sluice.sql;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * How many instructions a regular expression needs, estimated before it is compiled. RE2/J matches
 * in linear time, but it unrolls counted repetitions, so that {@code ((x{100}){100}){100}} fills
 * the heap; nothing in the library stops it.
 */
final class PatternSize {
  private static final long HUGE = Integer.MAX_VALUE;

  private final String pattern;
  private final Deque<Group> outer = new ArrayDeque<>();
  private Group group = new Group();
  private int p;

  /**
   * A bracket that is open: the size of what it holds, the last atom apart, since a repetition
   * would apply to it.
   */
  private static final class Group {
    private long before;
    private long last;

    void atom(long size) {
      before = Math.min(HUGE, before + last);
      last = size;
    }

    long size() {
      return Math.min(HUGE, before + last);
    }
  }

  private PatternSize(String pattern) {
    this.pattern = pattern;
  }

  /** Never below the truth by more than a small factor; at most {@link Integer#MAX_VALUE}. */
  static int of(String pattern) {
    return (int) new PatternSize(pattern).run();
  }

  private long run() {
    while (p < pattern.length()) {
      char c = pattern.charAt(p++);
      switch (c) {
        case '\\' -> escape();
        case '[' -> characterClass();
        case '(' -> open();
        case ')' -> close();
        case '{' -> repeat();
        case '*', '+', '?' -> group.last++;
        default -> group.atom(1);
      }
    }
    while (!outer.isEmpty()) {
      close();
    }
    return group.size();
  }

  private void open() {
    int flagsEnd = p + 1;
    while (flagsEnd < pattern.length() && "imsU-".indexOf(pattern.charAt(flagsEnd)) >= 0) {
      flagsEnd++;
    }
    if (pattern.startsWith("?", p) && pattern.startsWith(")", flagsEnd)) {
      p = flagsEnd + 1; // (?i) is no atom: a repetition behind it applies to what stands before it
      return;
    }
    outer.push(group);
    group = new Group();
  }

  private void close() {
    if (!outer.isEmpty()) {
      long inside = group.size();
      group = outer.pop();
      group.atom(inside + 2);
    }
  }

  private void escape() {
    if (pattern.startsWith("Q", p)) {
      int end = pattern.indexOf("\\E", p);
      int stop = end < 0 ? pattern.length() : end;
      for (p++; p < stop; p++) {
        group.atom(1);
      }
      p = Math.min(pattern.length(), stop + 2);
      return;
    }
    boolean named =
        pattern.startsWith("p{", p) || pattern.startsWith("P{", p) || pattern.startsWith("x{", p);
    int end = named ? pattern.indexOf('}', p) : -1;
    p = end < 0 ? p + 1 : end + 1;
    group.atom(1);
  }

  private void characterClass() {
    p += pattern.startsWith("^", p) ? 1 : 0;
    p += pattern.startsWith("]", p) ? 1 : 0; // first, it is a character
    while (p < pattern.length() && pattern.charAt(p) != ']') {
      if (pattern.charAt(p) == '\\') {
        p += 2;
      } else if (pattern.startsWith("[:", p) && pattern.indexOf(":]", p) > 0) {
        p = pattern.indexOf(":]", p) + 2;
      } else {
        p++;
      }
    }
    p++;
    group.atom(1);
  }

  /** {@code {n}}, {@code {n,}} or {@code {n,m}}; anything else is text. */
  private void repeat() {
    int first = number();
    int count = first;
    if (first >= 0 && pattern.startsWith(",", p)) {
      p++;
      int second = number();
      count = second < 0 ? first + 1 : second;
    }
    if (count >= 0 && pattern.startsWith("}", p)) {
      p++;
      group.last = Math.min(HUGE, group.last * Math.max(1, count));
    } else {
      group.atom(1);
    }
  }

  private int number() {
    int from = p;
    while (p < pattern.length() && p - from < 5 && Character.isDigit(pattern.charAt(p))) {
      p++;
    }
    return p == from ? -1 : Integer.parseInt(pattern, from, p, 10);
  }
}
