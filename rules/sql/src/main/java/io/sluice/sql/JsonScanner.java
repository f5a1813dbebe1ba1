package io.sluice.sql;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Walks over JSON text without building anything: checks it against RFC 8259 (and its UTF-8), and
 * finds where members and elements begin and end. One pass, no recursion, so depth costs no stack;
 * a nesting beyond {@link #DEPTH_MAX} is refused.
 *
 * <p>Why not the tokens of a library: most rules read two or three fields of a payload and most
 * messages do not match; the benchmarks of this room hold this scanner beside one Jackson parse. A
 * property holds that both accept the same documents.
 */
final class JsonScanner {
  /** Levels of nesting. */
  static final int DEPTH_MAX = 512;

  private static final long[] NO_LEVELS = {};

  private final byte[] json;
  private final int end;
  private boolean sawSpace;
  private boolean sawEscape;

  JsonScanner(byte[] json, int end) {
    this.json = json;
    this.end = end;
  }

  /** The text is not JSON. Expected for binary payloads, so without a stack trace. */
  static final class NotJson extends RuntimeException {
    private final boolean tooDeep;

    NotJson() {
      super("not JSON", null, false, false);
      this.tooDeep = false;
    }

    private NotJson(int depth) {
      super("nested deeper than " + depth + " levels", null, false, false);
      this.tooDeep = true;
    }

    boolean isTooDeep() {
      return tooDeep;
    }
  }

  /** The byte at a position, 0 past the end: no rule of the grammar accepts a 0. */
  byte at(int p) {
    return p < end ? json[p] : 0;
  }

  int end() {
    return end;
  }

  /** The first position from {@code p} on that is not white space. */
  int space(int p) {
    while (p < end) {
      byte b = json[p];
      if (b > ' ' || b != ' ' && b != '\n' && b != '\t' && b != '\r') {
        break;
      }
      sawSpace = true;
      p++;
    }
    return p;
  }

  /** Whether any white space between tokens was passed. */
  boolean sawSpace() {
    return sawSpace;
  }

  /** Whether an escape was passed since the last call. */
  boolean takeEscape() {
    boolean saw = sawEscape;
    sawEscape = false;
    return saw;
  }

  /** The position behind the value that begins at {@code p}. */
  int skipValue(int p) {
    return switch (at(p)) {
      case '"' -> skipString(p);
      case '{', '[' -> skipContainer(p);
      case 't' -> skipWord(p, 'r', 'u', 'e');
      case 'n' -> skipWord(p, 'u', 'l', 'l');
      case 'f' -> skipFalse(p);
      default -> skipNumber(p);
    };
  }

  /** The position of the value of the member whose key begins at {@code p}. */
  int skipKey(int p) {
    if (at(p) != '"') {
      throw new NotJson();
    }
    return skipColon(skipString(p));
  }

  int skipColon(int p) {
    p = space(p);
    if (at(p) != ':') {
      throw new NotJson();
    }
    return space(p + 1);
  }

  private int skipContainer(int p) {
    long objects = 0; // one bit per open level, the innermost being the lowest: set for an object
    long[] outer = NO_LEVELS; // the bits of levels further out, 64 at a time
    int depth = 0;
    boolean wantsValue = true; // otherwise a value has just ended
    while (true) {
      if (wantsValue) {
        byte b = at(p);
        if (b == '{' || b == '[') {
          if (depth == DEPTH_MAX) {
            throw new NotJson(DEPTH_MAX);
          }
          if (depth > 0 && depth % Long.SIZE == 0) {
            outer = Arrays.copyOf(outer, outer.length + 1);
            outer[outer.length - 1] = objects;
          }
          boolean object = b == '{';
          objects = objects << 1 | (object ? 1 : 0);
          depth++;
          p = space(p + 1);
          if (at(p) != (object ? '}' : ']')) {
            p = object ? skipKey(p) : p;
            continue;
          }
        } else {
          p = skipValue(p); // a scalar
        }
        wantsValue = false; // also behind an empty container: its end is next
      }
      p = space(p);
      byte b = at(p);
      boolean object = (objects & 1) != 0;
      if (b == ',') {
        p = space(p + 1);
        if (object) {
          p = skipKey(p);
        }
        wantsValue = true;
      } else if (b == (object ? '}' : ']')) {
        p++;
        depth--;
        if (depth == 0) {
          return p;
        }
        if (depth % Long.SIZE == 0) {
          objects = outer[outer.length - 1];
          outer = Arrays.copyOf(outer, outer.length - 1);
        } else {
          objects >>>= 1;
        }
      } else {
        throw new NotJson();
      }
    }
  }

  /** As {@link #skipValue} over text that was checked before: only looks for the end. */
  int skipChecked(int p) {
    byte[] text = json;
    byte b = text[p];
    if (b == '"') {
      return skipCheckedString(p);
    }
    if (b != '{' && b != '[') {
      while (p < end && !endsScalar(text[p])) {
        p++;
      }
      return p;
    }
    int depth = 0;
    while (true) {
      b = text[p];
      if (b == '"') {
        p = skipCheckedString(p);
        continue;
      }
      if (b == '{' || b == '[') {
        depth++;
      } else if ((b == '}' || b == ']') && --depth == 0) {
        return p + 1;
      }
      p++;
    }
  }

  private static boolean endsScalar(byte b) {
    return b == ',' || b == '}' || b == ']' || b <= ' ' && b >= 0;
  }

  private int skipCheckedString(int p) {
    byte[] text = json;
    p++;
    while (text[p] != '"') {
      p += text[p] == '\\' ? 2 : 1;
    }
    return p + 1;
  }

  /** The position behind the string whose opening quote is at {@code p}. */
  int skipString(int p) {
    byte[] text = json;
    int limit = end;
    p++;
    while (p < limit) {
      byte b = text[p];
      if (b == '"') {
        return p + 1;
      }
      if (b >= 0x20 && b != '\\') {
        p++;
      } else if (b == '\\') {
        p = skipEscape(p + 1);
      } else if (b < 0) {
        p = skipMultibyte(p);
      } else {
        break; // a control character
      }
    }
    throw new NotJson();
  }

  private int skipEscape(int p) {
    sawEscape = true;
    return switch (at(p)) {
      case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> p + 1;
      case 'u' -> skipHex(p + 1);
      default -> throw new NotJson();
    };
  }

  private int skipHex(int p) {
    for (int i = 0; i < 4; i++) {
      if (Character.digit(at(p + i), 16) < 0) {
        throw new NotJson();
      }
    }
    return p + 4;
  }

  /** UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing above U+10FFFF. */
  private int skipMultibyte(int p) {
    int lead = json[p] & 0xff;
    int second = at(p + 1) & 0xff;
    int length;
    if (lead >= 0xc2 && lead < 0xe0) {
      length = 2;
    } else if (lead >= 0xe0 && lead < 0xf0) {
      length = 3;
      if (lead == 0xe0 && second < 0xa0 || lead == 0xed && second >= 0xa0) {
        throw new NotJson();
      }
    } else if (lead >= 0xf0 && lead < 0xf5) {
      length = 4;
      if (lead == 0xf0 && second < 0x90 || lead == 0xf4 && second >= 0x90) {
        throw new NotJson();
      }
    } else {
      throw new NotJson();
    }
    for (int i = 1; i < length; i++) {
      if ((at(p + i) & 0xc0) != 0x80) {
        throw new NotJson();
      }
    }
    return p + length;
  }

  private int skipNumber(int p) {
    if (at(p) == '-') {
      p++;
    }
    byte first = at(p);
    if (first == '0') {
      p++;
    } else {
      p = skipDigits(p);
    }
    if (at(p) == '.') {
      p = skipDigits(p + 1);
    }
    byte e = at(p);
    if (e == 'e' || e == 'E') {
      p++;
      byte sign = at(p);
      p = skipDigits(sign == '-' || sign == '+' ? p + 1 : p);
    }
    return p;
  }

  private int skipDigits(int p) {
    int from = p;
    while (p < end && json[p] >= '0' && json[p] <= '9') {
      p++;
    }
    if (p == from) {
      throw new NotJson();
    }
    return p;
  }

  private int skipWord(int p, char second, char third, char fourth) {
    if (at(p + 1) != second || at(p + 2) != third || at(p + 3) != fourth) {
      throw new NotJson();
    }
    return p + 4;
  }

  private int skipFalse(int p) {
    if (at(p + 1) != 'a') {
      throw new NotJson();
    }
    return skipWord(p + 1, 'l', 's', 'e');
  }

  /** The characters of the inside of a checked JSON string. */
  static String unescape(byte[] json, int start, int end) {
    String text = new String(json, start, end - start, StandardCharsets.UTF_8);
    StringBuilder plain = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c != '\\') {
        plain.append(c);
        continue;
      }
      char kind = text.charAt(++i);
      switch (kind) {
        case 'b' -> plain.append('\b');
        case 'f' -> plain.append('\f');
        case 'n' -> plain.append('\n');
        case 'r' -> plain.append('\r');
        case 't' -> plain.append('\t');
        case 'u' -> {
          plain.append((char) Integer.parseInt(text, i + 1, i + 5, 16));
          i += 4;
        }
        default -> plain.append(kind);
      }
    }
    return plain.toString();
  }
}
