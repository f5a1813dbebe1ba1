package io.sluice.session;

import io.sluice.message.InvalidTopic;
import io.sluice.message.SharedFilter;
import io.sluice.message.TopicFilter;
import org.jspecify.annotations.Nullable;

/**
 * What a SUBSCRIBE names: a topic filter, alone, shared with others ({@code
 * $share/{ShareName}/{filter}}), or for one session at a time ({@code $exclusive/{filter}}, an
 * extension). Two are equal when their texts are.
 */
public final class SubscribedFilter {
  private static final String EXCLUSIVE = "$exclusive/";

  private final String text;
  private final TopicFilter topics;
  private final @Nullable SharedFilter share;

  private SubscribedFilter(String text, TopicFilter topics, @Nullable SharedFilter share) {
    this.text = text;
    this.topics = topics;
    this.share = share;
  }

  /**
   * Reads the text of a SUBSCRIBE or UNSUBSCRIBE.
   *
   * @throws InvalidTopic when it is no topic filter [MQTT-4.7.1-1], or a malformed shared
   *     subscription [MQTT-4.8.2-1] [MQTT-4.8.2-2]
   */
  public static SubscribedFilter of(String text) {
    if (SharedFilter.isShared(text)) {
      SharedFilter share = SharedFilter.of(text);
      return new SubscribedFilter(text, share.filter(), share);
    }
    if (text.startsWith(EXCLUSIVE)) {
      return new SubscribedFilter(text, TopicFilter.of(text.substring(EXCLUSIVE.length())), null);
    }
    return new SubscribedFilter(text, TopicFilter.of(text), null);
  }

  /** The topics it stands for. */
  public TopicFilter topics() {
    return topics;
  }

  /** The group that shares it; null when it is not shared. */
  public @Nullable SharedFilter share() {
    return share;
  }

  public boolean isExclusive() {
    return share == null && topics.toString().length() < text.length();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SubscribedFilter that && text.equals(that.text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  /** As the client wrote it. */
  @Override
  public String toString() {
    return text;
  }
}
