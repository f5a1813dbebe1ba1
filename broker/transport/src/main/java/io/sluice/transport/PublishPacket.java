package io.sluice.transport;

import io.sluice.message.PublishProperties;
import io.sluice.message.QoS;

/**
 * A PUBLISH of a client, read by {@link PublishReader}. Nothing in it belongs to a buffer.
 *
 * @param topic the topic name as it came, empty where an alias stands for it; the same instance as
 *     in the packet before, when it says the same
 * @param packetId 0 with QoS 0
 * @param alias the topic alias; {@link #NO_ALIAS} when there is none
 * @param payload nobody may change it
 */
record PublishPacket(
    QoS qos,
    boolean duplicate,
    boolean retain,
    String topic,
    int packetId,
    int alias,
    PublishProperties properties,
    byte[] payload) {
  static final int NO_ALIAS = -1;
}
