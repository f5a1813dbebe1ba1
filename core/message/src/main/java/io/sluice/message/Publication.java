package io.sluice.message;

/**
 * One message on its way from a publisher to everybody who listens. Immutable; the payload is never
 * copied and nobody may change it, so all receivers share one array.
 *
 * @param topic where it was published
 * @param payload the application message, possibly empty
 * @param qos the publisher's quality of service
 * @param retain whether the publisher asked to keep it as the topic's retained message
 * @param properties what MQTT 5 carries along; {@link PublishProperties#NONE} for 3.1.1
 * @param origin who published
 * @param stampMicros when the gateway took it, microseconds since the epoch, strictly increasing
 *     within a process and never before an earlier record of the ingress log: it orders a
 *     publication against subscriptions
 */
public record Publication(
    TopicName topic,
    byte[] payload,
    QoS qos,
    boolean retain,
    PublishProperties properties,
    Origin origin,
    long stampMicros) {

  /**
   * When the message dies, microseconds since the epoch; {@link Long#MAX_VALUE} when it does not
   * [MQTT-3.3.2-5].
   */
  public long expiresAtMicros() {
    Long seconds = properties.messageExpirySeconds();
    return seconds == null ? Long.MAX_VALUE : stampMicros + seconds * 1_000_000L;
  }

  /** Never prints the payload. */
  @Override
  public String toString() {
    return "Publication[%s, %d bytes, QoS %d%s]"
        .formatted(topic, payload.length, qos.value(), retain ? ", retain" : "");
  }
}
