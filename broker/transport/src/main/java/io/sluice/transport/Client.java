package io.sluice.transport;

import io.sluice.message.Origin;
import io.sluice.session.Session;
import io.sluice.session.Will;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a client once its CONNECT was accepted; does not change while the connection
 * lasts.
 *
 * @param version 3, 4 or 5: the protocol level of CONNECT
 * @param keepAliveSeconds in force; 0: none
 * @param receiveMaximum how many QoS 1 and 2 messages it takes unacknowledged [MQTT-3.1.2-24]
 * @param packetBytesMax the largest packet it takes [MQTT-3.1.2-25]
 * @param expirySeconds how long its session outlives the connection
 * @param opening how many connections the session had had, with this one
 */
record Client(
    String clientId,
    int version,
    int keepAliveSeconds,
    int receiveMaximum,
    long packetBytesMax,
    long expirySeconds,
    int opening,
    @Nullable Will will,
    Origin origin,
    Session session,
    Gatekeeper.Permissions permissions) {

  boolean isV5() {
    return version == 5;
  }
}
