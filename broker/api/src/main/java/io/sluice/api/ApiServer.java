package io.sluice.api;

import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.SessionProtocol;
import com.linecorp.armeria.common.TlsKeyPair;
import com.linecorp.armeria.common.util.TlsEngineType;
import com.linecorp.armeria.server.ClientAddressSource;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServerPort;
import com.linecorp.armeria.server.ServerTlsConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.handler.ssl.ClientAuth;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletionException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP listeners: the API on one port, the devices' data plane with TLS on another. Limits hold
 * before anybody is authenticated. Safe for any thread.
 */
public final class ApiServer implements AutoCloseable {
  /** Of a whole head; AWS clients stay below 16 KiB, presigned URLs included. */
  private static final int HEADER_BYTES_MAX = 32 << 10;

  private static final MediaType PROMETHEUS =
      MediaType.parse("text/plain; version=0.0.4; charset=utf-8");

  private final Server server;
  private final ApiSettings settings;

  /**
   * The server over its rooms; {@link #start} opens its ports.
   *
   * @param ways how callers of the data plane may say who they are
   * @param tls for the https port; null when the settings have none
   * @param meters where requests are counted, and what {@code /metrics} shows
   */
  public static ApiServer over(
      ApiRooms rooms,
      ApiSettings settings,
      AccessKeys keys,
      DataPlaneWays ways,
      @Nullable DeviceTls tls,
      PrometheusMeterRegistry meters) {
    ApiService service =
        new ApiService(
            rooms.operations(settings),
            new CallerGate(
                keys, ways, settings.webOrigins(), rooms.authenticator(), rooms.clock(), meters),
            meters,
            settings.publicUrl());
    return new ApiServer(
        settings,
        service,
        new PkiService(rooms.enrollment().publications()),
        tls,
        ways.takeMoreThanCertificates() ? ClientAuth.OPTIONAL : ClientAuth.REQUIRE,
        meters,
        rooms.storeFailed());
  }

  ApiServer(
      ApiSettings settings,
      HttpService api,
      @Nullable DeviceTls tls,
      PrometheusMeterRegistry meters) {
    this(settings, api, null, tls, ClientAuth.REQUIRE, meters, () -> false);
  }

  private ApiServer(
      ApiSettings settings,
      HttpService api,
      @Nullable PkiService pki,
      @Nullable DeviceTls tls,
      ClientAuth certificates,
      PrometheusMeterRegistry meters,
      BooleanSupplier storeFailed) {
    this.settings = settings;
    HttpService pages =
        WebPages.before(api, settings.webOrigins(), certificates == ClientAuth.OPTIONAL, meters);
    ServerBuilder builder =
        Server.builder()
            .port(new ServerPort(settings.http(), SessionProtocol.HTTP))
            .maxRequestLength(settings.requestBytesMax())
            .maxNumConnections(settings.connectionsMax())
            .requestTimeout(settings.requestTimeout())
            .idleTimeout(settings.idleTimeout())
            .http1MaxHeaderSize(HEADER_BYTES_MAX)
            .http2MaxHeaderListSize(HEADER_BYTES_MAX)
            .http1MaxInitialLineLength(HEADER_BYTES_MAX)
            .gracefulShutdownTimeout(java.time.Duration.ZERO, settings.drainTimeout())
            .meterRegistry(meters)
            .disableServerHeader()
            .clientAddressSources(ClientAddressSource.ofProxyProtocol()) // no header is believed
            .errorHandler(new TransportErrors(settings.requestBytesMax()))
            .service("/health", (ctx, req) -> health(storeFailed.getAsBoolean()))
            .service(
                "/metrics",
                (ctx, req) -> // not for devices
                ctx.sessionProtocol().isTls() ? pages.serve(ctx, req) : metrics(meters))
            .serviceUnder("/", pages);
    if (pki != null) {
      builder.serviceUnder(PkiService.PATH, pki);
    }
    InetSocketAddress https = settings.https();
    if (https != null) {
      if (tls == null) {
        throw new IllegalArgumentException(
            "https port %d is set without a server certificate; give one, or no port"
                .formatted(https.getPort()));
      }
      builder
          .port(new ServerPort(https, SessionProtocol.HTTPS))
          .port( // for clients that asked another port of this gateway, which says who they are
              new ServerPort(
                  new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                  SessionProtocol.PROXY,
                  SessionProtocol.HTTPS))
          .tlsEngineType(tls.jdkEngine() ? TlsEngineType.JDK : TlsEngineType.OPENSSL)
          .tlsProvider(
              name -> keyPair(tls.shown().get()),
              ServerTlsConfig.builder()
                  .clientAuth(certificates)
                  .tlsCustomizer(context -> context.trustManager(tls.trust()))
                  .build());
    }
    this.server = builder.build();
  }

  private static TlsKeyPair keyPair(DeviceTls.Shown shown) {
    return TlsKeyPair.of(shown.key(), shown.chain()); // equal ones share a context
  }

  /**
   * Opens the ports.
   *
   * @throws IllegalStateException with a sentence for the operator when one cannot be opened
   */
  public ApiServer start() {
    try {
      server.start().join();
      return this;
    } catch (CompletionException failed) {
      Throwable cause = failed.getCause() == null ? failed : failed.getCause();
      throw new IllegalStateException(
          cause instanceof IOException
              ? "HTTP cannot listen on %s%s (%s); stop what listens there, or choose another --http-port or --https-port"
                  .formatted(
                      settings.http(),
                      settings.https() == null ? "" : " and " + settings.https(),
                      cause.getMessage())
              : "HTTP cannot start (%s); the log says more".formatted(cause.getMessage()),
          cause);
    }
  }

  /** The port of the API, also when the settings left it open. */
  public int httpPort() {
    return port(SessionProtocol.HTTP);
  }

  /** The port of the mutual-TLS data plane. */
  public int httpsPort() {
    return port(SessionProtocol.HTTPS);
  }

  /**
   * As {@link #httpsPort}, on loopback, for connections that begin with a header of the PROXY
   * protocol.
   */
  public int proxiedHttpsPort() {
    return port(SessionProtocol.HTTPS, true);
  }

  private int port(SessionProtocol protocol) {
    return port(protocol, false);
  }

  private int port(SessionProtocol protocol, boolean proxied) {
    return server.activePorts().values().stream()
        .filter(port -> port.hasProtocol(protocol))
        .filter(port -> port.hasProtocol(SessionProtocol.PROXY) == proxied)
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "no %s port is open; start the server".formatted(protocol)))
        .localAddress()
        .getPort();
  }

  /** Takes no more requests, lets those in flight end within the drain timeout, closes. */
  @Override
  public void close() {
    server.stop().join();
  }

  private static HttpResponse health(boolean storeFailed) {
    return storeFailed
        ? HttpResponse.of(
            HttpStatus.SERVICE_UNAVAILABLE,
            MediaType.JSON,
            "{\"status\":\"failed\",\"reason\":\"the store takes no more writes; the gateway's log says why\"}")
        : HttpResponse.of(HttpStatus.OK, MediaType.JSON, "{\"status\":\"ok\"}");
  }

  private static HttpResponse metrics(PrometheusMeterRegistry meters) {
    return HttpResponse.of(
        ResponseHeaders.of(HttpStatus.OK, "content-type", PROMETHEUS.toString()),
        HttpData.ofUtf8(meters.scrape()));
  }
}
