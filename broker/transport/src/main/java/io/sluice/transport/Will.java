package io.sluice.transport;

import io.sluice.message.Publication;

/**
 * The message a client leaves to be published when its connection ends without DISCONNECT
 * [MQTT-3.1.2-8].
 *
 * @param message its stamp is given when it is published
 * @param delaySeconds how long after the end of the connection it is published [MQTT-3.1.3-9]
 */
record Will(Publication message, long delaySeconds) {}
