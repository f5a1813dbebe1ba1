package io.sluice.queue;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What {@code SendMessage} carries, beside the queue; null where the request left a field out.
 *
 * @param awsTraceHeader the one system attribute that can be sent
 * @param senderId who sends, for the attribute {@code SenderId}; from the authenticated request
 */
public record SendMessage(
    String messageBody,
    @Nullable Integer delaySeconds,
    Map<String, MessageAttribute> messageAttributes,
    @Nullable String awsTraceHeader,
    @Nullable String messageGroupId,
    @Nullable String messageDeduplicationId,
    @Nullable String senderId) {

  public SendMessage {
    messageAttributes = Map.copyOf(messageAttributes);
  }

  /** A body and nothing else. */
  public static SendMessage of(String messageBody) {
    return new SendMessage(messageBody, null, Map.of(), null, null, null, null);
  }

  public SendMessage withDelaySeconds(int seconds) {
    return new SendMessage(
        messageBody,
        seconds,
        messageAttributes,
        awsTraceHeader,
        messageGroupId,
        messageDeduplicationId,
        senderId);
  }

  public SendMessage withAttributes(Map<String, MessageAttribute> attributes) {
    return new SendMessage(
        messageBody,
        delaySeconds,
        attributes,
        awsTraceHeader,
        messageGroupId,
        messageDeduplicationId,
        senderId);
  }

  public SendMessage withGroup(
      @Nullable String messageGroupId, @Nullable String messageDeduplicationId) {
    return new SendMessage(
        messageBody,
        delaySeconds,
        messageAttributes,
        awsTraceHeader,
        messageGroupId,
        messageDeduplicationId,
        senderId);
  }

  /** The length alone: the rest is payload and stays out of logs. */
  @Override
  public String toString() {
    return "SendMessage[%d characters]".formatted(messageBody.length());
  }
}
