package io.sluice.sql;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A string: made by an expression, or a slice of a JSON text that is decoded only when its
 * characters are asked for.
 */
final class Text implements Value {
  private final byte @Nullable [] json;
  private final int start; // the first byte after the quote
  private final int end; // the closing quote
  private final boolean escaped;
  private @Nullable String string;
  private byte @Nullable [] utf8;

  Text(String string) {
    this.json = null;
    this.start = 0;
    this.end = 0;
    this.escaped = false;
    this.string = string;
  }

  /** A slice of JSON text; nobody changes {@code json}. */
  Text(byte[] json, int start, int end, boolean escaped) {
    this.json = json;
    this.start = start;
    this.end = end;
    this.escaped = escaped;
  }

  /** A literal that will be compared with payloads often. */
  static Text literal(String string) {
    Text text = new Text(string);
    text.utf8 = string.getBytes(StandardCharsets.UTF_8);
    return text;
  }

  @Override
  public ValueType type() {
    return ValueType.STRING;
  }

  boolean sameAs(Text other) {
    byte[] own = json;
    byte[] theirs = other.json;
    byte[] literal = other.utf8;
    if (own != null && !escaped && literal != null) {
      return Arrays.equals(own, start, end, literal, 0, literal.length);
    }
    if (own != null && theirs != null && !escaped && !other.escaped) {
      return Arrays.equals(own, start, end, theirs, other.start, other.end);
    }
    if (theirs != null && !other.escaped && utf8 != null) {
      return Arrays.equals(theirs, other.start, other.end, utf8, 0, utf8.length);
    }
    return toString().equals(other.toString());
  }

  @Override
  public void writeTo(JsonOut out) {
    if (json != null) {
      out.raw(json, start - 1, end + 1);
    } else {
      out.string(toString());
    }
  }

  @Override
  public String toString() {
    String known = string;
    if (known == null) {
      byte[] bytes = Objects.requireNonNull(json);
      known =
          escaped
              ? JsonScanner.unescape(bytes, start, end)
              : new String(bytes, start, end - start, StandardCharsets.UTF_8);
      string = known;
    }
    return known;
  }
}
