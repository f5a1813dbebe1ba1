package io.sluice.session;

/** What happens to a message for an inbox that is full. Each loss is counted with its reason. */
public enum InboxPolicy {
  /** The oldest message that is not under way makes room. */
  DROP_OLDEST,
  /** The message that just came is dropped. */
  DROP_NEWEST,
  /**
   * The publisher is told: 0x97 in MQTT 5, no acknowledgement before; nobody gets the message
   * through the inbox.
   */
  REJECT
}
