package io.sluice.queue;

import org.jspecify.annotations.Nullable;

/**
 * What {@code ReceiveMessage} carries, beside the queue; null where the request left a field out.
 * Which attributes go back to the caller is the business of who asks: {@link
 * MessageAttribute#select}.
 */
public record ReceiveMessage(
    @Nullable Integer maxNumberOfMessages,
    @Nullable Integer visibilityTimeout,
    @Nullable Integer waitTimeSeconds,
    @Nullable String receiveRequestAttemptId) {

  static final int MESSAGES_MAX = 10;
  static final int WAIT_SECONDS_MAX = 20;

  /** Up to {@code max} messages, at once. */
  public static ReceiveMessage now(int max) {
    return new ReceiveMessage(max, null, 0, null);
  }

  public static ReceiveMessage waiting(int max, int waitTimeSeconds) {
    return new ReceiveMessage(max, null, waitTimeSeconds, null);
  }

  public ReceiveMessage withVisibilityTimeout(int seconds) {
    return new ReceiveMessage(
        maxNumberOfMessages, seconds, waitTimeSeconds, receiveRequestAttemptId);
  }

  int max() {
    return maxNumberOfMessages == null ? 1 : maxNumberOfMessages;
  }

  void check() {
    if (max() < 1 || max() > MESSAGES_MAX) {
      throw QueueError.outOfRange(
          "MaxNumberOfMessages", max(), "Must be between 1 and 10, if provided.");
    }
    if (waitTimeSeconds != null && (waitTimeSeconds < 0 || waitTimeSeconds > WAIT_SECONDS_MAX)) {
      throw QueueError.outOfRange(
          "WaitTimeSeconds", waitTimeSeconds, "Must be >= 0 and <= 20, if provided.");
    }
    if (visibilityTimeout != null) {
      ChangeVisibility.checkSeconds(visibilityTimeout);
    }
    if (receiveRequestAttemptId != null) {
      MessageChecks.fifoId("ReceiveRequestAttemptId", receiveRequestAttemptId);
    }
  }
}
