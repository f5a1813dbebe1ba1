package io.sluice.transport;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.eclipse.paho.client.mqttv3.IMqttMessageListener;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.MqttConnectOptions;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The broker as a second client nobody here wrote sees it: Eclipse Paho, MQTT 3.1.1 and 3.1. */
class PahoClientTest {
  @TempDir Path folder;
  private TestGateway gateway;
  private final BlockingQueue<String> received = new LinkedBlockingQueue<>();
  private final IMqttMessageListener listener =
      (topic, message) ->
          received.add(topic + " " + message.getQos() + " " + message.isRetained() + " " + message);

  @BeforeEach
  void start() {
    gateway = new TestGateway(folder.resolve("data"));
  }

  @AfterEach
  void stop() {
    gateway.close();
  }

  private MqttClient client(String id, boolean clean, int version) throws MqttException {
    MqttClient client =
        new MqttClient("tcp://127.0.0.1:" + gateway.port, id, new MemoryPersistence());
    MqttConnectOptions options = new MqttConnectOptions();
    options.setCleanSession(clean);
    options.setMqttVersion(version);
    // Paho frees a place in its window in another thread than the one that saw the acknowledgement:
    // one message after the other can exceed its usual ten.
    options.setMaxInflight(1_000);
    client.setTimeToWait(20_000);
    client.connect(options);
    return client;
  }

  private static void leave(MqttClient client) throws MqttException {
    client.disconnect();
    client.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {MqttConnectOptions.MQTT_VERSION_3_1, MqttConnectOptions.MQTT_VERSION_3_1_1})
  void publicationsOfBothQualitiesArrive(int version) throws Exception {
    MqttClient client = client("both", true, version);
    client.subscribe("p/#", 1, listener);
    client.publish("p/0", "zero".getBytes(UTF_8), 0, false);
    client.publish("p/1", "one".getBytes(UTF_8), 1, false);

    assertThat(received.poll(20, TimeUnit.SECONDS)).isEqualTo("p/0 0 false zero");
    assertThat(received.poll(20, TimeUnit.SECONDS)).isEqualTo("p/1 1 false one");
    leave(client);
  }

  @Test
  void aPersistentSessionGetsWhatItMissed() throws Exception {
    MqttClient sleeper = client("sleeper", false, MqttConnectOptions.MQTT_VERSION_3_1_1);
    sleeper.subscribe("jobs/#", 1);
    leave(sleeper);
    MqttClient publisher = client("publisher", true, MqttConnectOptions.MQTT_VERSION_3_1_1);
    for (int i = 0; i < 300; i++) {
      publisher.publish("jobs/1", ("job " + i).getBytes(UTF_8), 1, false);
    }
    MqttClient again =
        new MqttClient("tcp://127.0.0.1:" + gateway.port, "sleeper", new MemoryPersistence());
    MqttConnectOptions options = new MqttConnectOptions();
    options.setCleanSession(false);
    again.setCallback(new Collector());
    assertThat(again.connectWithResult(options).getSessionPresent()).isTrue();

    for (int i = 0; i < 300; i++) {
      assertThat(received.poll(20, TimeUnit.SECONDS)).isEqualTo("job " + i);
    }
    leave(again);
    leave(publisher);
  }

  private final class Collector implements org.eclipse.paho.client.mqttv3.MqttCallback {
    @Override
    public void connectionLost(Throwable cause) {
      received.add("lost: " + cause);
    }

    @Override
    public void messageArrived(String topic, org.eclipse.paho.client.mqttv3.MqttMessage message) {
      received.add(message.toString());
    }

    @Override
    public void deliveryComplete(org.eclipse.paho.client.mqttv3.IMqttDeliveryToken token) {}
  }

  @Test
  void aRetainedMessageIsMarkedAsSuch() throws Exception {
    MqttClient client = client("keeper", true, MqttConnectOptions.MQTT_VERSION_3_1_1);
    client.publish("state/1", "on".getBytes(UTF_8), 1, true);
    client.subscribe("state/+", 1, listener);

    assertThat(received.poll(20, TimeUnit.SECONDS)).isEqualTo("state/1 1 true on");
    leave(client);
  }

  @Test
  void aClientThatMayNotComeInIsToldSo() {
    assertThatThrownBy(
            () -> client("stranger", true, MqttConnectOptions.MQTT_VERSION_3_1_1).close())
        .isInstanceOfSatisfying(
            MqttException.class,
            refused ->
                assertThat(refused.getReasonCode())
                    .isEqualTo(MqttException.REASON_CODE_NOT_AUTHORIZED));
  }
}
