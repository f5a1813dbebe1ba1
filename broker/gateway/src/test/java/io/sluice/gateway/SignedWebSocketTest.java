package io.sluice.gateway;

import static com.hivemq.client.mqtt.mqtt5.message.connect.connack.Mqtt5ConnAckReasonCode.SUCCESS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import io.sluice.api.AccessKey;
import io.sluice.api.AccessKeys;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.crt.auth.credentials.StaticCredentialsProvider.StaticCredentialsProviderBuilder;
import software.amazon.awssdk.crt.mqtt.MqttClientConnection;
import software.amazon.awssdk.crt.mqtt.MqttMessage;
import software.amazon.awssdk.crt.mqtt.QualityOfService;
import software.amazon.awssdk.crt.mqtt5.Mqtt5Client;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4FamilyHttpSigner;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.HttpSigner;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.iot.AwsIotMqtt5ClientBuilder;
import software.amazon.awssdk.iot.AwsIotMqttConnectionBuilder;

/** MQTT over a WebSocket whose request is signed, by unmodified AWS clients and signers. */
class SignedWebSocketTest {
  @TempDir static Path folder;
  private static WayHouse house;
  private static AccessKey key;

  @BeforeAll
  static void open() throws Exception {
    Path data = folder.resolve("data");
    Map<Setting, String> sigv4 = Map.of(Setting.WAYS_IN, "certificate,sigv4");
    try (WayHouse first = new WayHouse(data, sigv4)) {
      assertThat(first.port("wss")).isPositive();
    }
    Files.writeString(
        data.resolve("access-key"),
        "[reader]\naws_access_key_id = READER\naws_secret_access_key = secret-of-reader\nsluice_role = read-only\n",
        StandardOpenOption.APPEND);
    house = new WayHouse(data, sigv4);
    key = AccessKeys.load(data.resolve("access-key")).get(0);
  }

  @AfterAll
  static void close() {
    house.close();
  }

  private static String authority() {
    return house.gateway.certificates().authorityFile().toString();
  }

  @Test
  void theDeviceSdkForMqtt311ConnectsWithStaticCredentials() throws Exception {
    try (var credentials =
            new StaticCredentialsProviderBuilder()
                .withAccessKeyId(key.id().getBytes(java.nio.charset.StandardCharsets.UTF_8))
                .withSecretAccessKey(key.secret().getBytes(java.nio.charset.StandardCharsets.UTF_8))
                .withSessionToken(
                    "a/session+token=".getBytes(java.nio.charset.StandardCharsets.UTF_8))
                .build();
        AwsIotMqttConnectionBuilder builder = AwsIotMqttConnectionBuilder.newDefaultBuilder();
        MqttClientConnection connection =
            builder
                .withWebsockets(true)
                .withWebsocketSigningRegion("local")
                .withWebsocketCredentialsProvider(credentials)
                .withCertificateAuthorityFromPath(null, authority())
                .withEndpoint("localhost")
                .withPort(house.port("wss"))
                .withClientId("sdk-311")
                .withCleanSession(true)
                .build()) {
      connection.connect().get(20, TimeUnit.SECONDS);
      CompletableFuture<MqttMessage> received = new CompletableFuture<>();
      connection
          .subscribe("signed/311", QualityOfService.AT_LEAST_ONCE, received::complete)
          .get(20, TimeUnit.SECONDS);
      connection
          .publish(new MqttMessage("signed/311", new byte[] {1, 2}, QualityOfService.AT_LEAST_ONCE))
          .get(20, TimeUnit.SECONDS);
      assertThat(received.get(20, TimeUnit.SECONDS).getPayload()).containsExactly(1, 2);
      connection.disconnect().get(20, TimeUnit.SECONDS);
    }
  }

  @Test
  void theDeviceSdkForMqtt5ConnectsWithStaticCredentials() throws Exception {
    SdkConnected connected = new SdkConnected();
    try (var credentials =
        new StaticCredentialsProviderBuilder()
            .withAccessKeyId(key.id().getBytes(java.nio.charset.StandardCharsets.UTF_8))
            .withSecretAccessKey(key.secret().getBytes(java.nio.charset.StandardCharsets.UTF_8))
            .build()) {
      AwsIotMqtt5ClientBuilder.WebsocketSigv4Config config =
          new AwsIotMqtt5ClientBuilder.WebsocketSigv4Config();
      config.region = "local";
      config.credentialsProvider = credentials;
      try (AwsIotMqtt5ClientBuilder builder =
              AwsIotMqtt5ClientBuilder.newWebsocketMqttBuilderWithSigv4Auth("localhost", config);
          Mqtt5Client client =
              builder
                  .withCertificateAuthorityFromPath(null, authority())
                  .withPort((long) house.port("wss"))
                  .withClientId("sdk-5")
                  .withLifeCycleEvents(connected)
                  .build()) {
        client.start();
        assertThat(connected.connected().get(20, TimeUnit.SECONDS)).isTrue();
        client.stop();
      }
    }
  }

