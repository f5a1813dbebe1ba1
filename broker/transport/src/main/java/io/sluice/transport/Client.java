package io.sluice.transport;

import io.sluice.message.Origin;
import io.sluice.session.Session;
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
 * @param topicAliasMaximum how many topic aliases it takes [MQTT-3.1.2-26]
 * @param problemInformation whether acknowledgements may say in words what is wrong [MQTT-3.1.2-29]
 * @param received packet identifiers of its QoS 2 publications that are not released yet
 */
record Client(
    String clientId,
    int version,
    int keepAliveSeconds,
    int receiveMaximum,
    long packetBytesMax,
    long expirySeconds,
    int topicAliasMaximum,
    boolean problemInformation,
    int[] received,
    @Nullable Will will,
    Origin origin,
    Session session,
    Gatekeeper.Permissions permissions) {

  boolean isV5() {
    return version == 5;
  }

  /** What an acknowledgement tells it in words. */
  Packets.Told told(@Nullable String why) {
    return why == null || !problemInformation ? Packets.Told.NOTHING : Packets.Told.why(why);
  }
}
