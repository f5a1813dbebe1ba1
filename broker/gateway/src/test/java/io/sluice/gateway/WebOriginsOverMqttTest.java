package io.sluice.gateway;

import static com.hivemq.client.mqtt.mqtt5.message.connect.connack.Mqtt5ConnAckReasonCode.NOT_AUTHORIZED;
import static com.hivemq.client.mqtt.mqtt5.message.connect.connack.Mqtt5ConnAckReasonCode.SUCCESS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttClientSslConfig;
import com.hivemq.client.mqtt.mqtt5.Mqtt5ClientBuilder;
import com.hivemq.client.mqtt.mqtt5.message.connect.connack.Mqtt5ConnAckReasonCode;
import io.sluice.certs.CertificateProfile;
import io.sluice.certs.Identity;
import io.sluice.certs.KeyKind;
import io.sluice.credentials.User;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.services.iot.IotClient;

/**
 * Web pages that open WebSockets: whom a client certificate counts for that the browser adds on its
 * own (cross-site WebSocket hijacking), and the open door of {@code --dev}.
 */
class WebOriginsOverMqttTest {
  private static final String EVIL = "https://evil.example";

  @TempDir static Path folder;
  private static WayHouse house;
  private static WayHouse usual;
  private static WayHouse listed;
  private static TestGateway dev;
  private static Identity device;
  private static Identity deviceOfListed;

  @BeforeAll
  static void open() {
    house =
        new WayHouse(
            folder.resolve("house"),
            Map.of(Setting.WAYS_IN, "certificate,password", Setting.WSS_CERTIFICATES, "true"));
    usual = new WayHouse(folder.resolve("usual"), Map.of(Setting.WAYS_IN, "certificate,password"));
    listed =
        new WayHouse(
            folder.resolve("listed"),
            Map.of(Setting.WEBSOCKET_ORIGINS, "https://console.example.com"));
    dev = new TestGateway(folder.resolve("dev"));
    device = device(house);
    deviceOfListed = device(listed);
    house.user("ann", "ann's word", User.Method.PASSWORD, "all");
    await().until(() -> WayHouse.connect(house.client("seen", "ann", "ann's word")) == SUCCESS);
  }

  @AfterAll
  static void close() {
    house.close();
    usual.close();
    listed.close();
    dev.close();
  }

  private static Identity device(WayHouse gateway) {
    gateway.policy("all", TestGateway.EVERYTHING);
    try (IotClient iot = gateway.iot()) {
      return TestGateway.registered(
          iot,
          gateway
              .gateway
              .certificates()
              .authority()
              .issue(CertificateProfile.device("d"), KeyKind.EC_P256),
          "all");
    }
  }

  /** A client whose WebSocket request says that it comes from a page of this origin. */
  private static Mqtt5ClientBuilder page(WayHouse gateway, Identity certificate, String origin) {
    var tls = MqttClientSslConfig.builder().trustManagerFactory(gateway.trust());
    return gateway
        .client("page")
        .serverPort(gateway.port("wss"))
        .sslConfig(
            certificate == null
                ? tls.build()
                : tls.keyManagerFactory(TestGateway.keys(certificate)).build())
        .webSocketConfig()
        .serverPath("mqtt")
        .subprotocol("mqtt")
        .httpHeaders(Map.of("Origin", origin.replace("PORT", String.valueOf(gateway.port("wss")))))
        .applyWebSocketConfig();
  }

  private static Mqtt5ConnAckReasonCode connect(
      WayHouse gateway, Identity certificate, String origin) {
    return WayHouse.connect(page(gateway, certificate, origin).buildBlocking());
  }

  @ParameterizedTest(name = "a certificate and a page of {0}: {1}")
  @CsvSource({
    "https://localhost:PORT, SUCCESS", // what clients that are no browsers say
    "https://evil.example, NOT_AUTHORIZED",
    "http://localhost:PORT, NOT_AUTHORIZED",
    "https://localhost, NOT_AUTHORIZED",
    "null, NOT_AUTHORIZED"
  })
  void aCertificateDoesNotCountForAPageOfElsewhere(String origin, Mqtt5ConnAckReasonCode code) {
    assertThat(connect(house, device, origin)).isEqualTo(code);
    if (code == NOT_AUTHORIZED) {
      assertThat(house.gateway.refused().get(0).word()).isEqualTo("websocket_origin");
      assertThat(house.gateway.refused().get(0).explanation()).contains("websocket-origins");
    }
  }

