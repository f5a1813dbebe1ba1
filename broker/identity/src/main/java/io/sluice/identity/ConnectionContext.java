package io.sluice.identity;

import org.jspecify.annotations.Nullable;

/**
 * What a request tells about itself, besides its certificate.
 *
 * @param clientId of MQTT; null over HTTP, and then there are no thing variables
 * @param sourceIp the peer's address in digits
 * @param domainName as the client asked for in TLS
 * @param lastWillTopic of the CONNECT, if it has a will
 * @param persistentConnect whether the CONNECT asks for a session that outlives the connection
 * @param topic of the message that an HTTP request sends to a client; null for all others
 */
public record ConnectionContext(
    @Nullable String clientId,
    @Nullable String sourceIp,
    @Nullable String domainName,
    @Nullable String lastWillTopic,
    boolean persistentConnect,
    boolean secureTransport,
    @Nullable String topic) {

  /** Of a connection, which is about no topic in particular. */
  public ConnectionContext(
      @Nullable String clientId,
      @Nullable String sourceIp,
      @Nullable String domainName,
      @Nullable String lastWillTopic,
      boolean persistentConnect,
      boolean secureTransport) {
    this(clientId, sourceIp, domainName, lastWillTopic, persistentConnect, secureTransport, null);
  }

  /** An MQTT connection over TLS. */
  public static ConnectionContext mqtt(String clientId, @Nullable String sourceIp) {
    return new ConnectionContext(clientId, sourceIp, null, null, false, true);
  }

  /** An HTTPS request. */
  public static ConnectionContext http(@Nullable String sourceIp) {
    return new ConnectionContext(null, sourceIp, null, null, false, true);
  }

  public ConnectionContext withDomainName(@Nullable String domainName) {
    return new ConnectionContext(
        clientId, sourceIp, domainName, lastWillTopic, persistentConnect, secureTransport, topic);
  }

  /** What the CONNECT asks for. */
  public ConnectionContext withConnect(boolean persistent, @Nullable String willTopic) {
    return new ConnectionContext(
        clientId, sourceIp, domainName, willTopic, persistent, secureTransport, topic);
  }

  /** For a request that sends a message to a client. */
  ConnectionContext about(String name) {
    return new ConnectionContext(
        clientId, sourceIp, domainName, lastWillTopic, persistentConnect, secureTransport, name);
  }
}
