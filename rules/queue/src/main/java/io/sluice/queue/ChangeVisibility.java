package io.sluice.queue;

/** What {@code ChangeMessageVisibility} carries, beside the queue. */
public record ChangeVisibility(String receiptHandle, int visibilityTimeout) {
  static final int SECONDS_MAX = 43_200;

  static void checkSeconds(int seconds) {
    if (seconds < 0 || seconds > SECONDS_MAX) {
      throw QueueError.outOfRange(
          "VisibilityTimeout", seconds, "Must be between 0 and 43200, if provided.");
    }
  }
}
