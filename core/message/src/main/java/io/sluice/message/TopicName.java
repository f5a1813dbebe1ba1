package io.sluice.message;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The topic a message is published to: at least one character, no wildcard, at most 65,535 bytes of
 * UTF-8. Levels are split once, here; an empty level is a level (section 4.7.1.1). Immutable, safe
 * for any thread.
 */
public final class TopicName {
  static final int BYTES_MAX = 65_535;

  private final String text;
  private final String[] levels;
  private byte @Nullable [] utf8;

  private TopicName(String text, String[] levels) {
    this.text = text;
    this.levels = levels;
  }

  /**
   * Checks and splits a topic name.
   *
   * @throws InvalidTopic when it is empty [MQTT-4.7.3-1], holds U+0000 [MQTT-4.7.3-2] or a wildcard
   *     [MQTT-4.7.0-1] [MQTT-3.3.2-2], or is too long [MQTT-4.7.3-3]
   */
  public static TopicName of(String text) {
    Topics.check(text, "topic name");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '+' || c == '#') {
        throw new InvalidTopic(
            "topic name has the wildcard '%c' at character %d; publish to a name without '+' and '#'. [MQTT-4.7.0-1]"
                .formatted(c, i));
      }
    }
    return new TopicName(text, Topics.split(text));
  }

  /** Number of levels, at least 1. */
  public int levels() {
    return levels.length;
  }

  /** One level, counted from 0; may be empty. */
  public String level(int index) {
    return levels[index];
  }

  /**
   * Whether the name begins with {@code $}: then a filter that begins with a wildcard does not
   * match it [MQTT-4.7.2-1].
   */
  public boolean isReserved() {
    return text.charAt(0) == '$';
  }

  /** Length in bytes of UTF-8. */
  public int utf8Length() {
    return Topics.utf8Length(text);
  }

  /** The name as bytes of UTF-8; nobody may change them. */
  public byte[] utf8() {
    byte[] bytes = utf8;
    if (bytes == null) { // two threads may both make them: the same
      bytes = text.getBytes(StandardCharsets.UTF_8);
      utf8 = bytes;
    }
    return bytes;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TopicName that && text.equals(that.text);
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
