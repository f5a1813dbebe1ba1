package io.sluice.sim;

/**
 * A promise that was not kept.
 *
 * @param round in which it was found, from 1; 0: at the reckoning in the end
 * @param detail which message, where, what was found
 */
public record CrashViolation(Kind kind, int round, String detail) {
  /** Which promise. */
  public enum Kind {
    /** Acknowledged, and a receiver that had to get it did not. */
    LOST,
    /** A message of QoS 2 came twice, or a queue holds more copies than were sent. */
    TWICE,
    /** A message came after a later one of its stream. */
    ORDER,
    /** Delivered at another QoS than the lower of both. */
    QOS,
    /** Nobody sent it. */
    FOREIGN,
    /** The retained message is older than the last that was acknowledged, or gone. */
    RETAINED,
    /** A session that was confirmed is not there any more. */
    SESSION,
    /** An answer that does not belong to its question. */
    PROTOCOL,
    /** The connection before a takeover was not ended. */
    TAKEOVER,
    /** What was sent was never acknowledged, though there was time. */
    UNFINISHED,
    /** The broker ended by itself, or did not start. */
    BROKER
  }
}
