package io.sluice.sql;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * One JSON text and how its numbers are read. Values made from it share its bytes, which nobody
 * changes.
 */
final class Json {
  private static final int PLAIN_NUMBER_MAX = 18; // characters: its digits fit into a long

  private final byte[] text;
  private final boolean wholeIsInt; // whether 10.0 is the Int 10, as from version 2016-03-23 on
  private boolean compact; // whether there is no white space between tokens

  private Json(byte[] text, boolean wholeIsInt) {
    this.text = text;
    this.wholeIsInt = wholeIsInt;
  }

  /**
   * Checks a whole document, and wraps its root; nothing below the root is built.
   *
   * @throws JsonScanner.NotJson when it is not JSON or too deep
   */
  static Value read(byte[] text, boolean wholeIsInt) {
    Json json = new Json(text, wholeIsInt);
    JsonScanner scanner = new JsonScanner(text, text.length);
    int start = scanner.space(0);
    Value root;
    int end;
    if (scanner.at(start) == '{') {
      int[] index = JsonObject.index(scanner, start, false);
      end = index[0];
      root = new JsonObject(json, start, end, index);
    } else {
      end = scanner.skipValue(start);
      root = json.value(start, end);
    }
    if (scanner.space(end) != text.length) {
      throw new JsonScanner.NotJson();
    }
    json.compact = !scanner.sawSpace();
    return root;
  }

  byte[] text() {
    return text;
  }

  /** The value of a checked slice. */
  Value value(int start, int end) {
    return switch (text[start]) {
      case '{' -> new JsonObject(this, start, end, null);
      case '[' -> new JsonArray(this, start, end);
      case '"' -> new Text(text, start + 1, end - 1, hasEscape(start + 1, end - 1));
      case 't' -> Bool.TRUE;
      case 'f' -> Bool.FALSE;
      case 'n' -> Null.NULL;
      default -> number(start, end);
    };
  }

  private boolean hasEscape(int start, int end) {
    for (int i = start; i < end; i++) {
      if (text[i] == '\\') {
        return true;
      }
    }
    return false;
  }

  private Value number(int start, int end) {
    if (end - start <= PLAIN_NUMBER_MAX) {
      boolean negative = text[start] == '-';
      long unscaled = 0;
      int scale = -1; // no point seen
      int p = negative ? start + 1 : start;
      for (; p < end; p++) {
        byte b = text[p];
        if (b >= '0' && b <= '9') {
          unscaled = unscaled * 10 + (b - '0');
          scale = scale < 0 ? scale : scale + 1;
        } else if (b == '.') {
          scale = 0;
        } else {
          break; // an exponent
        }
      }
      if (p == end) {
        return Numbers.of(negative ? -unscaled : unscaled, scale, wholeIsInt);
      }
    }
    return Numbers.parse(
        new String(text, start, end - start, StandardCharsets.ISO_8859_1), wholeIsInt);
  }

  /**
   * Whether the key at a place is the one wanted. An end that is inverted says: the key has
   * escapes.
   */
  boolean sameKey(int start, int end, Key key) {
    byte[] wanted = key.utf8();
    if (end >= 0) {
      return end - start == wanted.length
          && Arrays.equals(text, start, end, wanted, 0, wanted.length);
    }
    return JsonScanner.unescape(text, start, ~end).equals(key.text());
  }

  String keyText(int start, int end) {
    return end >= 0
        ? new String(text, start, end - start, StandardCharsets.UTF_8)
        : JsonScanner.unescape(text, start, ~end);
  }

  /**
   * Copies a slice without the white space between tokens: a record with a line break would split a
   * line-delimited object.
   */
  void writeTo(JsonOut out, int start, int end) {
    if (compact) {
      out.raw(text, start, end);
      return;
    }
    int from = start;
    boolean quoted = false;
    for (int p = start; p < end; p++) {
      byte b = text[p];
      if (b == '"') {
        quoted = !quoted;
      } else if (b == '\\') {
        p++; // only inside strings
      } else if (!quoted && (b == ' ' || b == '\n' || b == '\r' || b == '\t')) {
        out.raw(text, from, p);
        from = p + 1;
      }
    }
    out.raw(text, from, end);
  }
}
