package io.sluice.transport;

import org.jspecify.annotations.Nullable;

/**
 * One port where clients come in.
 *
 * @param name in counters, log lines and the list of refused connections
 * @param tls null: plain
 * @param webSocket MQTT inside WebSocket, at the path {@code /mqtt}
 * @param proxyProtocol every connection begins with a header of the PROXY protocol, and is closed
 *     without one; only for ports that nobody but a load balancer can reach
 * @param gatekeeper who may come in here
 */
public record Listener(
    String name,
    String host,
    int port,
    @Nullable TlsIdentity tls,
    boolean webSocket,
    boolean proxyProtocol,
    Gatekeeper gatekeeper) {

  public static Listener plain(String name, String host, int port, Gatekeeper gatekeeper) {
    return new Listener(name, host, port, null, false, false, gatekeeper);
  }

  public Listener withTls(TlsIdentity identity) {
    return new Listener(name, host, port, identity, webSocket, proxyProtocol, gatekeeper);
  }

  public Listener withWebSocket() {
    return new Listener(name, host, port, tls, true, proxyProtocol, gatekeeper);
  }

  public Listener withProxyProtocol(boolean expected) {
    return new Listener(name, host, port, tls, webSocket, expected, gatekeeper);
  }
}