  /** Chromium gives up a WebSocket whose server asks for a certificate, even if it demands none. */
  @Test
  void overWebSocketNobodyIsAskedForACertificateWhileOtherWaysAreOpen() throws Exception {
    assertThat(shownTo("wss")).isNull();
    assertThat(shownTo("mqtts")).isNotNull();
    assertThat(connect(usual, device, EVIL)).isEqualTo(NOT_AUTHORIZED);
    assertThat(usual.gateway.refused().get(0).word()).isEqualTo("no_credentials");
  }

  /** What a client shows that has a certificate for whoever asks. */
  private static Certificate[] shownTo(String listener) throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(TestGateway.keys(device).getKeyManagers(), usual.trust().getTrustManagers(), null);
    try (SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", usual.port(listener))) {
      socket.setSoTimeout(20_000);
      socket.startHandshake();
      return socket.getSession().getLocalCertificates();
    }
  }

  @Test
  void whatThePageItselfShowsCountsWhateverCertificateTheBrowserAdds() {
    for (Identity certificate : new Identity[] {null, device}) {
      var client =
          page(house, certificate, EVIL)
              .simpleAuth()
              .username("ann")
              .password("ann's word".getBytes(java.nio.charset.StandardCharsets.UTF_8))
              .applySimpleAuth()
              .buildBlocking();
      assertThat(WayHouse.connect(client)).isEqualTo(SUCCESS);
      client.disconnect();
    }
  }

  @Test
  void aListedOriginIsTrustedWithTheCertificateAndAnotherGetsNoWebSocket() {
    assertThat(connect(listed, deviceOfListed, "https://console.example.com")).isEqualTo(SUCCESS);
    for (String origin : new String[] {EVIL, "null"}) {
      assertThatThrownBy(() -> connect(listed, deviceOfListed, origin)).isNotNull();
      assertThat(listed.gateway.refused().get(0).word()).isEqualTo("websocket_origin");
    }
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({
    "http://localhost:3000, true",
    "http://127.0.0.1:5173, true",
    "https://evil.example, false",
    "http://localhost.evil.example, false",
    "null, false"
  })
  void theOpenDoorOfDevelopmentIsForPagesOfThisMachine(String origin, boolean may) {
    var client =
        MqttClient.builder()
            .useMqttVersion5()
            .identifier("dev-page")
            .serverHost("127.0.0.1")
            .serverPort(dev.port("ws"))
            .webSocketConfig()
            .serverPath("mqtt")
            .subprotocol("mqtt")
            .httpHeaders(Map.of("Origin", origin))
            .applyWebSocketConfig()
            .buildBlocking();
    if (may) {
      assertThat(WayHouse.connect(client)).isEqualTo(SUCCESS);
      client.disconnect();
    } else {
      assertThatThrownBy(() -> WayHouse.connect(client)).isNotNull();
      assertThat(dev.gateway.refused().get(0).word()).isEqualTo("websocket_origin");
    }
  }

  /** The key {@code test} is no secret, so not every page may come with it. */
  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({"http://localhost:3000, 200", "https://evil.example, 403", "null, 403"})
  void soIsTheHttpApiOfDevelopment(String origin, int status) throws Exception {
    assertThat(preflight(dev.port("http"), origin).statusCode()).isEqualTo(status);
  }

  @Test
  void anyPageMayAskTheHttpApiOtherwise() throws Exception {
    assertThat(preflight(house.port("http"), EVIL).headers().map())
        .containsEntry("access-control-allow-origin", java.util.List.of("*"));
  }

  private static HttpResponse<String> preflight(int port, String origin) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:%d/topics/a".formatted(port)))
                .method("OPTIONS", HttpRequest.BodyPublishers.noBody())
                .header("Origin", origin)
                .header("Access-Control-Request-Method", "POST")
                .build(),
            HttpResponse.BodyHandlers.ofString());
  }
}
