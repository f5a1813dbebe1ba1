package io.sluice.message;

/**
 * A topic name or topic filter that the MQTT specification does not allow; the message names the
 * clause and the remedy.
 */
public final class InvalidTopic extends IllegalArgumentException {
  InvalidTopic(String message) {
    super(message);
  }
}