  /** What a page signs before it opens a WebSocket. */
  private static URI presigned(
      String id, String secret, String region, Instant at, Duration lasts) {
    SdkHttpRequest request =
        SdkHttpRequest.builder()
            .method(SdkHttpMethod.GET)
            .uri(URI.create("https://localhost:%d/mqtt".formatted(house.port("wss"))))
            .build();
    URI signed =
        AwsV4HttpSigner.create()
            .sign(
                sign ->
                    sign.identity(AwsCredentialsIdentity.create(id, secret))
                        .request(request)
                        .putProperty(AwsV4HttpSigner.REGION_NAME, region)
                        .putProperty(AwsV4FamilyHttpSigner.SERVICE_SIGNING_NAME, "iotdevicegateway")
                        .putProperty(
                            AwsV4FamilyHttpSigner.AUTH_LOCATION,
                            AwsV4FamilyHttpSigner.AuthLocation.QUERY_STRING)
                        .putProperty(AwsV4FamilyHttpSigner.EXPIRATION_DURATION, lasts)
                        .putProperty(HttpSigner.SIGNING_CLOCK, Clock.fixed(at, ZoneOffset.UTC)))
            .request()
            .getUri();
    return URI.create(signed.toString().replace("https://", "wss://"));
  }

  private static int upgrade(URI url, Map<String, String> headers) throws Exception {
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(null, house.trust().getTrustManagers(), null);
    var builder = HttpClient.newBuilder().sslContext(tls).build().newWebSocketBuilder();
    headers.forEach(builder::header);
    try {
      WebSocket open =
          builder.subprotocols("mqtt").buildAsync(url, new WebSocket.Listener() {}).join();
      open.abort();
      return 101;
    } catch (CompletionException refused) {
      assertThat(refused.getCause()).isInstanceOf(WebSocketHandshakeException.class);
      return ((WebSocketHandshakeException) refused.getCause()).getResponse().statusCode();
    }
  }

  private static Mqtt5BlockingClient browser(String clientId, URI url) {
    return house
        .client(clientId)
        .serverPort(house.port("wss"))
        .webSocketConfig()
        .serverPath("mqtt")
        .subprotocol("mqtt")
        .queryString(url.getQuery()) // it encodes that itself
        .applyWebSocketConfig()
        .buildBlocking();
  }

  @Test
  void aPageConnectsWithAPresignedUrlAndTheTokenBehindTheSignature() {
    URI url = presigned(key.id(), key.secret(), "local", Instant.now(), Duration.ofMinutes(5));
    Mqtt5BlockingClient page =
        browser("page", URI.create(url + "&X-Amz-Security-Token=a%2Fsession%2Btoken%3D"));
    assertThat(WayHouse.connect(page)).isEqualTo(SUCCESS);
    page.subscribeWith().topicFilter("any/thing").send();
    page.disconnect();
  }

  /** What a program signs that can set headers. */
  private static Map<String, String> signedHeaders(String secret, String host) {
    Map<String, String> headers = new TreeMap<>();
    AwsV4HttpSigner.create()
        .sign(
            sign ->
                sign.identity(AwsCredentialsIdentity.create(key.id(), secret))
                    .request(
                        SdkHttpRequest.builder()
                            .method(SdkHttpMethod.GET)
                            .uri(
                                URI.create("https://%s:%d/mqtt".formatted(host, house.port("wss"))))
                            .build())
                    .putProperty(AwsV4HttpSigner.REGION_NAME, "local")
                    .putProperty(AwsV4FamilyHttpSigner.SERVICE_SIGNING_NAME, "iotdevicegateway"))
        .request()
        .headers()
        .forEach((name, values) -> headers.put(name, values.get(0)));
    headers.remove("Host"); // the client's own
    return headers;
  }

  @Test
  void aProgramConnectsWithTheSignatureInItsHeaders() {
    Mqtt5BlockingClient program =
        house
            .client("program")
            .serverPort(house.port("wss"))
            .webSocketConfig()
            .serverPath("mqtt")
            .subprotocol("mqtt")
            .httpHeaders(signedHeaders(key.secret(), "localhost"))
            .applyWebSocketConfig()
            .buildBlocking();
    assertThat(WayHouse.connect(program)).isEqualTo(SUCCESS);
    program.subscribeWith().topicFilter("any/thing").send();
    program.disconnect();
  }

