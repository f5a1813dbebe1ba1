package io.sluice.transport;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.eclipse.paho.mqttv5.client.IMqttToken;
import org.eclipse.paho.mqttv5.client.MqttCallback;
import org.eclipse.paho.mqttv5.client.MqttClient;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.client.MqttDisconnectResponse;
import org.eclipse.paho.mqttv5.client.persist.MemoryPersistence;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.eclipse.paho.mqttv5.common.MqttMessage;
import org.eclipse.paho.mqttv5.common.MqttSubscription;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;
import org.eclipse.paho.mqttv5.common.packet.UserProperty;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** MQTT 5 as Eclipse Paho's client speaks it: what the public interoperability tests ask for. */
class Paho5ClientTest {
  @TempDir Path folder;
  private TestGateway gateway;
  private final List<Client> clients = new ArrayList<>();

  /** A client, and what it was told. */
  private static final class Client implements MqttCallback {
    final MqttClient mqtt;
    final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    final BlockingQueue<MqttMessage> messages = new LinkedBlockingQueue<>();
    final BlockingQueue<Integer> farewells = new LinkedBlockingQueue<>();

    Client(int port, String id) throws MqttException {
      mqtt = new MqttClient("tcp://127.0.0.1:" + port, id, new MemoryPersistence());
      mqtt.setTimeToWait(20_000);
      mqtt.setCallback(this);
    }

    IMqttToken connect(MqttConnectionOptions options) throws MqttException {
      options.setAutomaticReconnect(false);
      return mqtt.connectWithResult(options);
    }

    String hear() throws InterruptedException {
      return String.valueOf(heard.poll(10, TimeUnit.SECONDS));
    }

    @Override
    public void messageArrived(String topic, MqttMessage message) {
      heard.add(
          "%s %d %s%s"
              .formatted(topic, message.getQos(), message, message.isRetained() ? " kept" : ""));
      messages.add(message);
    }

    @Override
    public void disconnected(MqttDisconnectResponse response) {
      farewells.add(response.getReturnCode());
    }

    @Override
    public void mqttErrorOccurred(MqttException exception) {}

    @Override
    public void deliveryComplete(IMqttToken token) {}

    @Override
    public void connectComplete(boolean reconnect, String serverUri) {}

    @Override
    public void authPacketArrived(int reasonCode, MqttProperties properties) {}
  }

  @BeforeEach
  void start() {
    gateway = new TestGateway(folder.resolve("data"));
  }

  @AfterEach
  void stop() throws MqttException {
    gateway.close(); // tells them all, which is quicker than that each says goodbye
    for (Client client : clients) {
      client.mqtt.close(true);
    }
  }

  private static MqttConnectionOptions clean() {
    MqttConnectionOptions options = new MqttConnectionOptions();
    options.setCleanStart(true);
    options.setSessionExpiryInterval(0L);
    return options;
  }

  private static MqttConnectionOptions persistent() {
    MqttConnectionOptions options = new MqttConnectionOptions();
    options.setCleanStart(false);
    options.setSessionExpiryInterval(600L);
    return options;
  }

  private Client client(String id) throws MqttException {
    Client client = new Client(gateway.port, id);
    clients.add(client);
    return client;
  }

  private Client connected(String id) throws MqttException {
    Client client = client(id);
    client.connect(clean());
    return client;
  }

  private static MqttMessage message(String text, int qos, MqttProperties properties) {
    return new MqttMessage(text.getBytes(UTF_8), qos, false, properties);
  }

  private static void publish(Client client, String topic, String text, int qos)
      throws MqttException {
    client.mqtt.publish(topic, text.getBytes(UTF_8), qos, false);
  }

  @Test
  void everyQualityArrives() throws Exception {
    Client a = connected("a");
    a.mqtt.subscribe("t/#", 2);
    for (int qos = 0; qos <= 2; qos++) {
      publish(a, "t/" + qos, "qos " + qos, qos);
      assertThat(a.hear()).isEqualTo("t/%d %d qos %d".formatted(qos, qos, qos));
    }
  }

  @Test
  void retainedMessagesOfAllQualitiesAreKeptAndCleared() throws Exception {
    Client a = connected("a");
    for (int qos = 0; qos <= 2; qos++) {
      a.mqtt.publish("kept/" + qos, ("qos " + qos).getBytes(UTF_8), qos, true);
    }
    await().until(() -> gateway.sessions.retained().count() == 3);
    Client b = connected("b");
    b.mqtt.subscribe("+/+", 2);
    assertThat(List.of(b.hear(), b.hear(), b.hear()))
        .containsExactlyInAnyOrder(
            "kept/0 0 qos 0 kept", "kept/1 1 qos 1 kept", "kept/2 2 qos 2 kept");
    for (int qos = 0; qos <= 2; qos++) {
      a.mqtt.publish("kept/" + qos, new byte[0], qos, true);
    }
    await().until(() -> gateway.sessions.retained().count() == 0);
  }

  @Test
  void whatWasPublishedMeanwhileWaitsWithItsQuality() throws Exception {
    Client a = client("a");
    assertThat(a.connect(persistent()).getSessionPresent()).isFalse();
    a.mqtt.subscribe("t/+", 2);
    a.mqtt.disconnect();
    Client b = connected("b");
    publish(b, "t/1", "one", 1);
    publish(b, "t/2", "two", 2);
    Client again = client("a");
    assertThat(again.connect(persistent()).getSessionPresent()).isTrue();

    assertThat(List.of(again.hear(), again.hear()))
        .containsExactlyInAnyOrder("t/1 1 one", "t/2 2 two");
  }

