package io.sluice.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import io.sluice.certs.CertificateProfile;
import io.sluice.certs.Identity;
import io.sluice.certs.IdentityFolder;
import io.sluice.certs.KeyKind;
import io.sluice.certs.PemFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLSocket;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.iot.IotClient;
import software.amazon.awssdk.services.iot.model.CertificateValidationException;
import software.amazon.awssdk.services.iotdataplane.IotDataPlaneClient;

/** The server certificate of all TLS ports, changed while devices are connected; and whose keys. */
class ServerTlsTest {
  private static final String POLICY = "devices";

  @TempDir Path folder;
  private TestGateway house;
  private IotClient iot;

  private void start(String provider) {
    house =
        new TestGateway(
            folder.resolve("data"),
            Map.of(Setting.TLS_RELOAD_SECONDS, "1", Setting.TLS_PROVIDER, provider));
    iot = house.iot();
    iot.createPolicy(r -> r.policyName(POLICY).policyDocument(TestGateway.EVERYTHING));
  }

  @AfterEach
  void stop() {
    if (house != null) {
      iot.close();
      house.close();
    }
  }

  private X509Certificate shown(String port, Identity device) throws Exception {
    try (SSLSocket socket =
        (SSLSocket)
            house.context(device).getSocketFactory().createSocket("127.0.0.1", house.port(port))) {
      socket.startHandshake();
      return (X509Certificate) socket.getSession().getPeerCertificates()[0];
    }
  }

  /** Puts another pair in the place of the one that is there. */
  private void put(Identity certificate, Identity key) throws Exception {
    Path certs = house.gateway.certificates().folder();
    Path chain = certs.resolve("server.pem");
    Path keyFile = certs.resolve("server.key.pem");
    Files.writeString(keyFile, PemFiles.toPem(key.key()));
    Files.writeString(chain, PemFiles.toPem(certificate.chain()));
    Files.setLastModifiedTime(chain, FileTime.from(Instant.now().plusSeconds(5)));
  }

  private Identity server(String name) {
    return house
        .authority()
        .issue(CertificateProfile.server(List.of(name, "127.0.0.1")), KeyKind.EC_P256);
  }

  @ParameterizedTest
  @ValueSource(strings = {"boringssl", "jdk"})
  void aRenewedPairIsShownOnAllPortsAndNobodyReconnects(String provider) throws Exception {
    start(provider);
    Identity device = house.device(iot, "pump", POLICY);
    Mqtt5BlockingClient live = house.client("pump", device);
    live.connect();
    Identity renewed = server("renewed");

    put(renewed, renewed);

    for (String port : List.of("mqtts", "wss", "https")) {
      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(
              () -> assertThat(shown(port, device)).as(port).isEqualTo(renewed.certificate()));
    }
    live.publishWith().topic("a").send();
    assertThat(live.getState().isConnected()).isTrue();
    live.disconnect();
  }

  @Test
  void aPairThatIsNoneLeavesTheOldOneInUseAndSaysSo() throws Exception {
    start("boringssl");
    Identity device = house.device(iot, "pump", POLICY);
    X509Certificate before =
        IdentityFolder.at(house.gateway.certificates().folder()).read("server").certificate();
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    Logger logger = (Logger) LoggerFactory.getLogger(ServerTls.class);
    log.start();
    logger.addAppender(log);
    try {
      put(server("one"), server("another"));
      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(
              () ->
                  assertThat(List.copyOf(log.list))
                      .anySatisfy(
                          line ->
                              assertThat(line.getFormattedMessage())
                                  .contains("the old ones stay", "server.key.pem is not the key of")
                                  .doesNotContain("BEGIN")));
    } finally {
      logger.detachAppender(log);
    }
    for (String port : List.of("mqtts", "wss", "https")) {
      assertThat(shown(port, device)).as(port).isEqualTo(before);
    }
  }

  @Test
  void aPairThatIsNoneStopsTheStart() throws Exception {
    start("boringssl");
    put(server("one"), server("another"));
    stop();
    house = null;
    assertThatThrownBy(() -> new TestGateway(folder.resolve("data")))
        .hasMessageContaining("server.key.pem is not the key of");
  }

  @Test
  void ed25519IsRefusedAtRegistrationWhereTlsDoesNotTakeIt() {
    start("boringssl");
    Identity device = house.authority().issue(CertificateProfile.device("ed"), KeyKind.ED25519);
    assertThatThrownBy(() -> TestGateway.registered(iot, device, POLICY))
        .isInstanceOf(CertificateValidationException.class)
        .hasMessageContaining("Ed25519")
        .hasMessageContaining("tls-provider: jdk");
  }

  @Test
  void ed25519ComesInOverAllPortsWithTheTlsOfTheJdk() throws Exception {
    start("jdk");
    Identity device =
        TestGateway.registered(
            iot, house.authority().issue(CertificateProfile.device("ed"), KeyKind.ED25519), POLICY);
    MqttConnectOptions options = new MqttConnectOptions();
    options.setSocketFactory(house.context(device).getSocketFactory()); // the JDK's client has it
    options.setHttpsHostnameVerificationEnabled(false);
    for (String address : List.of("ssl://127.0.0.1:" + house.port("mqtts"), wss())) {
      try (MqttClient client = new MqttClient(address, "ed", new MemoryPersistence())) {
        client.connect(options);
        client.publish("a/ed", new byte[0], 1, false);
        client.disconnect();
      }
    }
    try (IotDataPlaneClient data = house.dataPlane(device)) {
      data.publish(r -> r.topic("a/ed").payload(SdkBytes.fromUtf8String("x")));
    }
  }

  private String wss() {
    return "wss://127.0.0.1:%d/mqtt".formatted(house.port("wss"));
  }

  @Test
  void anUnknownProviderStopsTheStart() {
    assertThatThrownBy(() -> start("openssl"))
        .isInstanceOf(GatewayConfig.ConfigRefused.class)
        .hasMessageContaining("boringssl, or jdk");
  }
}
