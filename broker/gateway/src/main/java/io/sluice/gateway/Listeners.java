package io.sluice.gateway;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.handler.ssl.SslContext;
import io.sluice.api.AccessKeys;
import io.sluice.api.ApiRooms;
import io.sluice.api.ApiServer;
import io.sluice.api.ApiSettings;
import io.sluice.api.DeviceTls;
import io.sluice.identity.DeviceTrust;
import io.sluice.identity.Enrollment;
import io.sluice.message.Publication;
import io.sluice.store.Clock;
import io.sluice.transport.Broker;
import io.sluice.transport.Gatekeeper;
import io.sluice.transport.MqttServer;
import io.sluice.transport.TlsIdentity;
import io.sluice.transport.TransportCounters;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.ForkJoinPool;
import javax.net.ssl.SSLException;

/**
 * What stands between the network and the rooms: MQTT and HTTP listeners. Opens all or none.
 *
 * @param ready the ready line's JSON: each open port by its name, and where the data lies
 */
record Listeners(MqttServer mqtt, ApiServer api, ObjectNode ready) implements AutoCloseable {
  private static final String LOOPBACK = "127.0.0.1";
  private static final String ACCESS_KEY_FILE = "access-key";

  static Listeners open(GatewayConfig config, Rooms rooms, GatewayCertificates certificates) {
    TransportCounters counters = new TransportCounters();
    GatewayStats stats =
        new GatewayStats(
            counters,
            rooms.publishPath.counters(),
            rooms.conveyor,
            rooms.sessions,
            rooms.shadows.counters(),
            rooms.rules.ledger());
    MqttServer mqtt =
        new MqttServer(
            new Broker(
                rooms.sessions,
                rooms.publishPath,
                rooms.stamps,
                config.transportLimits(),
                counters),
            config.threads(Setting.IO_THREADS));
    try {
      ObjectNode ready = JsonNodeFactory.instance.objectNode();
      DeviceTrust trust = new DeviceTrust(rooms.authenticator);
      listenMqtt(config, rooms, certificates, trust, mqtt, ready);
      ApiServer api = listenHttp(config, rooms, certificates, trust, stats, ready);
      ready.put("dataDir", rooms.directory.path().toAbsolutePath().toString());
      return new Listeners(mqtt, api, ready);
    } catch (RuntimeException refused) {
      mqtt.close();
      throw refused;
    }
  }

  private static void listenMqtt(
      GatewayConfig config,
      Rooms rooms,
      GatewayCertificates certificates,
      DeviceTrust trust,
      MqttServer mqtt,
      ObjectNode ready) {
    DenyList denied = DenyList.of(config);
    if (config.flag(Setting.DEV)) {
      Gatekeeper open = denied.before(new OpenDoor());
      ready.put("mqtt", mqtt.listen(LOOPBACK, config.number(Setting.MQTT_PORT), null, open));
      ready.put("ws", mqtt.listenWebSocket(LOOPBACK, config.number(Setting.WS_PORT), null, open));
    }
    Gatekeeper gatekeeper =
        denied.before(new IdentityGatekeeper(rooms.authenticator, rooms.registry));
    gatekeeper.onChange(principal -> mqtt.recheck());
    String host = config.text(Setting.HOST);
    SslContext tls = tls(certificates, trust);
    ready.put("mqtts", mqtt.listen(host, config.number(Setting.MQTTS_PORT), tls, gatekeeper));
    ready.put("wss", mqtt.listenWebSocket(host, config.number(Setting.WSS_PORT), tls, gatekeeper));
  }

  private static ApiServer listenHttp(
      GatewayConfig config,
      Rooms rooms,
      GatewayCertificates certificates,
      DeviceTrust trust,
      GatewayStats stats,
      ObjectNode ready) {
    PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    GatewayMetrics.bind(meters, stats);
    Path keyFile = rooms.directory.path().resolve(ACCESS_KEY_FILE);
    AccessKeys keys = AccessKeys.loadOrCreate(keyFile);
    ApiServer api =
        ApiServer.over(
                apiRooms(rooms, certificates, stats),
                apiSettings(config),
                config.flag(Setting.DEV) ? keys.withDevelopmentKey() : keys,
                new DeviceTls(certificates.serverKey(), certificates.serverChain(), trust),
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
      Rooms rooms, GatewayCertificates certificates, GatewayStats stats) {
    return new ApiRooms(
        rooms.queues,
        rooms.streams,
        rooms.deliveryStreams,
        rooms.rules,
        rooms.shadows,
        rooms.registry,
        new Enrollment(
            certificates.authority(), rooms.registry, Clock.SYSTEM, ForkJoinPool.commonPool()),
        rooms.authorizer,
        rooms.authenticator,
        (topic, payload, qos, retain, properties, origin) ->
            rooms
                .publishPath
                .publish(
                    new Publication(
                        topic, payload, qos, retain, properties, origin, rooms.stamps.next()),
                    null)
                .thenAccept(landing -> {}),
        stats::read,
        rooms.store::hasFailed,
        Clock.SYSTEM);
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
        standard.requestBytesMax(),
        standard.publishBytesMax(),
        standard.connectionsMax(),
        standard.requestTimeout(),
        standard.idleTimeout(),
        standard.drainTimeout());
  }

  private static SslContext tls(GatewayCertificates certificates, DeviceTrust trust) {
    try {
      return TlsIdentity.mutual(
          certificates.serverCertificateFile().toFile(),
          certificates.serverKeyFile().toFile(),
          trust);
    } catch (SSLException refused) {
      throw new Refusals.CommandFailed(
          "the server certificate in %s cannot be used: %s"
              .formatted(certificates.folder(), refused.getMessage()));
    }
  }

  /** Takes no more work. */
  @Override
  public void close() {
    api.close();
    mqtt.close();
  }
}
