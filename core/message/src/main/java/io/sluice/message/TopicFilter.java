package io.sluice.message;

/**
 * What a subscriber asks for: levels, of which {@code +} stands for one level and a last {@code #}
 * for its parent and everything below. A value that exists is valid. Immutable, safe for any
 * thread. Shared subscriptions wear a prefix around a filter; see {@link SharedFilter}.
 */
public final class TopicFilter {
  private final String text;
  private final String[] levels;
  private final boolean wildcard;

  private TopicFilter(String text, String[] levels, boolean wildcard) {
    this.text = text;
    this.levels = levels;
    this.wildcard = wildcard;
  }

  /**
   * Checks and splits a topic filter.
   *
   * @throws InvalidTopic when it is empty [MQTT-4.7.3-1], holds U+0000 [MQTT-4.7.3-2], is too long
   *     [MQTT-4.7.3-3], has {@code #} before its last level or beside other characters
   *     [MQTT-4.7.1-1], or {@code +} beside other characters [MQTT-4.7.1-2]
   */
  public static TopicFilter of(String text) {
    Topics.check(text, "topic filter");
    String[] levels = Topics.split(text);
    boolean wildcard = false;
    for (int i = 0; i < levels.length; i++) {
      String level = levels[i];
      if (level.indexOf('#') >= 0) {
        checkMultiLevel(level, i, levels.length);
        wildcard = true;
      } else if (level.indexOf('+') >= 0) {
        if (level.length() > 1) {
          throw new InvalidTopic(
              "topic filter has '+' beside other characters at level %d; let '+' fill the whole level. [MQTT-4.7.1-2]"
                  .formatted(i));
        }
        wildcard = true;
      }
    }
    return new TopicFilter(text, levels, wildcard);
  }

  private static void checkMultiLevel(String level, int index, int levels) {
    if (level.length() > 1) {
      throw new InvalidTopic(
          "topic filter has '#' beside other characters at level %d; let '#' fill the last level. [MQTT-4.7.1-1]"
              .formatted(index));
    }
    if (index < levels - 1) {
      throw new InvalidTopic(
          "topic filter has '#' at level %d of %d; move '#' to the last level, or use '+' for one level. [MQTT-4.7.1-1]"
              .formatted(index, levels));
    }
  }

  /** Number of levels, at least 1. */
  public int levels() {
    return levels.length;
  }

  /** One level, counted from 0; may be empty, {@code +} or {@code #}. */
  public String level(int index) {
    return levels[index];
  }

  /** Whether any level is a wildcard. */
  public boolean hasWildcard() {
    return wildcard;
  }

  /**
   * Whether a message published to {@code topic} is for this filter: section 4.7 of the
   * specification.
   */
  public boolean matches(TopicName topic) {
    if (topic.isReserved() && (levels[0].equals("+") || levels[0].equals("#"))) {
      return false; // [MQTT-4.7.2-1]
    }
    for (int i = 0; i < levels.length; i++) {
      String level = levels[i];
      if (level.equals("#")) {
        return true; // also at i == topic.levels(): "sport/#" matches its parent "sport"
      }
      if (i == topic.levels() || !level.equals("+") && !level.equals(topic.level(i))) {
        return false;
      }
    }
    return levels.length == topic.levels();
  }

  /** Whether every topic that {@code other} matches is matched by this one too. */
  public boolean covers(TopicFilter other) {
    boolean leadsWithWildcard = levels[0].equals("+") || levels[0].equals("#");
    if (leadsWithWildcard && other.text.charAt(0) == '$') {
      return false; // [MQTT-4.7.2-1]
    }
    for (int i = 0; i < levels.length; i++) {
      String mine = levels[i];
      if (mine.equals("#")) {
        return true;
      }
      if (i == other.levels.length
          || other.levels[i].equals("#")
          || !mine.equals("+") && !mine.equals(other.levels[i])) {
        return false;
      }
    }
    return levels.length == other.levels.length;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TopicFilter that && text.equals(that.text);
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