  @Test
  void aSignatureInHeadersThatIsAnothersOrForAnotherHostIs403() throws Exception {
    URI url = URI.create("wss://localhost:%d/mqtt".formatted(house.port("wss")));
    assertThat(upgrade(url, signedHeaders(key.secret(), "localhost"))).isEqualTo(101);
    assertThat(upgrade(url, signedHeaders("another", "localhost"))).isEqualTo(403);
    assertThat(upgrade(url, signedHeaders(key.secret(), "other.example"))).isEqualTo(403);
    assertThat(upgrade(URI.create(url + "?topic=more"), signedHeaders(key.secret(), "localhost")))
        .isEqualTo(403);
  }

  @Test
  void aPresignedUrlThatWasChangedIs403() throws Exception {
    URI good = presigned(key.id(), key.secret(), "local", Instant.now(), Duration.ofMinutes(5));
    String text = good.toString();
    for (String changed :
        List.of(
            text + "&more=1",
            text.replace("X-Amz-Expires=300", "X-Amz-Expires=86400"),
            text.replace("/mqtt?", "/mqtt/?"),
            text.replace("SignedHeaders=host", "SignedHeaders=accept"),
            text.replace("SignedHeaders=host", "SignedHeaders=host%3Bx-amz-date"),
            text.replace("wss://localhost", "wss://127.0.0.1"),
            text + "&X-Amz-Signature=" + "0".repeat(64) + "&X-Amz-Expires=604800")) {
      assertThat(changed).isNotEqualTo(text);
      assertThat(upgrade(URI.create(changed), Map.of())).as(changed).isNotEqualTo(101);
    }
  }

  @Test
  void aReadOnlyKeyMayHearAndNotSay() {
    URI url =
        presigned("READER", "secret-of-reader", "local", Instant.now(), Duration.ofMinutes(5));
    Mqtt5BlockingClient reader = browser("reader", url);
    assertThat(WayHouse.connect(reader)).isEqualTo(SUCCESS);
    reader.subscribeWith().topicFilter("any/thing").send();
    assertThatThrownBy(
            () ->
                reader
                    .publishWith()
                    .topic("any/thing")
                    .qos(com.hivemq.client.mqtt.datatypes.MqttQos.AT_LEAST_ONCE)
                    .send())
        .isNotNull();
  }

  @Test
  void whatIsSignedBadlyIs403WithATypedReasonThatIsCountedAndKept() throws Exception {
    Instant now = Instant.now();
    Duration five = Duration.ofMinutes(5);
    URI good = presigned(key.id(), key.secret(), "local", now, five);
    assertThat(upgrade(good, Map.of())).isEqualTo(101);

    assertThat(upgrade(presigned(key.id(), "another", "local", now, five), Map.of()))
        .isEqualTo(403);
    assertThat(upgrade(presigned(key.id(), key.secret(), "eu-central-1", now, five), Map.of()))
        .isEqualTo(403);
    assertThat(
            upgrade(
                presigned(key.id(), key.secret(), "local", now.minusSeconds(600), five), Map.of()))
        .isEqualTo(403);
    assertThat(upgrade(presigned("NOBODY", "secret", "local", now, five), Map.of())).isEqualTo(403);
    assertThat(upgrade(presigned("test", "test", "local", now, five), Map.of()))
        .as("the key that everybody knows")
        .isEqualTo(403);
    assertThat(
            upgrade(
                URI.create("wss://localhost:%d/mqtt".formatted(house.port("wss"))),
                Map.of("Authorization", "AWS4-HMAC-SHA256 nonsense")))
        .isEqualTo(403);

    assertThat(house.gateway.refused().stream().map(refused -> refused.word()))
        .contains(
            "signature_mismatch",
            "signature_scope",
            "signature_expired",
            "signature_unknown_key",
            "signature_incomplete");
    assertThat(house.gateway.refused())
        .noneMatch(refused -> refused.explanation().contains(key.secret()));
    List<String> metrics =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .build()
            .send(
                java.net.http.HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:%d/metrics".formatted(house.port("http"))))
                    .build(),
                java.net.http.HttpResponse.BodyHandlers.ofLines())
            .body()
            .toList();
    assertThat(metrics).anyMatch(line -> line.contains("signature_expired"));
  }
}
