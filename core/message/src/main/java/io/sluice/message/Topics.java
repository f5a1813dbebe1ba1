package io.sluice.message;

/** What topic names and topic filters have in common: their characters and their levels. */
final class Topics {
  private Topics() {}

  static void check(String text, String what) {
    if (text.isEmpty()) {
      throw new InvalidTopic(what + " is empty; it needs at least one character. [MQTT-4.7.3-1]");
    }
    if (text.indexOf('\u0000') >= 0) {
      throw new InvalidTopic(what + " holds U+0000; remove it. [MQTT-4.7.3-2]");
    }
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i)) && isLone(text, i)) {
        throw new InvalidTopic(
            what + " is not valid UTF-8: lone surrogate at character " + i + ". [MQTT-1.5.4-1]");
      }
    }
    if (text.length() > TopicName.BYTES_MAX / 3 && utf8Length(text) > TopicName.BYTES_MAX) {
      throw new InvalidTopic(
          "%s has %d bytes; at most %d fit. [MQTT-4.7.3-3]"
              .formatted(what, utf8Length(text), TopicName.BYTES_MAX));
    }
  }

  private static boolean isLone(String text, int i) {
    return Character.isHighSurrogate(text.charAt(i))
        ? i + 1 == text.length() || !Character.isLowSurrogate(text.charAt(i + 1))
        : i == 0 || !Character.isHighSurrogate(text.charAt(i - 1));
  }

  static int utf8Length(String text) {
    int bytes = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      bytes += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
    }
    return bytes;
  }

  static String[] split(String text) {
    int count = 1;
    for (int i = text.indexOf('/'); i >= 0; i = text.indexOf('/', i + 1)) {
      count++;
    }
    String[] levels = new String[count];
    int start = 0;
    for (int level = 0; level < count - 1; level++) {
      int end = text.indexOf('/', start);
      levels[level] = text.substring(start, end);
      start = end + 1;
    }
    levels[count - 1] = text.substring(start);
    return levels;
  }
}
