package io.sluice.sql;

import java.nio.charset.StandardCharsets;

/**
 * The name of an object's member, with its UTF-8 so that payloads are searched without making
 * strings.
 */
final class Key {
  private final String text;
  private final byte[] utf8;
  private byte[] quoted = new byte[0]; // filled on first use: most keys are only looked for

  Key(String text) {
    this.text = text;
    this.utf8 = text.getBytes(StandardCharsets.UTF_8);
  }

  String text() {
    return text;
  }

  byte[] utf8() {
    return utf8;
  }

  /** The key as JSON with its colon. */
  byte[] quoted() {
    if (quoted.length == 0) {
      JsonOut out = new JsonOut(utf8.length + 3);
      out.string(text);
      out.raw((byte) ':');
      quoted = out.toBytes();
    }
    return quoted;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Key that && text.equals(that.text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  @Override
  public String toString() {
    return text;
  }
}
