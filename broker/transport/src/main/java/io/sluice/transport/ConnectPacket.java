package io.sluice.transport;

import io.sluice.message.PublishProperties;
import io.sluice.message.QoS;
import io.sluice.message.TopicName;
import org.jspecify.annotations.Nullable;

/**
 * A CONNECT that is as the specification wants it; whether the client may come in is another
 * question.
 *
 * @param level 3 (MQTT 3.1), 4 (3.1.1) or 5
 * @param clientId empty when the client sent none
 */
record ConnectPacket(
    int level,
    boolean cleanStart,
    int keepAliveSeconds,
    Properties properties,
    String clientId,
    @Nullable LeftWill will,
    @Nullable String userName,
    byte @Nullable [] password) {

  /**
   * The properties of MQTT 5 (section 3.1.2.11); for older clients what is true of them.
   *
   * @param sessionExpirySeconds 4294967295: never
   * @param receiveMaximum QoS 1 and 2 publications that it takes unacknowledged
   * @param packetBytesMax the largest packet it takes
   * @param topicAliasMaximum topic aliases that it keeps for us; 0: none
   * @param responseInformation whether it asks for Response Information
   * @param problemInformation whether it takes reason strings and user properties on packets other
   *     than PUBLISH, CONNACK and DISCONNECT [MQTT-3.1.2-29]
   * @param authenticationMethod null: no enhanced authentication
   */
  record Properties(
      long sessionExpirySeconds,
      int receiveMaximum,
      long packetBytesMax,
      int topicAliasMaximum,
      boolean responseInformation,
      boolean problemInformation,
      @Nullable String authenticationMethod,
      byte @Nullable [] authenticationData) {}

  /** What shall be published when the connection ends without a goodbye [MQTT-3.1.2-8]. */
  record LeftWill(
      TopicName topic,
      byte[] payload,
      QoS qos,
      boolean retain,
      PublishProperties properties,
      long delaySeconds) {}

  boolean isV5() {
    return level == 5;
  }
}
