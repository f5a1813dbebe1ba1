package io.sluice.transport;

import io.netty.handler.ssl.SslContext;
import io.sluice.dispatch.DispatchCounters;
import io.sluice.dispatch.IngressConveyor;
import io.sluice.dispatch.PublishPath;
import io.sluice.engine.Nowhere;
import io.sluice.engine.RuleBook;
import io.sluice.message.Stamps;
import io.sluice.message.TopicName;
import io.sluice.session.SessionLimits;
import io.sluice.session.Sessions;
import io.sluice.shadow.ShadowService;
import io.sluice.shadow.ShadowSettings;
import io.sluice.store.Clock;
import io.sluice.store.Conveyor;
import io.sluice.store.DataDirectory;
import io.sluice.store.OwnerThreads;
import io.sluice.store.Partitions;
import io.sluice.store.RocksStore;
import io.sluice.store.Table;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A gateway on a free loopback port for the tests of this room: a real store, an open door, no
 * destinations for rules.
 */
final class TestGateway implements AutoCloseable {
  static {
    LeakWatch.install();
  }

  private final DataDirectory directory;
  private final RocksStore store;
  private final OwnerThreads owners;
  final Sessions sessions;
  final IngressConveyor conveyor;
  final DispatchCounters dispatched = new DispatchCounters();
  final TransportCounters counters = new TransportCounters();
  final Door door = new Door();
  private final MqttServer server;
  final int port;

  TestGateway(Path path) {
    this(path, TransportLimits.STANDARD);
  }

  TestGateway(Path path, TransportLimits limits) {
    this(path, limits, SessionLimits.STANDARD, FrontSettings.STANDARD);
  }

  TestGateway(Path path, TransportLimits limits, SessionLimits kept) {
    this(path, limits, kept, FrontSettings.STANDARD);
  }

  TestGateway(Path path, TransportLimits limits, SessionLimits kept, FrontSettings settings) {
    directory = DataDirectory.open(path, 4);
    Set<Table> tables = new HashSet<>(Sessions.TABLES);
    tables.addAll(RuleBook.TABLES);
    tables.addAll(ShadowService.TABLES);
    store = RocksStore.open(directory, tables);
    owners = new OwnerThreads(2);
    Partitions partitions = new Partitions(store, Clock.SYSTEM, owners);
    Conveyor.register(partitions);
    Stamps stamps = new Stamps(System::currentTimeMillis, 0);
    sessions = new Sessions(partitions, kept, stamps, PublishPath.ingress(partitions));
    RuleBook rules =
        new RuleBook(
            partitions,
            new Nowhere(),
            "000000000000",
            "ingress",
            topic -> PublishPath.partitionOf(partitions, topic));
    PublishPath path1 = new PublishPath(partitions, sessions, rules, dispatched);
    ShadowService shadows =
        new ShadowService(partitions, ShadowSettings.standard(), path1.shadowPublisher(stamps));
    conveyor = new IngressConveyor(partitions, sessions, rules, shadows, path1, 0);
    partitions.start();
    sessions.loaded().join();
    owners.startTicking(partitions);
    server = new MqttServer(new Broker(sessions, path1, stamps, limits, counters), settings, 2);
    port = server.listen("127.0.0.1", 0, null, door);
  }

  /** Opens a listener with TLS beside the plain one. */
  int listen(SslContext tls) {
    return server.listen("127.0.0.1", 0, TlsIdentity.of(tls), door);
  }

  int listen(TlsIdentity tls) {
    return server.listen("127.0.0.1", 0, tls, door);
  }

  /** Opens a listener; its gatekeeper is the door. */
  int listen(java.util.function.UnaryOperator<Listener> kind) {
    return server.listen(kind.apply(Listener.plain("test", "127.0.0.1", 0, door)));
  }

  MqttServer server() {
    return server;
  }

  int listenWebSocket() {
    return listenWebSocket(null);
  }

  /** Opens a listener for MQTT over WebSocket, with or without TLS. */
  int listenWebSocket(@Nullable SslContext tls) {
    return server.listenWebSocket("127.0.0.1", 0, tls == null ? null : TlsIdentity.of(tls), door);
  }

  RefusedConnections refused() {
    return server.refused();
  }

  void recheck() {
    server.recheck();
  }

  @Override
  public void close() {
    server.close();
    owners.close();
    store.close();
    directory.close();
    LeakWatch.assertNoLeaks();
  }

  /** Lets everybody in; tests close parts of it. */
  static final class Door implements Gatekeeper {
    final Set<String> forbidden = new HashSet<>();
    volatile boolean revoked;
    volatile long endsMillis = Long.MAX_VALUE;
    volatile boolean endsByAuthorizer;
    volatile X509Certificate[] shown = {};
    volatile @Nullable Applicant seen;

    @Override
    public CompletableFuture<Admission> admit(Applicant applicant) {
      seen = applicant;
      shown = applicant.certificates();
      String clientId = applicant.clientId();
      if (clientId.startsWith("stranger")) {
        return CompletableFuture.completedFuture(
            new Admission.Refused(
                Cause.NOT_AUTHORIZED, "not_authorized", "no policy allows iot:Connect"));
      }
      Admission admitted = new Admission.Admitted("test", null, new Rights());
      if (clientId.startsWith("later")) {
        return CompletableFuture.supplyAsync(
            () -> admitted, CompletableFuture.delayedExecutor(50, TimeUnit.MILLISECONDS));
      }
      if (clientId.startsWith("broken")) {
        return CompletableFuture.failedFuture(new IllegalStateException("the authorizer is away"));
      }
      return clientId.startsWith("never")
          ? new CompletableFuture<>()
          : CompletableFuture.completedFuture(admitted);
    }

    @Override
    public void onChange(Consumer<String> principal) {}

    private final class Rights implements Permissions {
      @Override
      public boolean mayPublish(TopicName topic, boolean retain) {
        return !forbidden.contains("publish " + topic);
      }

      @Override
      public boolean maySubscribe(String filter) {
        return !forbidden.contains("subscribe " + filter);
      }

      @Override
      public boolean mayReceive(TopicName topic) {
        return !forbidden.contains("receive " + topic);
      }

      @Override
      public boolean isRevoked() {
        return revoked;
      }

      @Override
      public long endsMillis() {
        return endsMillis;
      }

      @Override
      public boolean endsByAuthorizer() {
        return endsByAuthorizer;
      }
    }
  }
}
