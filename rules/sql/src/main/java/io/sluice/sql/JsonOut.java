package io.sluice.sql;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Builds compact JSON as UTF-8. */
final class JsonOut {
  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  private byte[] bytes;
  private int size;

  JsonOut(int capacity) {
    bytes = new byte[capacity];
  }

  void raw(byte b) {
    if (size == bytes.length) {
      grow(1);
    }
    bytes[size++] = b;
  }

  void raw(char ascii) {
    raw((byte) ascii);
  }

  void raw(byte[] from, int start, int end) {
    int length = end - start;
    if (size + length > bytes.length) {
      grow(length);
    }
    System.arraycopy(from, start, bytes, size, length);
    size += length;
  }

  void raw(byte[] from) {
    raw(from, 0, from.length);
  }

  @SuppressWarnings(
      "deprecation") // getBytes(int, int, byte[], int) drops the high byte: right for ASCII, and it
  // makes no garbage
  void raw(String ascii) {
    int length = ascii.length();
    if (size + length > bytes.length) {
      grow(length);
    }
    ascii.getBytes(0, length, bytes, size);
    size += length;
  }

  void number(long value) {
    if (value >= 0 && value < 10) {
      raw((byte) ('0' + value));
    } else {
      raw(Long.toString(value));
    }
  }

  void string(String text) {
    raw('"');
    int plainFrom = 0;
    int length = text.length();
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      if (c < 0x20 || c == '"' || c == '\\' || Character.isSurrogate(c) && !paired(text, i)) {
        plain(text, plainFrom, i);
        escape(c);
        plainFrom = i + 1;
      } else if (Character.isHighSurrogate(c)) {
        i++; // its low half belongs to it
      }
    }
    plain(text, plainFrom, length);
    raw('"');
  }

  private static boolean paired(String text, int i) {
    return Character.isHighSurrogate(text.charAt(i))
        && i + 1 < text.length()
        && Character.isLowSurrogate(text.charAt(i + 1));
  }

  private void plain(String text, int from, int to) {
    if (to > from) {
      raw(text.substring(from, to).getBytes(StandardCharsets.UTF_8));
    }
  }

  private void escape(char c) {
    raw('\\');
    switch (c) {
      case '"', '\\' -> raw(c);
      case '\n' -> raw('n');
      case '\r' -> raw('r');
      case '\t' -> raw('t');
      default -> {
        raw('u');
        for (int shift = 12; shift >= 0; shift -= 4) {
          raw(HEX[c >> shift & 0xf]);
        }
      }
    }
  }

  private void grow(int more) {
    bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + more));
  }

  int size() {
    return size;
  }

  byte[] toBytes() {
    return size == bytes.length ? bytes : Arrays.copyOf(bytes, size);
  }

  @Override
  public String toString() {
    return new String(bytes, 0, size, StandardCharsets.UTF_8);
  }
}
