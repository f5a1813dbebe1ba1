package io.sluice.message;

/**
 * A shared subscription's filter, {@code $share/{ShareName}/{filter}}: each message that matches
 * goes to one of its members.
 *
 * @param shareName at least one character [MQTT-4.8.2-1], without {@code /}, {@code +} and {@code
 *     #} [MQTT-4.8.2-2]
 * @param filter what the members share
 */
public record SharedFilter(String shareName, TopicFilter filter) {
  private static final String PREFIX = "$share/";

  public SharedFilter {
    if (shareName.isEmpty()) {
      throw new InvalidTopic(
          "share name is empty; write $share/{ShareName}/{filter}. [MQTT-4.8.2-1]");
    }
    for (int i = 0; i < shareName.length(); i++) {
      char c = shareName.charAt(i);
      if (c == '/' || c == '+' || c == '#') {
        throw new InvalidTopic(
            "share name has '%c' at character %d; use a name without '/', '+' and '#'. [MQTT-4.8.2-2]"
                .formatted(c, i));
      }
    }
    Topics.check(shareName, "share name");
  }

  /** Whether the text of a SUBSCRIBE asks for a shared subscription. */
  public static boolean isShared(String text) {
    return text.startsWith(PREFIX) || text.equals("$share");
  }

  /**
   * Takes {@code $share/{ShareName}/{filter}} apart.
   *
   * @throws InvalidTopic when the share name or the filter is missing or malformed [MQTT-4.8.2-1]
   *     [MQTT-4.8.2-2]
   */
  public static SharedFilter of(String text) {
    int slash = text.startsWith(PREFIX) ? text.indexOf('/', PREFIX.length()) : -1;
    if (slash < 0) {
      throw new InvalidTopic(
          "'%s' is no shared subscription; write $share/{ShareName}/{filter}. [MQTT-4.8.2-2]"
              .formatted(text));
    }
    return new SharedFilter(
        text.substring(PREFIX.length(), slash), TopicFilter.of(text.substring(slash + 1)));
  }

  @Override
  public String toString() {
    return PREFIX + shareName + '/' + filter;
  }
}
