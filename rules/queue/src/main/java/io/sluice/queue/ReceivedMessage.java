package io.sluice.queue;

import java.util.Map;

/**
 * A message as it is handed to a receiver; fields as on the wire.
 *
 * @param attributes all system attributes the message has, such as {@code SentTimestamp} and {@code
 *     ApproximateReceiveCount}; the API hands on those asked for
 * @param messageAttributes all of the sender's; {@link MessageAttribute#select} picks, and the
 *     digest is made of those picked ({@link MessageDigests#ofAttributes})
 */
public record ReceivedMessage(
    String messageId,
    String receiptHandle,
    String md5OfBody,
    String body,
    Map<String, String> attributes,
    Map<String, MessageAttribute> messageAttributes) {
  public ReceivedMessage {
    attributes = Map.copyOf(attributes);
    messageAttributes = Map.copyOf(messageAttributes);
  }

  /** The identifier alone: the rest is payload and stays out of logs. */
  @Override
  public String toString() {
    return "ReceivedMessage[" + messageId + "]";
  }
}
