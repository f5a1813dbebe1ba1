package io.sluice.sim;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * One device's side of MQTT. Two implementations: {@link HiveLink} on the HiveMQ MQTT Client, and a
 * fake in the tests. Called on the fleet's thread, never blocks. Futures complete on any thread;
 * they fail with what {@link FailureReason} can name. Topics and payloads are not kept.
 */
interface MqttLink {
  /**
   * Connects, and connects again whenever the connection is lost or refused, until {@link #close}.
   * Called once.
   */
  void open(Events events);

  /** Completes when every filter was granted. */
  CompletableFuture<Void> subscribe(List<String> filters, int qos);

  /**
   * Completes when acknowledged as the QoS asks, at QoS 0 when written. Survives a reconnect: what
   * is unacknowledged is sent again. Takes the payload.
   */
  CompletableFuture<Void> publish(String topic, byte[] payload, int qos, boolean retain);

  /** Says DISCONNECT if connected, and stops reconnecting. Completes either way, never fails. */
  CompletableFuture<Void> close();

  /** What happens to a link; called on the fleet's thread. */
  interface Events {
    void connected();

    /**
     * A connection ended or could not be made.
     *
     * @param reason from {@link FailureReason}
     */
    void disconnected(String reason);

    void received(String topic, byte[] payload);
  }
}
