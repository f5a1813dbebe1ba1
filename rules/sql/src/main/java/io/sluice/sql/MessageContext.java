package io.sluice.sql;

import io.sluice.message.PublishProperties;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a message besides its topic and payload.
 *
 * @param clientId the MQTT client identifier; null when not published over MQTT
 * @param principal certificate id or user; null when anonymous
 * @param sourceIp the peer's address in text; null for the gateway's own messages
 * @param traceId a UUID; null when not published over MQTT
 * @param properties what MQTT 5 carries along
 */
public record MessageContext(
    Protocol protocol,
    @Nullable String clientId,
    @Nullable String principal,
    @Nullable String sourceIp,
    @Nullable String traceId,
    PublishProperties properties) {
  /** A message nothing is known about. */
  public static final MessageContext UNKNOWN =
      new MessageContext(Protocol.MQTT, null, null, null, null, PublishProperties.NONE);

  /** How a message came in. */
  public enum Protocol {
    MQTT,
    HTTP
  }
}
