package io.sluice.dispatch;

/** How a publication landed, which is what its publisher is told. */
public enum Landing {
  /** Everybody who listens has it, or it is on disk for them. */
  LANDED,
  /** As above, and nobody listened: MQTT 5 says 0x10. */
  NOBODY,
  /**
   * The topic is reserved and no room owns it: acknowledged, dropped and counted; MQTT 5 says 0x87.
   */
  RESERVED,
  /**
   * An inbox or an action of a rule that must keep it is full, and the operator wants publishers to
   * be refused then: nobody got it; MQTT 5 says 0x97.
   */
  FULL
}
