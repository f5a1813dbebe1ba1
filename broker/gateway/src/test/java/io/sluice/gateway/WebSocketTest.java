package io.sluice.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** MQTT over WebSocket, with a client nobody here wrote. */
class WebSocketTest {
  @TempDir Path folder;
  private Gateway gateway;

  @BeforeEach
  void start() {
    Map<Setting, String> flags = TestGateway.onFreePorts(folder.resolve("data"));
    gateway = Gateway.start(GatewayConfig.load(null, Map.of(), flags));
  }

  @AfterEach
  void stop() {
    gateway.close();
  }

  @Test
  void aClientOverWebSocketAndOneOverTcpTalkToEachOther() throws Exception {
    Mqtt5BlockingClient browser =
        MqttClient.builder()
            .useMqttVersion5()
            .identifier("browser")
            .serverHost("127.0.0.1")
            .serverPort(gateway.port("ws"))
            .webSocketConfig()
            .serverPath("mqtt")
            .subprotocol("mqtt")
            .applyWebSocketConfig()
            .buildBlocking();
    Mqtt5BlockingClient device =
        MqttClient.builder()
            .useMqttVersion5()
            .identifier("device")
            .serverHost("127.0.0.1")
            .serverPort(gateway.port("mqtt"))
            .buildBlocking();
    browser.connect();
    device.connect();
    try (var received = browser.publishes(MqttGlobalPublishFilter.ALL);
        var answers = device.publishes(MqttGlobalPublishFilter.ALL)) {
      browser.subscribeWith().topicFilter("to/browser").qos(MqttQos.AT_LEAST_ONCE).send();
      device.subscribeWith().topicFilter("to/device").qos(MqttQos.AT_LEAST_ONCE).send();

      device
          .publishWith()
          .topic("to/browser")
          .qos(MqttQos.AT_LEAST_ONCE)
          .payload(new byte[100_000])
          .send();
      browser
          .publishWith()
          .topic("to/device")
          .qos(MqttQos.AT_LEAST_ONCE)
          .payload("hello".getBytes(UTF_8))
          .send();

      assertThat(received.receive(20, TimeUnit.SECONDS))
          .map(p -> p.getPayloadAsBytes().length)
          .contains(100_000);
      assertThat(answers.receive(20, TimeUnit.SECONDS))
          .map(p -> new String(p.getPayloadAsBytes(), UTF_8))
          .contains("hello");
    }
  }

  @Test
  void anHttpRequestForSomethingElseIsToldWhereMqttIs() throws IOException, InterruptedException {
    HttpResponse<String> response =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:%d/".formatted(gateway.port("ws"))))
                    .build(),
                HttpResponse.BodyHandlers.ofString());

    assertThat(response.statusCode()).isEqualTo(404);
    assertThat(response.body()).contains("/mqtt");
  }
}
