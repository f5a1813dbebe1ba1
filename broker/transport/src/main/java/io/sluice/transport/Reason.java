package io.sluice.transport;

import io.netty.handler.codec.mqtt.MqttReasonCodes;

/**
 * Why the gateway closes a connection: the reason code that an MQTT 5 client reads, and the word
 * that counters and log lines use.
 */
enum Reason {
  MALFORMED(MqttReasonCodes.Disconnect.MALFORMED_PACKET, "malformed_packet"),
  PROTOCOL_ERROR(MqttReasonCodes.Disconnect.PROTOCOL_ERROR, "protocol_error"),
  NOT_AUTHORIZED(MqttReasonCodes.Disconnect.NOT_AUTHORIZED, "not_authorized"),
  SHUTTING_DOWN(MqttReasonCodes.Disconnect.SERVER_SHUTTING_DOWN, "shutting_down"),
  USE_ANOTHER_SERVER(MqttReasonCodes.Disconnect.USE_ANOTHER_SERVER, "use_another_server"),
  KEEP_ALIVE(MqttReasonCodes.Disconnect.KEEP_ALIVE_TIMEOUT, "keep_alive_timeout"),
  TAKEN_OVER(MqttReasonCodes.Disconnect.SESSION_TAKEN_OVER, "session_taken_over"),
  TOPIC_INVALID(MqttReasonCodes.Disconnect.TOPIC_NAME_INVALID, "topic_name_invalid"),
  RECEIVE_MAXIMUM(MqttReasonCodes.Disconnect.RECEIVE_MAXIMUM_EXCEEDED, "receive_maximum_exceeded"),
  ALIAS_INVALID(MqttReasonCodes.Disconnect.TOPIC_ALIAS_INVALID, "topic_alias_invalid"),
  PACKET_TOO_LARGE(MqttReasonCodes.Disconnect.PACKET_TOO_LARGE, "packet_too_large"),
  QUOTA(MqttReasonCodes.Disconnect.QUOTA_EXCEEDED, "quota_exceeded"),
  QOS_NOT_SUPPORTED(MqttReasonCodes.Disconnect.QOS_NOT_SUPPORTED, "qos_not_supported"),
  RETAIN_NOT_SUPPORTED(MqttReasonCodes.Disconnect.RETAIN_NOT_SUPPORTED, "retain_not_supported"),
  FILTER_INVALID(MqttReasonCodes.Disconnect.TOPIC_FILTER_INVALID, "topic_filter_invalid"),
  SHARED_NOT_SUPPORTED(
      MqttReasonCodes.Disconnect.SHARED_SUBSCRIPTIONS_NOT_SUPPORTED, "shared_not_supported"),
  SUBSCRIPTION_IDS_NOT_SUPPORTED(
      MqttReasonCodes.Disconnect.SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED,
      "subscription_ids_not_supported"),
  WILDCARDS_NOT_SUPPORTED(
      MqttReasonCodes.Disconnect.WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED, "wildcards_not_supported"),
  PAYLOAD_FORMAT_INVALID(
      MqttReasonCodes.Disconnect.PAYLOAD_FORMAT_INVALID, "payload_format_invalid"),
  MAXIMUM_CONNECT_TIME(MqttReasonCodes.Disconnect.MAXIMUM_CONNECT_TIME, "maximum_connect_time"),
  /** The same, where a custom authorizer has set the time. */
  AUTHORIZED_TIME(MqttReasonCodes.Disconnect.MAXIMUM_CONNECT_TIME, "maximum_connect_time"),
  ADMINISTRATIVE_ACTION(MqttReasonCodes.Disconnect.ADMINISTRATIVE_ACTION, "administrative_action"),
  SERVER_ERROR(MqttReasonCodes.Disconnect.UNSPECIFIED_ERROR, "server_error"),
  /** The client said goodbye, or its socket broke: nothing is sent. */
  CLIENT_DISCONNECT(MqttReasonCodes.Disconnect.NORMAL_DISCONNECT, "client_disconnect"),
  CONNECTION_LOST(MqttReasonCodes.Disconnect.UNSPECIFIED_ERROR, "connection_lost");

  private final MqttReasonCodes.Disconnect code;
  private final String word;

  Reason(MqttReasonCodes.Disconnect code, String word) {
    this.code = code;
    this.word = word;
  }

  /** As lifecycle events say it. Source: AWS IoT Developer Guide, "Lifecycle events". */
  String lifecycleWord() {
    return switch (this) {
      case CLIENT_DISCONNECT -> "CLIENT_INITIATED_DISCONNECT";
      case CONNECTION_LOST -> "CONNECTION_LOST";
      case KEEP_ALIVE -> "MQTT_KEEP_ALIVE_TIMEOUT";
      case TAKEN_OVER -> "DUPLICATE_CLIENTID";
      case NOT_AUTHORIZED -> "FORBIDDEN_ACCESS";
      case MAXIMUM_CONNECT_TIME -> "WEBSOCKET_TTL_EXPIRATION";
      case AUTHORIZED_TIME -> "CUSTOMAUTH_TTL_EXPIRATION";
      case ADMINISTRATIVE_ACTION -> "API_INITIATED_DISCONNECT";
      case SERVER_ERROR -> "SERVER_ERROR";
      case SHUTTING_DOWN, USE_ANOTHER_SERVER -> "SERVER_INITIATED_DISCONNECT";
      default -> "CLIENT_ERROR";
    };
  }

  byte code() {
    return code.byteValue();
  }

  String word() {
    return word;
  }
}
