package io.sluice.transport;

/**
 * Bounds of one network connection.
 *
 * @param packetBytesMax the largest packet that is read; announced to MQTT 5 clients
 *     [MQTT-3.2.2-15]
 * @param connectTimeoutMillis how long a peer may take until its CONNECT is complete
 * @param receiveMaximum QoS 1 and 2 publications of a client that are not acknowledged yet;
 *     announced [MQTT-3.3.4-7]
 * @param keepAliveSecondsMax the longest silence a client may ask for; 0: no limit. Announced as
 *     Server Keep Alive [MQTT-3.2.2-21]
 * @param subscriptionsMax subscriptions of one session
 * @param filtersPerSubscribeMax filters in one SUBSCRIBE
 * @param clientIdBytesMax length of a client identifier
 * @param topicLevelsMax levels of a topic name or filter
 * @param queuedMax QoS 1 messages that wait in memory for a connected client that is slow to
 *     acknowledge; more are dropped and counted
 * @param outboundBytesMax bytes that wait for a slow socket; beyond, QoS 0 is dropped and counted,
 *     QoS 1 waits in its queue
 * @param inboxWindowMax messages of an inbox under way, when the client's own receive maximum is
 *     larger
 * @param connectionsMax network connections in all
 */
public record TransportLimits(
    int packetBytesMax,
    int connectTimeoutMillis,
    int receiveMaximum,
    int keepAliveSecondsMax,
    int subscriptionsMax,
    int filtersPerSubscribeMax,
    int clientIdBytesMax,
    int topicLevelsMax,
    int queuedMax,
    int outboundBytesMax,
    int inboxWindowMax,
    int connectionsMax) {

  public static final TransportLimits STANDARD =
      new TransportLimits(
          1 << 20, 10_000, 100, 0, 1_000, 256, 1_024, 64, 10_000, 1 << 20, 256, 200_000);
}
