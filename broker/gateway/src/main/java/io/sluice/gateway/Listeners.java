package io.sluice.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.sluice.api.AccessKeys;
import io.sluice.api.ApiRooms;
import io.sluice.api.ApiServer;
import io.sluice.api.ApiSettings;
import io.sluice.credentials.FailedLogins;
import io.sluice.credentials.Users;
import io.sluice.credentials.UsersRefused;
import io.sluice.dispatch.Landing;
import io.sluice.identity.DeviceTrust;
import io.sluice.identity.Outgoing;
import io.sluice.identity.WebOrigins;
import io.sluice.message.Publication;
import io.sluice.store.Clock;
import io.sluice.store.Overloaded;
import io.sluice.transport.Broker;
import io.sluice.transport.FrontSettings;
import io.sluice.transport.Gatekeeper;
import io.sluice.transport.Listener;
import io.sluice.transport.MqttServer;
import io.sluice.transport.RefusedConnections;
import io.sluice.transport.TlsIdentity;
import io.sluice.transport.TransportCounters;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What stands between the network and the rooms: MQTT and HTTP listeners. Opens all or none.
 *
 * @param ready the ready line's JSON: each open port by its name, and where the data lies
 */
record Listeners(
    MqttServer mqtt,
    ApiServer api,
    IdentityDesk identity,
    Desks desks,
    ScheduledExecutorService watcher,
    ObjectNode ready)
    implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Listeners.class);
  private static final String LOOPBACK = "127.0.0.1";
  private static final String ACCESS_KEY_FILE = "access-key";

  static Listeners open(
      GatewayConfig config, Rooms rooms, RuleFolder files, GatewayCertificates certificates) {
    TransportCounters counters = new TransportCounters();
    GatewayStats stats =
        new GatewayStats(
            counters,
            rooms.publishPath.counters(),
            rooms.conveyor,
            rooms.sessions,
            rooms.shadows.counters(),
            rooms.rules);
    Users users = Users.load(rooms.directory.path());
    FailedLogins failures = new FailedLogins(config.number(Setting.LOGIN_FAILURES_PER_MINUTE));
    AccessKeys keys = AccessKeys.loadOrCreate(rooms.directory.path().resolve(ACCESS_KEY_FILE));
    MqttServer mqtt =
        new MqttServer(
            new Broker(
                    rooms.sessions,
                    rooms.publishPath,
                    rooms.stamps,
                    config.transportLimits(),
                    counters)
                .telling(rooms.fleetSource),
            front(config).withMethods(List.of(new ScramAuthentication(users, failures))),
            config.threads(Setting.IO_THREADS));
    try {
      ObjectNode ready = JsonNodeFactory.instance.objectNode();
      IdentityDesk identity = IdentityDesk.open(config, rooms, certificates.authority());
      DeviceTrust trust = new DeviceTrust(rooms.authenticator);
      ServerTls tls = ServerTls.open(config, certificates, trust);
      if (tls.identity().isOnJdk()) {
        rooms.registry.certificates().takeEd25519();
      }
      Desks desks =
          Desks.open(
              config,
              users,
              failures,
              keys,
              rooms.authorizers,
              new Outgoing(identity.executor()),
              principal -> mqtt.recheck());
      rooms.registry.policies().knowBearers(desks::having);
      listenMqtt(config, rooms, tls.identity(), mqtt, ready, desks);
      ApiServer api =
          listenHttp(config, rooms, files, identity, desks, keys, tls, stats, mqtt, ready);
      mqtt.handHttpTo(new InetSocketAddress(LOOPBACK, api.proxiedHttpsPort()));
      ready.put("dataDir", rooms.directory.path().toAbsolutePath().toString());
      ScheduledExecutorService watcher = oneThread();
      tls.watch(watcher, config.number(Setting.TLS_RELOAD_SECONDS));
      watcher.scheduleWithFixedDelay(() -> refresh(users, mqtt), 1, 1, TimeUnit.SECONDS);
      watcher.scheduleWithFixedDelay(() -> look(identity), 250, 250, TimeUnit.MILLISECONDS);
      return new Listeners(mqtt, api, identity, desks, watcher, ready);
    } catch (RuntimeException refused) {
      mqtt.close();
      throw refused;
    }
  }

  private static void listenMqtt(
      GatewayConfig config,
      Rooms rooms,
      TlsIdentity tls,
      MqttServer mqtt,
      ObjectNode ready,
      Desks desks) {
    DenyList denied = DenyList.of(config);
    Set<String> proxied = names(config, Setting.PROXY_PROTOCOL, "none");
    proxied.forEach(Listeners::checkProxied);
    Gatekeeper certificates = new IdentityGatekeeper(rooms.authenticator, rooms.registry);
    String host = config.text(Setting.HOST);
    if (config.flag(Setting.DEV) && config.flag(Setting.PLAIN_TEXT)) {
      throw new GatewayConfig.ConfigRefused(
          "keys 'dev' and 'plain-text': the plain ports cannot let everybody in and ask for"
              + " passwords; leave out one of them");
    }
    if (config.flag(Setting.DEV)) {
      Gatekeeper open = denied.before(new OpenDoor(config.origins(Setting.WEBSOCKET_ORIGINS)));
      listen(mqtt, ready, proxied, plain("mqtt", LOOPBACK, config, Setting.MQTT_PORT, open));
      listen(
          mqtt,
          ready,
          proxied,
          plain("ws", LOOPBACK, config, Setting.WS_PORT, open).withWebSocket());
    }
    if (config.flag(Setting.PLAIN_TEXT)) {
      Gatekeeper asking =
          denied.before(new WaysIn(config, false, certificates, rooms.authenticator, desks));
      listen(mqtt, ready, proxied, plain("mqtt", host, config, Setting.MQTT_PORT, asking));
      listen(
          mqtt, ready, proxied, plain("ws", host, config, Setting.WS_PORT, asking).withWebSocket());
    }
    Gatekeeper gatekeeper =
        denied.before(new WaysIn(config, true, certificates, rooms.authenticator, desks));
    gatekeeper.onChange(principal -> mqtt.recheck());
    Listener mqtts =
        Listener.plain("mqtts", host, config.number(Setting.MQTTS_PORT), gatekeeper).withTls(tls);
    Listener wss =
        Listener.plain("wss", host, config.number(Setting.WSS_PORT), gatekeeper).withTls(tls);
    listen(mqtt, ready, proxied, mqtts);
    listen(mqtt, ready, proxied, wss.withWebSocket());
  }

  private static Listener plain(
      String name, String host, GatewayConfig config, Setting port, Gatekeeper gatekeeper) {
    return Listener.plain(name, host, config.number(port), gatekeeper);
  }

  private static void listen(
      MqttServer mqtt, ObjectNode ready, Set<String> proxied, Listener listener) {
    boolean expected = proxied.contains(listener.name());
    ready.put(listener.name(), mqtt.listen(listener.withProxyProtocol(expected)));
  }

  private static void checkProxied(String name) {
    if (!List.of("mqtt", "mqtts", "ws", "wss").contains(name)) {
      throw new GatewayConfig.ConfigRefused(
          "key 'proxy-protocol': there is no listener '%s'; name some of mqtt,mqtts,ws,wss, or none"
              .formatted(name));
    }
  }

  /** The words of a list with commas; empty for the word that stands for an empty one. */
  private static Set<String> names(GatewayConfig config, Setting setting, String empty) {
    String text = config.text(setting);
    return text.equals(empty)
        ? Set.of()
        : Arrays.stream(text.split(",", -1)).map(String::strip).collect(Collectors.toSet());
  }

  private static ApiServer listenHttp(
      GatewayConfig config,
      Rooms rooms,
      RuleFolder files,
      IdentityDesk identity,
      Desks desks,
      AccessKeys keys,
      ServerTls tls,
      GatewayStats stats,
      MqttServer mqtt,
      ObjectNode ready) {
    PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    GatewayMetrics.bind(
        meters, stats, mqtt, rooms.store::figures, rooms.owners::waiting, rooms.watch);
    GatewayMetrics.bindIdentity(meters, rooms.authenticator, identity.revocations());
    Path keyFile = rooms.directory.path().resolve(ACCESS_KEY_FILE);
    ApiServer api =
        ApiServer.over(
                apiRooms(rooms, files, identity, desks, stats, mqtt),
                apiSettings(config),
                config.flag(Setting.DEV) ? keys.withDevelopmentKey() : keys,
                desks.overHttp(config, keys),
                tls.forDevices(),
                meters)
            .start();
    ready.put("http", api.httpPort());
    ready.put("https", api.httpsPort());
    ready.put("accessKeyFile", keyFile.toAbsolutePath().toString());
    return api;
  }

  // javac 17 drops the @Nullable of HttpPublisher's Void from its class file and newer ones keep
  // it: no
  // spelling of the future below satisfies both.
  @SuppressWarnings("NullAway")
  private static ApiRooms apiRooms(
      Rooms rooms,
      RuleFolder files,
      IdentityDesk identity,
      Desks desks,
      GatewayStats stats,
      MqttServer mqtt) {
    return new ApiRooms(
        rooms.queues,
        rooms.streams,
        rooms.deliveryStreams,
        rooms.rules,
        rooms.destinations,
        rooms.shadows,
        rooms.registry,
        rooms.fleet,
        identity.enrollment(),
        identity.provisioner(),
        identity.registrations(),
        rooms.authorizer,
        rooms.authenticator,
        desks.authorizers(),
        (topic, payload, qos, retain, properties, origin) ->
            rooms
                .publishPath
                .publish(
                    new Publication(
                        topic, payload, qos, retain, properties, origin, rooms.stamps.next()),
                    null)
                .thenAccept(Listeners::checkLanded),
        rooms.sessions.clients(),
        new RetainedFromSessions(rooms.sessions.retained(), rooms.conveyor),
        stats::read,
        () -> refused(mqtt),
        files::problems,
        rooms.store::hasFailed,
        Clock.SYSTEM);
  }

  private static void checkLanded(Landing landing) {
    if (landing == Landing.FULL) {
      throw new Overloaded("somebody who must keep the message is full; publish it again later");
    }
  }

  private static ApiSettings apiSettings(GatewayConfig config) {
    ApiSettings standard =
        ApiSettings.of(
            new InetSocketAddress(LOOPBACK, config.number(Setting.HTTP_PORT)),
            new InetSocketAddress(config.text(Setting.HOST), config.number(Setting.HTTPS_PORT)));
    return new ApiSettings(
        standard.http(),
        standard.https(),
        config.text(Setting.REGION),
        config.text(Setting.ACCOUNT_ID),
        standard.publicUrl(),
        standard.endpoint(),
        corsOrigins(config),
        standard.requestBytesMax(),
        standard.publishBytesMax(),
        standard.connectionsMax(),
        standard.requestTimeout(),
        standard.idleTimeout(),
        standard.drainTimeout());
  }

  /** With {@code --dev} everybody knows an access key, so not every page may use it. */
  private static WebOrigins corsOrigins(GatewayConfig config) {
    WebOrigins origins = config.origins(Setting.CORS_ALLOWED_ORIGINS);
    return config.flag(Setting.DEV) ? origins.loopbackInsteadOfAny() : origins;
  }

  /** One thread for all that is looked at now and then. */
  private static ScheduledExecutorService oneThread() {
    return new ScheduledThreadPoolExecutor(
        1,
        work -> {
          Thread thread = new Thread(work, "certificates");
          thread.setDaemon(true);
          return thread;
        });
  }

  private static void refresh(Users users, MqttServer mqtt) {
    try {
      if (users.refresh()) {
        mqtt.recheck();
      }
    } catch (UsersRefused refused) { // edited by hand, perhaps: the users stay as they were
      LOG.warn("the changed users file is not used: {}", refused.getMessage());
    }
  }

  private static void look(IdentityDesk identity) {
    try {
      identity.revocations().tick();
    } catch (RuntimeException failed) { // the border: the next look comes at once
      LOG.error("revocations were not looked at", failed);
    }
  }

  private static FrontSettings front(GatewayConfig config) {
    String reference = config.text(Setting.SERVER_REFERENCE);
    boolean moved = config.flag(Setting.SERVER_MOVED);
    if (moved && reference.isEmpty()) {
      throw new GatewayConfig.ConfigRefused(
          "server-moved needs server-reference: where do clients go?");
    }
    return FrontSettings.STANDARD
        .withOrigins(config.origins(Setting.WEBSOCKET_ORIGINS))
        .withResponsePrefix(config.text(Setting.RESPONSE_PREFIX))
        .withServerReference(reference, moved);
  }

  /** The last refused connections, as {@code GET /sluice/connections/refused} shows them. */
  private static JsonNode refused(MqttServer mqtt) {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    ArrayNode list = out.putArray("refused");
    for (RefusedConnections.Refused one : mqtt.refused().latestFirst()) {
      list.addObject()
          .put("at", Instant.ofEpochMilli(one.atMillis()).toString())
          .put("address", one.address())
          .put("listener", one.listener())
          .put("clientId", one.clientId())
          .put("reason", one.word())
          .put("explanation", one.explanation());
    }
    return out;
  }

  /** Takes no more work. */
  @Override
  public void close() {
    watcher.shutdownNow();
    api.close();
    mqtt.close();
    identity.close();
    desks.close();
  }
}
