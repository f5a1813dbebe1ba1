package io.sluice.outbound;

import com.fasterxml.jackson.databind.JsonNode;
import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt3.Mqtt3AsyncClient;
import com.hivemq.client.mqtt.mqtt3.Mqtt3ClientBuilder;
import io.sluice.engine.Carrier.Delivery;
import io.sluice.engine.Carrier.Outcome;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The {@code mqtt} action, ours: publishes to another broker with MQTT 3.1.1, and has delivered
 * when that acknowledged (QoS 1). One connection for each broker and credentials, made when a
 * message needs it.
 */
final class MqttBridge implements Client {
  private static final long LIMIT_SECONDS = 10;
  private static final int PLAIN_PORT = 1883;
  private static final int TLS_PORT = 8883;

  private final OutboundSettings settings;
  private final Map<String, Mqtt3AsyncClient> connections = new ConcurrentHashMap<>();

  MqttBridge(OutboundSettings settings) {
    this.settings = settings;
  }

  @Override
  public String check(JsonNode fields) {
    String url = fields.path("url").asText();
    if (!url.matches("mqtts?://[^/@\\s]+")) {
      return "url must be mqtts:// or mqtt:// with a host and no more";
    }
    return settings.credentials().check(fields);
  }

  @Override
  public Outcome carry(Delivery delivery) {
    JsonNode fields = delivery.fields();
    URI uri = URI.create(fields.path("url").asText());
    boolean tls = "mqtts".equals(uri.getScheme());
    try {
      if (!settings.addresses().check(uri.getHost()).isOwn() && !tls) {
        return new Outcome.Refused(
            "broker '%s' is asked for over mqtt://; use mqtts://".formatted(uri.getHost()));
      }
      String topic = fields.path("topic").asText();
      if (topic.isEmpty() || topic.matches(".*[+#\u0000].*")) {
        return new Outcome.Refused("topic '%s' cannot be published to".formatted(topic));
      }
      connected(uri, tls, fields)
          .publishWith()
          .topic(topic)
          .qos(fields.path("qos").asInt(1) == 0 ? MqttQos.AT_MOST_ONCE : MqttQos.AT_LEAST_ONCE)
          .retain(fields.path("retain").asBoolean())
          .payload(delivery.body())
          .send()
          .get(LIMIT_SECONDS, TimeUnit.SECONDS);
      return Outcome.DELIVERED;
    } catch (Addresses.Unreachable unreachable) {
      String reason = String.valueOf(unreachable.getMessage());
      return unreachable.isForGood() ? new Outcome.Refused(reason) : new Outcome.Retry(reason);
    } catch (ExecutionException | TimeoutException | IllegalStateException failed) {
      return new Outcome.Retry(
          "broker '%s' did not take it (%s)"
              .formatted(uri.getHost(), failed.getClass().getSimpleName()));
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      return new Outcome.Retry("the gateway stops");
    }
  }

  /** The lock keeps two calls from connecting the same client at once. */
  private synchronized Mqtt3AsyncClient connected(URI uri, boolean tls, JsonNode fields)
      throws ExecutionException, TimeoutException, InterruptedException {
    String key = uri + " " + fields.path("credentials").asText("");
    Mqtt3AsyncClient client = connections.computeIfAbsent(key, k -> client(uri, tls));
    if (!client.getState().isConnected()) {
      Map<String, String> known = settings.credentials().of(fields).orElse(Map.of());
      var connect = client.connectWith().keepAlive(30);
      if (known.containsKey("username")) {
        connect =
            connect
                .simpleAuth()
                .username(known.getOrDefault("username", ""))
                .password(known.getOrDefault("password", "").getBytes(StandardCharsets.UTF_8))
                .applySimpleAuth();
      }
      connect.send().get(LIMIT_SECONDS, TimeUnit.SECONDS);
    }
    return client;
  }

  private static Mqtt3AsyncClient client(URI uri, boolean tls) {
    int port = uri.getPort() > 0 ? uri.getPort() : tls ? TLS_PORT : PLAIN_PORT;
    Mqtt3ClientBuilder builder =
        MqttClient.builder()
            .useMqttVersion3()
            .identifier("sluice-bridge-" + UUID.randomUUID())
            .serverHost(uri.getHost())
            .serverPort(port);
    return (tls ? builder.sslWithDefaultConfig() : builder).buildAsync();
  }

  @Override
  public void close() {
    connections.values().forEach(Mqtt3AsyncClient::disconnect);
  }
}
