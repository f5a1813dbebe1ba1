package io.sluice.transport;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;

/**
 * Packets as a person writes them down: hexadecimal digits; {@code 'text'}; {@code <...>} with its
 * length before it as a variable byte integer; {@code [...]} with its length before it in two
 * bytes; {@code (...)*n} n times. So {@code 30 <['a/b'] <> 'payload'>} is a PUBLISH of MQTT 5.
 */
final class PacketText {
  private final String text;
  private int at;

  private PacketText(String text) {
    this.text = text;
  }

  static byte[] bytes(String text) {
    PacketText reader = new PacketText(text);
    byte[] bytes = reader.until((char) 0);
    if (reader.at < text.length()) {
      throw new IllegalArgumentException("'%s' ends early, at %d".formatted(text, reader.at));
    }
    return bytes;
  }

  private byte[] until(char close) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    while (at < text.length() && text.charAt(at) != close) {
      char c = text.charAt(at++);
      switch (c) {
        case ' ' -> {}
        case '\'' -> {
          int end = text.indexOf('\'', at);
          out.writeBytes(text.substring(at, end).getBytes(UTF_8));
          at = end + 1;
        }
        case '<' -> {
          byte[] inner = inside('>');
          int left = inner.length;
          for (; left > 127; left >>>= 7) {
            out.write(left & 0x7F | 0x80);
          }
          out.write(left);
          out.writeBytes(inner);
        }
        case '[' -> {
          byte[] inner = inside(']');
          out.write(inner.length >> 8);
          out.write(inner.length);
          out.writeBytes(inner);
        }
        case '(' -> {
          byte[] inner = inside(')');
          for (int times = times(); times > 0; times--) {
            out.writeBytes(inner);
          }
        }
        default -> {
          int high = Character.digit(c, 16);
          int low = at < text.length() ? Character.digit(text.charAt(at++), 16) : -1;
          if (high < 0 || low < 0) {
            throw new IllegalArgumentException("'%s': no byte at %d".formatted(text, at - 2));
          }
          out.write(high << 4 | low);
        }
      }
    }
    return out.toByteArray();
  }

  private byte[] inside(char close) {
    byte[] inner = until(close);
    if (at == text.length()) {
      throw new IllegalArgumentException("'%s': %c is missing".formatted(text, close));
    }
    at++;
    return inner;
  }

  /** The {@code *n} behind a parenthesis. */
  private int times() {
    int begin = ++at;
    while (at < text.length() && Character.isDigit(text.charAt(at))) {
      at++;
    }
    return Integer.parseInt(text.substring(begin, at));
  }
}
