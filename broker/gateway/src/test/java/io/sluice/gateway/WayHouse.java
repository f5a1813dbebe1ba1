package io.sluice.gateway;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttClientSslConfig;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import com.hivemq.client.mqtt.mqtt5.Mqtt5ClientBuilder;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5ConnAckException;
import com.hivemq.client.mqtt.mqtt5.message.connect.connack.Mqtt5ConnAckReasonCode;
import io.sluice.api.AccessKey;
import io.sluice.api.AccessKeys;
import io.sluice.credentials.User;
import io.sluice.credentials.Users;
import java.net.URI;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.iot.IotClient;

/** A gateway on free ports, not for development, and clients without a certificate. */
final class WayHouse implements AutoCloseable {
  /** To connect as whom one is, to say and hear what is below {@code a/}. */
  static final String POLICY =
      """
      {"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":"iot:Connect","Resource":"*"},
        {"Effect":"Allow","Action":["iot:Publish","iot:Receive"],
         "Resource":"arn:aws:iot:local:000000000000:topic/a/*"},
        {"Effect":"Allow","Action":"iot:Subscribe",
         "Resource":"arn:aws:iot:local:000000000000:topicfilter/a/*"}]}
      """;

  final Path data;
  final Gateway gateway;

  WayHouse(Path data, Map<Setting, String> more) {
    this.data = data;
    Map<Setting, String> flags = TestGateway.onFreePorts(data);
    flags.put(Setting.DEV, "false");
    flags.putAll(more);
    this.gateway = Gateway.start(GatewayConfig.load(null, Map.of(), flags));
  }

  int port(String listener) {
    return gateway.port(listener);
  }

  void policy(String name, String document) {
    DemoSetup.await(gateway.rooms().registry.policies().create(name, document));
  }

  void user(String name, String password, User.Method method, String... policies) {
    Users.load(data).put(User.of(name, password.toCharArray(), method, List.of(policies)));
  }

  /** The control plane, as an AWS SDK client with the first access key has it. */
  IotClient iot() {
    AccessKey key = AccessKeys.load(data.resolve("access-key")).get(0);
    return IotClient.builder()
        .httpClientBuilder(UrlConnectionHttpClient.builder())
        .endpointOverride(URI.create("http://127.0.0.1:" + port("http")))
        .region(Region.of("local"))
        .credentialsProvider(
            StaticCredentialsProvider.create(AwsBasicCredentials.create(key.id(), key.secret())))
        .build();
  }

  TrustManagerFactory trust() {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      store.setCertificateEntry("ca", gateway.certificates().authority().certificate());
      TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
      factory.init(store);
      return factory;
    } catch (GeneralSecurityException | java.io.IOException impossible) {
      throw new AssertionError(impossible);
    }
  }

  SSLSocketFactory sockets() {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      TrustManager[] managers = trust().getTrustManagers();
      context.init(null, managers, null);
      return context.getSocketFactory();
    } catch (GeneralSecurityException impossible) {
      throw new AssertionError(impossible);
    }
  }

  MqttClientSslConfig tls() {
    return MqttClientSslConfig.builder().trustManagerFactory(trust()).build();
  }

  /** An MQTT 5 client over TLS, without a certificate. */
  Mqtt5ClientBuilder client(String clientId) {
    return MqttClient.builder()
        .useMqttVersion5()
        .identifier(clientId)
        .serverHost("localhost")
        .serverPort(port("mqtts"))
        .sslConfig(tls());
  }

  Mqtt5BlockingClient client(String clientId, String user, String password) {
    return client(clientId)
        .simpleAuth()
        .username(user)
        .password(password.getBytes(java.nio.charset.StandardCharsets.UTF_8))
        .applySimpleAuth()
        .buildBlocking();
  }

  /** What the gateway answers; success, too. */
  static Mqtt5ConnAckReasonCode connect(Mqtt5BlockingClient client) {
    try {
      return client.connect().getReasonCode();
    } catch (Mqtt5ConnAckException refused) {
      return refused.getMqttMessage().getReasonCode();
    }
  }

  @Override
  public void close() {
    gateway.close();
  }
}
