package io.sluice.transport;

import io.netty.util.AttributeKey;
import java.net.InetSocketAddress;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** What all connections of a server share until they are let in. Any thread. */
final class Front {
  static final AttributeKey<Turnstile.Pass> PASS = AttributeKey.valueOf(Front.class, "pass");

  private final Broker broker;
  private final FrontSettings settings;
  private final Vestibule vestibule;
  private final Turnstile turnstile;
  private final HandshakeSlots handshakes;
  private final RefusedConnections refused;
  private final Set<MqttConnection> connections = ConcurrentHashMap.newKeySet();
  private volatile @Nullable InetSocketAddress https;

  Front(Broker broker, FrontSettings settings) {
    this.broker = broker;
    this.settings = settings;
    TransportLimits limits = broker.limits();
    this.vestibule = new Vestibule(limits.unadmittedBytesMax());
    this.turnstile = new Turnstile(limits, System::nanoTime);
    this.handshakes = new HandshakeSlots(limits.handshakesMax());
    this.refused = new RefusedConnections(limits.refusedKept());
  }

  /** A listener and who may come in there. */
  record Door(String name, Gatekeeper gatekeeper) {}

  Broker broker() {
    return broker;
  }

  FrontSettings settings() {
    return settings;
  }

  Vestibule vestibule() {
    return vestibule;
  }

  Turnstile turnstile() {
    return turnstile;
  }

  HandshakeSlots handshakes() {
    return handshakes;
  }

  RefusedConnections refused() {
    return refused;
  }

  /** Those let in, until their sockets close. */
  Set<MqttConnection> connections() {
    return connections;
  }

  /** Where clients of HTTP go; null: nowhere. */
  @Nullable InetSocketAddress https() {
    return https;
  }

  void https(InetSocketAddress address) {
    https = address;
  }
}
