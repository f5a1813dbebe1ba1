package io.sluice.sim;

/**
 * Told what devices live through, one call at a time on the fleet's thread: it must neither block
 * nor throw.
 */
public interface FleetListener {
  /** Hears nothing. */
  FleetListener NONE = new FleetListener() {};

  /** A network connection was accepted; also after each reconnect. */
  default void connected(String clientId) {}

  /** A network connection was lost or refused; the device will try again. */
  default void disconnected(String clientId, String reason) {}

  /**
   * A device learnt that {@code desired} and {@code reported} differ.
   *
   * @param delta the {@code state} of the delta, as JSON
   */
  default void deltaReceived(String clientId, String delta) {}

  /**
   * A device's shadow report was acknowledged.
   *
   * @param reported what it reported, as JSON
   */
  default void reported(String clientId, String reported) {}
}
