package io.sluice.session;

/**
 * Bounds of what sessions keep.
 *
 * @param inboxMessagesMax messages that wait in one inbox; more are dropped and counted
 * @param retainedMax retained messages in all; further topics are refused and counted, known topics
 *     still change
 * @param expirySecondsMax the longest a session outlives its connection
 */
public record SessionLimits(long inboxMessagesMax, long retainedMax, long expirySecondsMax) {
  public static final SessionLimits STANDARD =
      new SessionLimits(1_000_000, 1_000_000, 0xFFFF_FFFFL);
}
