package io.sluice.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import io.sluice.certs.CertificateProfile;
import io.sluice.certs.Identity;
import io.sluice.certs.KeyKind;
import io.sluice.identity.Attachment;
import io.sluice.identity.CertificateStatus;
import io.sluice.identity.Registry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.client.builder.AwsSyncClientBuilder;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.iotdataplane.IotDataPlaneClient;

/** A gateway on free ports, and the clients that shadows are tried with. */
final class ShadowGateway implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  final Gateway gateway;
  final IotDataPlaneClient data;

  ShadowGateway(Path dataDir, Map<Setting, String> more) {
    Map<Setting, String> flags = TestGateway.onFreePorts(dataDir);
    flags.putAll(more);
    this.gateway = Gateway.start(GatewayConfig.load(null, Map.of(), flags));
    this.data = aws(IotDataPlaneClient.builder());
  }

  static JsonNode json(String text) {
    try {
      return JSON.readTree(text.replace('\'', '"'));
    } catch (IOException notJson) {
      throw new UncheckedIOException(notJson);
    }
  }

  static JsonNode json(byte[] utf8) {
    try {
      return JSON.readTree(utf8);
    } catch (IOException notJson) {
      throw new UncheckedIOException(notJson);
    }
  }

  /** An unmodified client of the AWS SDK, by signature. */
  <B extends AwsSyncClientBuilder<B, C> & AwsClientBuilder<B, C>, C> C aws(B builder) {
    return TestGateway.aws(gateway, builder);
  }

  /** Updates over HTTP. */
  JsonNode update(String thing, String name, String document) {
    SdkBytes payload = SdkBytes.fromUtf8String(document.replace('\'', '"'));
    return json(
        data.updateThingShadow(r -> r.thingName(thing).shadowName(name).payload(payload))
            .payload()
            .asByteArray());
  }

  /** Reads over HTTP. */
  JsonNode get(String thing, String name) {
    return json(
        data.getThingShadow(r -> r.thingName(thing).shadowName(name)).payload().asByteArray());
  }

  /** A registered device with a certificate and this policy. */
  Identity enroll(String thing, String policy) {
    Registry registry = gateway.rooms().registry;
    Identity identity =
        gateway.certificates().authority().issue(CertificateProfile.device(thing), KeyKind.EC_P256);
    DemoSetup.await(registry.things().create(thing, Map.of()));
    DemoSetup.await(registry.policies().create(thing, policy));
    DemoSetup.await(
        registry.certificates().register(identity.certificate(), CertificateStatus.ACTIVE, true));
    String arn = registry.arns().certificate(identity.certificateId());
    DemoSetup.await(registry.policies().attach(thing, arn));
    DemoSetup.await(registry.things().attachPrincipal(thing, arn, Attachment.NON_EXCLUSIVE_THING));
    return identity;
  }

  /** A client of the development port, which may do anything. */
  Listener listener(String clientId, MqttQos qos, String... filters) {
    return new Listener(gateway.port("mqtt"), clientId, qos, filters);
  }

  /** Connected, subscribed, and keeping what it hears. */
  static final class Listener implements AutoCloseable {
    final Mqtt5BlockingClient client;
    private final Mqtt5BlockingClient.Mqtt5Publishes publishes;

    Listener(int port, String clientId, MqttQos qos, String... filters) {
      this.client =
          MqttClient.builder()
              .useMqttVersion5()
              .identifier(clientId)
              .serverHost("127.0.0.1")
              .serverPort(port)
              .buildBlocking();
      this.publishes = client.publishes(MqttGlobalPublishFilter.ALL);
      client.connect();
      for (String filter : filters) {
        client.subscribeWith().topicFilter(filter).qos(qos).send();
      }
    }

    void publish(String topic, String payload) {
      client
          .publishWith()
          .topic(topic)
          .qos(MqttQos.AT_LEAST_ONCE)
          .payload(payload.replace('\'', '"').getBytes(UTF_8))
          .send();
    }

    /** The next publication; fails when none comes. */
    Mqtt5Publish next() throws InterruptedException {
      return publishes
          .receive(10, TimeUnit.SECONDS)
          .orElseThrow(() -> new AssertionError("nothing came in 10 s"));
    }

    /** The next one, as {@code last-levels body}. */
    JsonNode next(String topic) throws InterruptedException {
      Mqtt5Publish publish = next();
      if (!publish.getTopic().toString().equals(topic)) {
        throw new AssertionError(
            "expected %s, came %s %s"
                .formatted(
                    topic, publish.getTopic(), new String(publish.getPayloadAsBytes(), UTF_8)));
      }
      return json(publish.getPayloadAsBytes());
    }

    /** What else comes in a moment. */
    Optional<Mqtt5Publish> more() throws InterruptedException {
      return publishes.receive(300, TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
      publishes.close();
      client.disconnect();
    }
  }

  @Override
  public void close() {
    data.close();
    gateway.close();
  }
}
