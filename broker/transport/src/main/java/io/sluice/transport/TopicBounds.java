package io.sluice.transport;

import io.netty.buffer.ByteBufUtil;
import io.sluice.message.TopicFilter;
import io.sluice.message.TopicName;
import org.jspecify.annotations.Nullable;

/** How deep and how long topics may be. Any thread. */
final class TopicBounds {
  private static final String BASIC_INGEST = "$aws/rules/";
  private static final int BASIC_INGEST_LEVELS = 3;
  private static final int UTF8_BYTES_A_CHAR_MAX = 3;

  private TopicBounds() {}

  /** Null when the name is within the limits, else a sentence. */
  static @Nullable String fault(TransportLimits limits, TopicName topic) {
    String text = topic.toString();
    if (topic.levels() <= limits.topicLevelsMax()
        && text.length() * UTF8_BYTES_A_CHAR_MAX <= limits.topicBytesMax()) {
      return null; // nearly all
    }
    // The prefix of Basic Ingest does not count: AWS IoT Developer Guide, "Basic Ingest".
    boolean named = text.startsWith(BASIC_INGEST) && topic.levels() > BASIC_INGEST_LEVELS;
    int prefix = named ? text.indexOf('/', BASIC_INGEST.length()) + 1 : 0;
    return fault(
        limits,
        "topic name",
        topic.levels() - (named ? BASIC_INGEST_LEVELS : 0),
        topic.utf8Length() - prefix);
  }

  /**
   * As above, for a filter. Of a shared subscription it is given the filter alone: its share name
   * does not count.
   */
  static @Nullable String fault(TransportLimits limits, TopicFilter filter) {
    String text = filter.toString();
    return fault(limits, "topic filter", filter.levels(), ByteBufUtil.utf8Bytes(text));
  }

  private static @Nullable String fault(
      TransportLimits limits, String what, int levels, int bytes) {
    if (levels > limits.topicLevelsMax()) {
      return "%s has %d levels; at most %d are taken"
          .formatted(what, levels, limits.topicLevelsMax());
    }
    if (bytes > limits.topicBytesMax()) {
      return "%s has %d bytes; at most %d are taken".formatted(what, bytes, limits.topicBytesMax());
    }
    return null;
  }
}
