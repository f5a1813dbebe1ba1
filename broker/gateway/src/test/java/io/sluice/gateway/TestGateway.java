package io.sluice.gateway;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import io.sluice.certs.CertificateAuthority;
import io.sluice.certs.CertificateProfile;
import io.sluice.certs.Identity;
import io.sluice.certs.KeyKind;
import io.sluice.certs.PemFiles;
import io.sluice.certs.SubjectTemplate;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.client.builder.AwsSyncClientBuilder;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.iot.IotClient;
import software.amazon.awssdk.services.iot.model.CertificateStatus;
import software.amazon.awssdk.services.iotdataplane.IotDataPlaneClient;

/** A gateway on free ports of loopback, for development unless told otherwise, and its clients. */
final class TestGateway implements AutoCloseable {
  /** Lets whoever has it do everything. */
  static final String EVERYTHING =
      """
      {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}""";

  private static final char[] PASSWORD = "x".toCharArray();
  private static final Region REGION = Region.of("local");

  final Gateway gateway;

  TestGateway(Path data) {
    this(data, Map.of());
  }

  TestGateway(Path data, Map<Setting, String> more) {
    Map<Setting, String> flags = onFreePorts(data);
    flags.putAll(more);
    this.gateway = Gateway.start(GatewayConfig.load(null, Map.of(), flags));
  }

  /** As on a command line. */
  static Map<Setting, String> onFreePorts(Path data) {
    Map<Setting, String> flags = new EnumMap<>(Setting.class);
    flags.put(Setting.DATA_DIR, data.toString());
    flags.put(Setting.HOST, "127.0.0.1");
    flags.put(Setting.DEV, "true");
    flags.put(Setting.PARTITIONS, "4");
    for (Setting port :
        List.of(
            Setting.MQTT_PORT,
            Setting.MQTTS_PORT,
            Setting.WS_PORT,
            Setting.WSS_PORT,
            Setting.HTTP_PORT,
            Setting.HTTPS_PORT)) {
      flags.put(port, "0");
    }
    return flags;
  }

  int port(String listener) {
    return gateway.port(listener);
  }

  CertificateAuthority authority() {
    return gateway.certificates().authority();
  }

  /** An unmodified client of the AWS SDK, by signature. */
  <B extends AwsSyncClientBuilder<B, C> & AwsClientBuilder<B, C>, C> C aws(B builder) {
    return aws(gateway, builder);
  }

  static <B extends AwsSyncClientBuilder<B, C> & AwsClientBuilder<B, C>, C> C aws(
      Gateway gateway, B builder) {
    return builder
        .httpClientBuilder(UrlConnectionHttpClient.builder())
        .endpointOverride(URI.create("http://127.0.0.1:" + gateway.port("http")))
        .region(REGION)
        .credentialsProvider(
            StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")))
        .build();
  }

  IotClient iot() {
    return aws(IotClient.builder());
  }

  /** The devices' data plane, by certificate. */
  IotDataPlaneClient dataPlane(Identity device) {
    KeyManager[] keys = keys(device).getKeyManagers();
    TrustManager[] trust = trust().getTrustManagers();
    return IotDataPlaneClient.builder()
        .endpointOverride(URI.create("https://127.0.0.1:" + port("https")))
        .region(REGION)
        .credentialsProvider(AnonymousCredentialsProvider.create())
        .httpClientBuilder(
            UrlConnectionHttpClient.builder()
                .tlsKeyManagersProvider(() -> keys)
                .tlsTrustManagersProvider(() -> trust))
        .build();
  }

  /** A device of the gateway's own authority, registered, active, with this policy. */
  Identity device(IotClient iot, String name, String policy) {
    return registered(
        iot, authority().issue(CertificateProfile.device(name), KeyKind.EC_P256), policy);
  }

  /** Registers a device's certificate as active, with this policy. */
  static Identity registered(IotClient iot, Identity identity, String policy) {
    String arn =
        iot.registerCertificate(
                r ->
                    r.certificatePem(PemFiles.toPem(identity.certificate()))
                        .status(CertificateStatus.ACTIVE))
            .certificateArn();
    iot.attachPolicy(r -> r.policyName(policy).target(arn));
    return identity;
  }

  /** Registers somebody's authority by its proof; answers its id. */
  static String registered(IotClient iot, CertificateAuthority authority, boolean auto) {
    String code = iot.getRegistrationCode(r -> {}).registrationCode();
    Identity proof =
        authority.issue(
            CertificateProfile.device(SubjectTemplate.COMMON_NAME.fill(code)), KeyKind.EC_P256);
    return iot.registerCACertificate(
            r ->
                r.caCertificate(PemFiles.toPem(authority.certificate()))
                    .verificationCertificate(PemFiles.toPem(proof.certificate()))
                    .setAsActive(true)
                    .allowAutoRegistration(auto))
        .certificateId();
  }

  /** An MQTT 5 client of the mutual-TLS port. */
  Mqtt5BlockingClient client(String clientId, Identity identity) {
    return MqttClient.builder()
        .useMqttVersion5()
        .identifier(clientId)
        .serverHost("127.0.0.1")
        .serverPort(port("mqtts"))
        .sslConfig()
        .keyManagerFactory(keys(identity))
        .trustManagerFactory(trust())
        .hostnameVerifier((host, session) -> true)
        .applySslConfig()
        .buildBlocking();
  }

  /** For sockets that show this identity. */
  SSLContext context(Identity identity) {
    return jdk(
        () -> {
          SSLContext context = SSLContext.getInstance("TLS");
          context.init(keys(identity).getKeyManagers(), trust().getTrustManagers(), null);
          return context;
        });
  }

  static KeyManagerFactory keys(Identity identity) {
    return jdk(
        () -> {
          KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
          keys.init(identity.keyStore(PASSWORD), PASSWORD);
          return keys;
        });
  }

  /** Trusts the gateway's own authority. */
  TrustManagerFactory trust() {
    return jdk(
        () -> {
          KeyStore anchors = KeyStore.getInstance("PKCS12");
          anchors.load(null, null);
          anchors.setCertificateEntry("ca", authority().certificate());
          TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
          trust.init(anchors);
          return trust;
        });
  }

  private interface Cryptography<T> {
    T make() throws GeneralSecurityException, IOException;
  }

  /** What every JDK can. */
  private static <T> T jdk(Cryptography<T> work) {
    try {
      return work.make();
    } catch (GeneralSecurityException | IOException impossible) {
      throw new AssertionError(impossible);
    }
  }

  @Override
  public void close() {
    gateway.close();
  }
}
