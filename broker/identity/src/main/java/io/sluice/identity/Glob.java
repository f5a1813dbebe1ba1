package io.sluice.identity;

import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A pattern of literal characters, {@code *} for any run of characters and {@code ?} for one
 * character (a surrogate pair is one). Matching allocates nothing: the literal ends are compared
 * first, and most patterns are decided there. Immutable.
 */
final class Glob {
  static final int ANY_RUN = -1;
  static final int ANY_ONE = -2;

  private static final int[] NOTHING = {};
  private static final int[] ONE_RUN = {ANY_RUN};

  private final String head; // the literal start
  private final int[] middle; // from the first wildcard to the last: UTF-16 units and wildcards
  private final String tail; // the literal end; empty when there is no wildcard

  /** The codes from {@code from} on. Many of these are kept, so what is alike is shared. */
  private Glob(int[] codes, int from) {
    int first = from;
    while (first < codes.length && codes[first] >= 0) {
      first++;
    }
    int last = codes.length;
    while (last > first && codes[last - 1] >= 0) {
      last--;
    }
    this.head = text(codes, from, first);
    this.tail = text(codes, last, codes.length);
    if (last == first) {
      this.middle = NOTHING;
    } else if (last == first + 1 && codes[first] == ANY_RUN) {
      this.middle = ONE_RUN;
    } else {
      this.middle = Arrays.copyOfRange(codes, first, last);
    }
  }

  private static String text(int[] codes, int from, int to) {
    StringBuilder text = new StringBuilder(to - from);
    for (int i = from; i < to; i++) {
      text.append(codes[i] == ANY_RUN ? '*' : codes[i] == ANY_ONE ? '?' : (char) codes[i]);
    }
    return text.toString();
  }

  static Glob of(int[] codes) {
    int[] kept = new int[codes.length];
    int length = 0;
    for (int code : codes) {
      if (code != ANY_RUN || length == 0 || kept[length - 1] != ANY_RUN) {
        kept[length++] = code; // never two runs side by side
      }
    }
    return new Glob(Arrays.copyOf(kept, length), 0);
  }

  private int[] codes() {
    return IntStream.concat(IntStream.concat(head.chars(), Arrays.stream(middle)), tail.chars())
        .toArray();
  }

  boolean matches(String text) {
    if (middle.length == 0) {
      return text.equals(head);
    }
    int from = head.length();
    int to = text.length() - tail.length();
    if (to < from || !text.startsWith(head) || !text.endsWith(tail)) {
      return false;
    }
    return middle == ONE_RUN || matchesMiddle(text, from, to);
  }

  /** The usual greedy walk that goes back to the last {@code *} only. */
  private boolean matchesMiddle(String text, int from, int to) {
    int at = from;
    int code = 0;
    int runCode = -1;
    int runAt = 0;
    while (at < to) {
      if (code < middle.length && middle[code] == ANY_RUN) {
        runCode = code++;
        runAt = at;
      } else if (code < middle.length && middle[code] == ANY_ONE) {
        at += width(text, at, to);
        code++;
      } else if (code < middle.length && middle[code] == text.charAt(at)) {
        at++;
        code++;
      } else if (runCode >= 0) {
        code = runCode + 1;
        runAt += width(text, runAt, to);
        at = runAt;
      } else {
        return false;
      }
    }
    while (code < middle.length && middle[code] == ANY_RUN) {
      code++;
    }
    return code == middle.length;
  }

  private static int width(String text, int at, int to) {
    boolean pair =
        at + 1 < to
            && Character.isHighSurrogate(text.charAt(at))
            && Character.isLowSurrogate(text.charAt(at + 1));
    return pair ? 2 : 1;
  }

  /**
   * What is left of this pattern once {@code start} has been read: a text behind {@code start}
   * matches one of the answers exactly when the whole matches this pattern. Empty when nothing that
   * begins so can match.
   *
   * @param start without surrogates
   */
  Set<Glob> after(String start) {
    int[] codes = codes();
    BitSet states = new BitSet(codes.length + 1);
    states.set(0);
    for (int i = 0; i < start.length(); i++) {
      BitSet next = new BitSet(codes.length + 1);
      closeOver(codes, states);
      for (int s = states.nextSetBit(0); s >= 0 && s < codes.length; s = states.nextSetBit(s + 1)) {
        if (codes[s] == ANY_RUN) {
          next.set(s);
        } else if (codes[s] == ANY_ONE || codes[s] == start.charAt(i)) {
          next.set(s + 1);
        }
      }
      states = next;
    }
    Set<Glob> rest = new LinkedHashSet<>();
    for (int s = states.nextSetBit(0); s >= 0; s = states.nextSetBit(s + 1)) {
      rest.add(new Glob(codes, s));
    }
    return rest;
  }

  /** A run may be empty: where one can stand, one can stand behind it. */
  private void closeOver(int[] codes, BitSet states) {
    for (int s = states.nextSetBit(0); s >= 0 && s < codes.length; s = states.nextSetBit(s + 1)) {
      if (codes[s] == ANY_RUN) {
        states.set(s + 1);
      }
    }
  }

  /** The parts between the first {@code parts - 1} colons; fewer when it has fewer. */
  Glob[] splitAtColons(int parts) {
    int[] codes = codes();
    Glob[] split = new Glob[parts];
    int count = 0;
    int from = 0;
    for (int i = 0; i < codes.length && count < parts - 1; i++) {
      if (codes[i] == ':') {
        split[count++] = new Glob(Arrays.copyOf(codes, i), from);
        from = i + 1;
      }
    }
    split[count++] = new Glob(codes, from);
    return Arrays.copyOf(split, count);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Glob that
        && head.equals(that.head)
        && tail.equals(that.tail)
        && Arrays.equals(middle, that.middle);
  }

  @Override
  public int hashCode() {
    return 31 * head.hashCode() + Arrays.hashCode(middle);
  }

  @Override
  public String toString() {
    return head + text(middle, 0, middle.length) + tail;
  }
}
