package io.sluice.transport;

/** Learns which clients are there. Called on event loops: it must be quick and must not throw. */
public interface PresenceListener {
  /** Nobody wants to know. */
  PresenceListener NONE =
      new PresenceListener() {
        @Override
        public void connected(String clientId) {}

        @Override
        public void disconnected(String clientId, String reason) {}
      };

  /** A client was let in; perhaps in place of its own earlier connection. */
  void connected(String clientId);

  /**
   * A client has gone, and no other connection has its identifier.
   *
   * @param reason in the words of AWS IoT's lifecycle events, like {@code CONNECTION_LOST}
   */
  void disconnected(String clientId, String reason);
}
