package io.sluice.session;

import io.sluice.message.PublishProperties;
import io.sluice.message.QoS;
import io.sluice.message.TopicName;

/**
 * The message a client leaves to be published when its connection ends without DISCONNECT
 * [MQTT-3.1.2-8].
 *
 * @param delaySeconds how long after the end of the connection it is published [MQTT-3.1.3-9]
 */
public record Will(
    TopicName topic,
    byte[] payload,
    QoS qos,
    boolean retain,
    PublishProperties properties,
    long delaySeconds) {}
