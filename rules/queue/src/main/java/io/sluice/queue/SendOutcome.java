package io.sluice.queue;

import org.jspecify.annotations.Nullable;

/**
 * What became of a message sent inside a turn: exactly one of the two is there. A refusal is for
 * the caller to count; nothing of the turn has changed by it.
 */
public record SendOutcome(@Nullable SentMessage sent, @Nullable QueueError refused) {

  public boolean isAccepted() {
    return sent != null;
  }
}
