package io.sluice.session;

/**
 * A publication in the hands of one connection, which says exactly once what became of it: one of a
 * shared subscription, whose member is not persistent, or a {@link DirectMessage}. Any thread, and
 * it returns at once.
 */
public interface Loan {
  /** The member has it, or must not get it: nobody else shall. */
  void done();

  /** The member answered with a reason code of 0x80 or more: nobody else shall have it. */
  default void refused() {
    done();
  }

  /** The packet is larger than the member takes [MQTT-3.1.2-25]. */
  default void tooLarge() {
    done();
  }

  /** It expired before it was sent [MQTT-3.3.2-5]. */
  default void expired() {
    done();
  }

  /** Whether it is still to be sent. */
  default boolean isWanted() {
    return true;
  }

  /** The member's connection ended before it acknowledged: another member may have it. */
  void returned();
}
