package io.sluice.engine;

import java.time.Duration;

/**
 * The bounds of the outbox. Those of a lane can be narrowed by its action's field {@code outbox}.
 *
 * @param laneMessagesMax messages that wait for one action
 * @param laneBytesMax their bytes
 * @param bytesMax bytes that wait for all actions together
 * @param ageMax how long a message is tried before its action has failed
 * @param policy what happens at the bound
 * @param callsMax calls of one action at once
 */
public record OutboxSettings(
    long laneMessagesMax,
    long laneBytesMax,
    long bytesMax,
    Duration ageMax,
    Policy policy,
    int callsMax) {

  /** What becomes of a message whose lane is full. */
  public enum Policy {
    /** The publish is refused: its publisher is told, and tries again. */
    REFUSE,
    /** The action has failed for this message: counted, and its error action runs. */
    DROP
  }

  public static final OutboxSettings STANDARD =
      new OutboxSettings(1_000_000, 1L << 30, 8L << 30, Duration.ofHours(24), Policy.DROP, 8);
}
