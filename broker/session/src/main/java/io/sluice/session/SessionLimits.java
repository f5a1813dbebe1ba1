package io.sluice.session;

/**
 * Bounds of what sessions keep. Immutable: each {@code with} makes a changed copy, so that a new
 * limit is three lines here and none elsewhere.
 */
public final class SessionLimits implements Cloneable {
  private static final long SECONDS_OF_AN_HOUR = 3600;

  /** Generous, as the MQTT standard has it. */
  public static final SessionLimits STANDARD = new SessionLimits();

  /** AWS IoT Core quotas: "Message broker and protocol limits". */
  public static final SessionLimits AWS =
      STANDARD
          .withExpirySecondsMax(SECONDS_OF_AN_HOUR)
          .withSubscriptionsMax(50)
          .withRetainedMax(500_000)
          .withParentsMatched(false);

  private int subscriptionsMax = 1_000;
  private long inboxMessagesMax = 10_000_000;
  private long inboxBytesMax = 4L << 30;
  private InboxPolicy inboxPolicy = InboxPolicy.DROP_NEWEST;
  private boolean inboxQos0;
  private long retainedMax = 1_000_000;
  private long retainedBytesMax = 1L << 30;
  private boolean parentsMatched = true;
  private long expirySecondsMax = Sessions.EXPIRY_NEVER;

  private SessionLimits() {}

  /** Subscriptions of one session. */
  public int subscriptionsMax() {
    return subscriptionsMax;
  }

  public SessionLimits withSubscriptionsMax(int subscriptions) {
    SessionLimits copy = copy();
    copy.subscriptionsMax = subscriptions;
    return copy;
  }

  /** Messages that wait in one inbox. */
  public long inboxMessagesMax() {
    return inboxMessagesMax;
  }

  public SessionLimits withInboxMessagesMax(long messages) {
    SessionLimits copy = copy();
    copy.inboxMessagesMax = messages;
    return copy;
  }

  /** Bytes of the messages that wait in one inbox, as they are stored. */
  public long inboxBytesMax() {
    return inboxBytesMax;
  }

  public SessionLimits withInboxBytesMax(long bytes) {
    SessionLimits copy = copy();
    copy.inboxBytesMax = bytes;
    return copy;
  }

  /** What happens beyond the two. */
  public InboxPolicy inboxPolicy() {
    return inboxPolicy;
  }

  public SessionLimits withInboxPolicy(InboxPolicy policy) {
    SessionLimits copy = copy();
    copy.inboxPolicy = policy;
    return copy;
  }

  /** Whether a session that is offline also keeps messages of QoS 0 [MQTT-4.5.0-1]. */
  public boolean inboxQos0() {
    return inboxQos0;
  }

  public SessionLimits withInboxQos0(boolean kept) {
    SessionLimits copy = copy();
    copy.inboxQos0 = kept;
    return copy;
  }

  /** Retained messages in all; further topics are refused and counted, known ones still change. */
  public long retainedMax() {
    return retainedMax;
  }

  public SessionLimits withRetainedMax(long messages) {
    SessionLimits copy = copy();
    copy.retainedMax = messages;
    return copy;
  }

  /** Payload bytes of all retained messages, which lie in memory; beyond, as above. */
  public long retainedBytesMax() {
    return retainedBytesMax;
  }

  public SessionLimits withRetainedBytesMax(long bytes) {
    SessionLimits copy = copy();
    copy.retainedBytesMax = bytes;
    return copy;
  }

  /** Whether a subscription {@code a/#} also gets what is published to {@code a}. */
  public boolean parentsMatched() {
    return parentsMatched;
  }

  public SessionLimits withParentsMatched(boolean matched) {
    SessionLimits copy = copy();
    copy.parentsMatched = matched;
    return copy;
  }

  /** The longest a session outlives its connection. */
  public long expirySecondsMax() {
    return expirySecondsMax;
  }

  public SessionLimits withExpirySecondsMax(long seconds) {
    SessionLimits copy = copy();
    copy.expirySecondsMax = seconds;
    return copy;
  }

  private SessionLimits copy() {
    try {
      return (SessionLimits) clone();
    } catch (CloneNotSupportedException never) {
      throw new AssertionError(never);
    }
  }
}
