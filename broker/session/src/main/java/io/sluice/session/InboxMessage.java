package io.sluice.session;

import io.sluice.message.QoS;

/**
 * A message of an inbox, ready to be delivered.
 *
 * @param sequence its place in the inbox; the packet identifier is {@link #packetId}
 * @param qos 0, 1 or 2; one of QoS 0 waited because the session was offline, or is retained
 * @param retain the RETAIN flag it is delivered with
 * @param duplicate whether it may have been sent before [MQTT-3.3.1-1]
 */
public record InboxMessage(
    long sequence,
    Shipment shipment,
    QoS qos,
    boolean retain,
    boolean duplicate,
    int[] subscriptionIds) {

  /**
   * The packet identifier of a place in the inbox. It follows from the place, so a message keeps
   * its identifier over reconnects and restarts [MQTT-4.4.0-1] and nothing needs to be written when
   * it is sent; at most {@link Inbox#SPAN_MAX} places are under way, so no identifier is used twice
   * [MQTT-2.2.1-4].
   */
  public int packetId() {
    return packetId(sequence);
  }

  /** As {@link #packetId()}, for a place. */
  public static int packetId(long sequence) {
    return (int) (sequence % 65_535) + 1;
  }
}