  @Test
  void anEmptyClientIdentifierIsGivenOne() throws Exception {
    Client a = client("");
    IMqttToken token = a.connect(clean());
    assertThat(token.getResponseProperties().getAssignedClientIdentifier()).isNotEmpty();
  }

  @Test
  void overlappingSubscriptionsGiveOneCopyOfTheHighestQuality() throws Exception {
    Client a = connected("a");
    a.mqtt.subscribe("o/#", 2);
    a.mqtt.subscribe("o/+", 1);
    publish(a, "o/x", "once", 2);
    publish(a, "o/mark", "mark", 0);
    List<String> heard = new ArrayList<>(List.of(a.hear(), a.hear()));
    assertThat(heard).containsExactlyInAnyOrder("o/x 2 once", "o/mark 0 mark");
  }

  @Test
  void aSubscriptionThatIsNotAllowedFails() throws Exception {
    gateway.door.forbidden.add("subscribe nosubscribe");
    Client a = connected("a");
    IMqttToken token = a.mqtt.subscribe(new String[] {"yes", "nosubscribe"}, new int[] {2, 2});
    assertThat(token.getReasonCodes()).containsExactly(2, 0x87);
  }

  @Test
  void unsubscribingTakesOneFilterAway() throws Exception {
    Client a = connected("a");
    a.mqtt.subscribe(new String[] {"u/a", "u/b", "u/c"}, new int[] {1, 1, 1});
    a.mqtt.unsubscribe("u/a");
    Client b = connected("b");
    publish(b, "u/a", "no", 1);
    publish(b, "u/b", "yes", 1);
    publish(b, "u/c", "yes", 1);
    assertThat(List.of(a.hear(), a.hear())).containsExactlyInAnyOrder("u/b 1 yes", "u/c 1 yes");
    assertThat(a.heard).isEmpty();
  }

  @Test
  void noLocalAndRetainAsPublishedAreOptionsOfASubscription() throws Exception {
    Client a = connected("a");
    MqttSubscription own = new MqttSubscription("n/#", 2);
    own.setNoLocal(true);
    own.setRetainAsPublished(true);
    a.mqtt.subscribe(new MqttSubscription[] {own});
    publish(a, "n/a", "own", 1);
    Client b = connected("b");
    b.mqtt.publish("n/b", "theirs".getBytes(UTF_8), 1, true);
    assertThat(a.hear()).isEqualTo("n/b 1 theirs kept");
    assertThat(a.heard).isEmpty();
  }

  @Test
  void propertiesOfAMessageArriveAsTheyWereGiven() throws Exception {
    Client a = connected("a");
    a.mqtt.subscribe("p", 2);
    MqttProperties given = new MqttProperties();
    given.setPayloadFormat(true);
    given.setContentType("My name");
    given.setResponseTopic("answers");
    given.setCorrelationData("334".getBytes(UTF_8));
    given.setMessageExpiryInterval(600L);
    given.setUserProperties(
        List.of(
            new UserProperty("c", "3"), new UserProperty("a", "1"), new UserProperty("c", "2")));
    a.mqtt.publish("p", message("x", 2, given));
    a.hear();
    MqttProperties heard = a.messages.remove().getProperties();
    assertThat(heard.getPayloadFormat()).isTrue();
    assertThat(heard.getContentType()).isEqualTo("My name");
    assertThat(heard.getResponseTopic()).isEqualTo("answers");
    assertThat(heard.getCorrelationData()).asString(UTF_8).isEqualTo("334");
    assertThat(heard.getMessageExpiryInterval()).isBetween(590L, 600L);
    assertThat(heard.getUserProperties())
        .map(p -> p.getKey() + p.getValue())
        .containsExactly("c3", "a1", "c2");
  }

  @Test
  void whoIsTakenOverIsTold() throws Exception {
    Client first = connected("twin");
    connected("twin");
    assertThat(first.farewells.poll(10, TimeUnit.SECONDS)).isEqualTo(0x8E);
  }

  @Test
  void aGroupSharesItsMessages() throws Exception {
    Client a = connected("a");
    Client b = connected("b");
    a.mqtt.subscribe("$share/g/s/+", 2);
    b.mqtt.subscribe("$share/g/s/+", 2);
    Client c = connected("c");
    for (int i = 0; i < 10; i++) {
      publish(c, "s/" + i, "" + i, i % 3);
    }
    await().until(() -> a.heard.size() + b.heard.size() == 10);
    assertThat(a.heard).isNotEmpty();
    assertThat(b.heard).isNotEmpty();
  }

  @Test
  void aSmallReceiveMaximumHoldsUpNothingForGood() throws Exception {
    Client a = client("a");
    MqttConnectionOptions narrow = clean();
    narrow.setReceiveMaximum(2);
    a.connect(narrow);
    a.mqtt.subscribe("f", 2);
    Client b = connected("b");
    for (int i = 0; i < 20; i++) {
      publish(b, "f", "" + i, 2);
    }
    for (int i = 0; i < 20; i++) {
      assertThat(a.hear()).isEqualTo("f 2 " + i);
    }
  }
}
