package io.sluice.transport;

import java.security.cert.X509Certificate;
import org.jspecify.annotations.Nullable;

/**
 * A client that asks to come in: everything its connection and its CONNECT say about who it is.
 *
 * @param clientId as sent, or as assigned when it sent none
 * @param protocolLevel 3, 4 or 5
 * @param userName null when CONNECT has none; AWS SDKs put their metrics there
 * @param password null when CONNECT has none; never logged
 * @param certificates the peer's chain, leaf first; empty when it showed none
 * @param sourceIp where the client is, behind a proxy if that says so
 * @param serverName the host name it asked for in its TLS handshake (SNI); null without
 * @param upgrade the HTTP request that opened its WebSocket; null on other listeners
 * @param authenticationMethod of enhanced authentication, that it asks for and this gateway offers;
 *     null without
 * @param persistent whether it asks for a session that outlives the connection
 * @param willTopic where its will is to be published; null without
 * @param provenUser who it proved to be by enhanced authentication; null without
 */
public record Applicant(
    String clientId,
    int protocolLevel,
    @Nullable String userName,
    byte @Nullable [] password,
    X509Certificate[] certificates,
    String sourceIp,
    @Nullable String serverName,
    @Nullable HttpUpgrade upgrade,
    @Nullable String authenticationMethod,
    boolean persistent,
    @Nullable String willTopic,
    @Nullable String provenUser) {

  /** The same after its enhanced authentication. */
  public Applicant proven(String user) {
    return new Applicant(
        clientId,
        protocolLevel,
        userName,
        password,
        certificates,
        sourceIp,
        serverName,
        upgrade,
        authenticationMethod,
        persistent,
        willTopic,
        user);
  }

  /** Leaves out what may be secret. */
  @Override
  public String toString() {
    return "Applicant['%s' from %s, MQTT level %d]".formatted(clientId, sourceIp, protocolLevel);
  }
}
