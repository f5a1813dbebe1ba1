package io.sluice.transport;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt3.Mqtt3BlockingClient;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5ConnAckException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5PubAckException;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5SubAckException;
import com.hivemq.client.mqtt.mqtt5.message.connect.connack.Mqtt5ConnAckReasonCode;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import com.hivemq.client.mqtt.mqtt5.message.publish.puback.Mqtt5PubAckReasonCode;
import com.hivemq.client.mqtt.mqtt5.message.subscribe.suback.Mqtt5SubAckReasonCode;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The broker as a client nobody here wrote sees it: HiveMQ MQTT Client over TCP. */
class MqttClientsTest {
  @TempDir Path folder;
  private TestGateway gateway;

  @BeforeEach
  void start() {
    gateway = new TestGateway(folder.resolve("data"));
  }

  @AfterEach
  void stop() {
    gateway.close();
  }

  private Mqtt5BlockingClient v5(String clientId) {
    return MqttClient.builder()
        .useMqttVersion5()
        .identifier(clientId)
        .serverHost("127.0.0.1")
        .serverPort(gateway.port)
        .buildBlocking();
  }

  private Mqtt3BlockingClient v3(String clientId) {
    return MqttClient.builder()
        .useMqttVersion3()
        .identifier(clientId)
        .serverHost("127.0.0.1")
        .serverPort(gateway.port)
        .buildBlocking();
  }

  private static Mqtt5BlockingClient connected(Mqtt5BlockingClient client) {
    client.connect();
    return client;
  }

  private static String text(Optional<Mqtt5Publish> publish) {
    return publish.map(p -> new String(p.getPayloadAsBytes(), UTF_8)).orElse("nothing");
  }

  @ParameterizedTest
  @EnumSource(
      value = MqttQos.class,
      names = {"AT_MOST_ONCE", "AT_LEAST_ONCE"})
  void aPublicationReachesASubscriberWithTheQosOfBoth(MqttQos qos) throws Exception {
    Mqtt5BlockingClient subscriber = connected(v5("subscriber"));
    try (var received = subscriber.publishes(MqttGlobalPublishFilter.ALL)) {
      subscriber.subscribeWith().topicFilter("a/+").qos(qos).send();
      connected(v5("publisher"))
          .publishWith()
          .topic("a/b")
          .qos(qos)
          .payload("hello".getBytes(UTF_8))
          .send();

      Mqtt5Publish publish = received.receive(20, TimeUnit.SECONDS).orElseThrow();

      assertThat(publish.getQos()).isEqualTo(qos);
      assertThat(publish.isRetain()).isFalse();
      assertThat(new String(publish.getPayloadAsBytes(), UTF_8)).isEqualTo("hello");
    }
  }

  @Test
  void version311And5UnderstandEachOther() throws Exception {
    Mqtt3BlockingClient subscriber = v3("three");
    subscriber.connect();
    try (var received = subscriber.publishes(MqttGlobalPublishFilter.ALL)) {
      subscriber.subscribeWith().topicFilter("x/#").qos(MqttQos.AT_LEAST_ONCE).send();
      connected(v5("five"))
          .publishWith()
          .topic("x")
          .qos(MqttQos.AT_LEAST_ONCE)
          .payload("p".getBytes(UTF_8))
          .contentType("text/plain")
          .send();

      assertThat(received.receive(20, TimeUnit.SECONDS))
          .map(p -> p.getTopic().toString())
          .contains("x");
    }
  }

  @Test
  void propertiesOfMqtt5ArriveUnalteredAndInOrder() throws Exception {
    Mqtt5BlockingClient subscriber = connected(v5("subscriber"));
    try (var received = subscriber.publishes(MqttGlobalPublishFilter.ALL)) {
      subscriber.subscribeWith().topicFilter("p").qos(MqttQos.AT_LEAST_ONCE).send();
      connected(v5("publisher"))
          .publishWith()
          .topic("p")
          .qos(MqttQos.AT_LEAST_ONCE)
          .contentType("application/json")
          .responseTopic("answers/here")
          .correlationData("42".getBytes(UTF_8))
          .messageExpiryInterval(60)
          .userProperties()
          .add("b", "1")
          .add("a", "2")
          .add("b", "3")
          .applyUserProperties()
          .send();

      Mqtt5Publish publish = received.receive(20, TimeUnit.SECONDS).orElseThrow();

      assertThat(publish.getContentType()).map(Object::toString).contains("application/json");
      assertThat(publish.getResponseTopic()).map(Object::toString).contains("answers/here");
      assertThat(publish.getCorrelationData()).isPresent();
      assertThat(publish.getMessageExpiryInterval().orElse(0)).isBetween(30L, 60L);
      assertThat(publish.getUserProperties().asList())
          .map(p -> p.getName() + "=" + p.getValue())
          .containsExactly("b=1", "a=2", "b=3"); // [MQTT-3.3.2-18]
    }
  }

  @Test
  void whatIsPublishedWhileAPersistentSessionIsOfflineArrivesInOrderWhenItReturns()
      throws Exception {
    Mqtt5BlockingClient subscriber = v5("sleeper");
    subscriber.connectWith().cleanStart(true).sessionExpiryInterval(600).send();
    subscriber.subscribeWith().topicFilter("jobs/#").qos(MqttQos.AT_LEAST_ONCE).send();
    subscriber.disconnectWith().sessionExpiryInterval(600).send();
    Mqtt5BlockingClient publisher = connected(v5("publisher"));
    for (int i = 0; i < 300; i++) {
      publisher
          .publishWith()
          .topic("jobs/1")
          .qos(MqttQos.AT_LEAST_ONCE)
          .payload(("" + i).getBytes(UTF_8))
          .send();
    }

    try (var received = subscriber.publishes(MqttGlobalPublishFilter.ALL)) {
      var connack = subscriber.connectWith().cleanStart(false).sessionExpiryInterval(600).send();

      assertThat(connack.isSessionPresent()).isTrue();
      for (int i = 0; i < 300; i++) {
        assertThat(text(received.receive(20, TimeUnit.SECONDS))).isEqualTo("" + i);
      }
      assertThat(received.receive(200, TimeUnit.MILLISECONDS)).isEmpty();
    }
  }

  @Test
  void offlineMessagesAndSubscriptionsSurviveARestart() throws Exception {
    Mqtt3BlockingClient subscriber = v3("sleeper");
    subscriber.connectWith().cleanSession(false).send();
    subscriber.subscribeWith().topicFilter("jobs/#").qos(MqttQos.AT_LEAST_ONCE).send();
    subscriber.disconnect();
    connected(v5("publisher"))
        .publishWith()
        .topic("jobs/1")
        .qos(MqttQos.AT_LEAST_ONCE)
        .payload("before".getBytes(UTF_8))
        .send();
    await().until(() -> gateway.conveyor.isIdle());

    gateway.close();
    gateway = new TestGateway(folder.resolve("data"));
    connected(v5("publisher"))
        .publishWith()
        .topic("jobs/1")
        .qos(MqttQos.AT_LEAST_ONCE)
        .payload("after".getBytes(UTF_8))
        .send();
    Mqtt3BlockingClient again = v3("sleeper");
    try (var received = again.publishes(MqttGlobalPublishFilter.ALL)) {
      assertThat(again.connectWith().cleanSession(false).send().isSessionPresent()).isTrue();

      assertThat(received.receive(20, TimeUnit.SECONDS))
          .map(p -> new String(p.getPayloadAsBytes(), UTF_8))
          .contains("before");
      assertThat(received.receive(20, TimeUnit.SECONDS))
          .map(p -> new String(p.getPayloadAsBytes(), UTF_8))
          .contains("after");
    }
  }

  @Test
  void aCleanStartForgetsWhatWaited() throws Exception {
    Mqtt5BlockingClient subscriber = v5("sleeper");
    subscriber.connectWith().sessionExpiryInterval(600).send();
    subscriber.subscribeWith().topicFilter("jobs/#").qos(MqttQos.AT_LEAST_ONCE).send();
    subscriber.disconnectWith().sessionExpiryInterval(600).send();
    connected(v5("publisher")).publishWith().topic("jobs/1").qos(MqttQos.AT_LEAST_ONCE).send();
    await().until(() -> gateway.conveyor.isIdle());
    assertThat(gateway.sessions.counters().inboxAppended.sum()).isEqualTo(1);

    Mqtt5BlockingClient again = v5("sleeper");
    try (var received = again.publishes(MqttGlobalPublishFilter.ALL)) {
      assertThat(
              again
                  .connectWith()
                  .cleanStart(true)
                  .sessionExpiryInterval(600)
                  .send()
                  .isSessionPresent())
          .isFalse();

      assertThat(received.receive(200, TimeUnit.MILLISECONDS)).isEmpty();
      assertThat(gateway.sessions.subscriptions().size()).isZero();
    }
  }

  @Test
  void aRetainedMessageIsSentToALaterSubscriberAndAnEmptyOneClearsIt() throws Exception {
    Mqtt5BlockingClient publisher = connected(v5("publisher"));
    publisher
        .publishWith()
        .topic("state/1")
        .qos(MqttQos.AT_LEAST_ONCE)
        .retain(true)
        .payload("on".getBytes(UTF_8))
        .send();
    Mqtt5BlockingClient subscriber = connected(v5("subscriber"));
    try (var received = subscriber.publishes(MqttGlobalPublishFilter.ALL)) {
      await().until(() -> gateway.conveyor.isIdle());
      subscriber.subscribeWith().topicFilter("state/+").qos(MqttQos.AT_LEAST_ONCE).send();
      Mqtt5Publish publish = received.receive(20, TimeUnit.SECONDS).orElseThrow();
      assertThat(publish.isRetain()).isTrue(); // [MQTT-3.3.1-8]
    }

    publisher.publishWith().topic("state/1").qos(MqttQos.AT_LEAST_ONCE).retain(true).send();
    await().until(() -> gateway.sessions.retained().count() == 0); // [MQTT-3.3.1-6]
  }

  @Test
  void subscribingRightAfterARetainedPublishOnOneConnectionSeesItAsRetained() throws Exception {
    Mqtt5BlockingClient client = connected(v5("both"));
    try (var received = client.publishes(MqttGlobalPublishFilter.ALL)) {
      for (int i = 0; i < 50; i++) {
        client
            .toAsync()
            .publishWith()
            .topic("fresh/" + i)
            .qos(MqttQos.AT_MOST_ONCE)
            .retain(true)
            .payload("x".getBytes(UTF_8))
            .send();
        client.subscribeWith().topicFilter("fresh/" + i).qos(MqttQos.AT_LEAST_ONCE).send();

        Mqtt5Publish publish = received.receive(20, TimeUnit.SECONDS).orElseThrow();
        assertThat(publish.isRetain()).isTrue();
        assertThat(publish.getTopic().toString()).isEqualTo("fresh/" + i);
      }
    }
  }

  @Test
  void theWillIsPublishedWhenTheConnectionBreaksAndNotAfterDisconnect() throws Exception {
    Mqtt5BlockingClient watcher = connected(v5("watcher"));
    try (var received = watcher.publishes(MqttGlobalPublishFilter.ALL)) {
      watcher.subscribeWith().topicFilter("wills/#").qos(MqttQos.AT_LEAST_ONCE).send();
      Mqtt5BlockingClient polite = v5("polite");
      polite.connectWith().willPublish().topic("wills/polite").applyWillPublish().send();
      polite.disconnect();
      Mqtt5BlockingClient first = v5("doomed");
      first
          .connectWith()
          .willPublish()
          .topic("wills/doomed")
          .qos(MqttQos.AT_LEAST_ONCE)
          .payload("gone".getBytes(UTF_8))
          .applyWillPublish()
          .send();

      v5("doomed")
          .connect(); // takes the identifier over: the old connection ends without DISCONNECT

      assertThat(received.receive(20, TimeUnit.SECONDS))
          .map(p -> p.getTopic().toString())
          .contains("wills/doomed");
      assertThat(received.receive(200, TimeUnit.MILLISECONDS)).isEmpty();
    }
  }

  @Test
  void aSecondConnectionWithTheSameIdentifierEndsTheFirst() {
    Mqtt5BlockingClient first = connected(v5("twin"));

    connected(v5("twin"));

    await().until(() -> !first.getState().isConnected()); // [MQTT-3.1.4-3]
    assertThat(gateway.counters.closedByReason()).containsKey("session_taken_over");
  }

  @Test
  void aClientThatMayNotComeInIsToldSo() {
    assertThatThrownBy(() -> v5("stranger-1").connect())
        .isInstanceOfSatisfying(
            Mqtt5ConnAckException.class,
            refused ->
                assertThat(refused.getMqttMessage().getReasonCode())
                    .isEqualTo(Mqtt5ConnAckReasonCode.NOT_AUTHORIZED));
    assertThat(gateway.counters.refusedByReason()).containsEntry("not_authorized", 1L);
  }

  @Test
  void whatAPolicyDeniesIsAnsweredWithAReasonCodeAndCounted() {
    gateway.door.forbidden.addAll(List.of("publish secret", "subscribe secret/#"));
    Mqtt5BlockingClient client = connected(v5("curious"));

    assertThatThrownBy(() -> client.publishWith().topic("secret").qos(MqttQos.AT_LEAST_ONCE).send())
        .isInstanceOfSatisfying(
            Mqtt5PubAckException.class,
            denied ->
                assertThat(denied.getMqttMessage().getReasonCode())
                    .isEqualTo(Mqtt5PubAckReasonCode.NOT_AUTHORIZED));
    assertThatThrownBy(() -> client.subscribeWith().topicFilter("secret/#").send())
        .isInstanceOfSatisfying(
            Mqtt5SubAckException.class,
            denied ->
                assertThat(denied.getMqttMessage().getReasonCodes())
                    .containsExactly(Mqtt5SubAckReasonCode.NOT_AUTHORIZED));
    assertThat(gateway.counters.deniedByAction())
        .containsEntry("publish", 1L)
        .containsEntry("subscribe", 1L);
  }

  @Test
  void revocationEndsALiveConnection() {
    Mqtt5BlockingClient client = connected(v5("victim"));

    gateway.door.revoked = true;
    gateway.recheck();

    await().until(() -> !client.getState().isConnected());
  }

  @Test
  void overlappingSubscriptionsGiveOneCopyWithAllTheirIdentifiers() throws Exception {
    Mqtt5BlockingClient client = connected(v5("overlap"));
    try (var received = client.publishes(MqttGlobalPublishFilter.ALL)) {
      client.subscribeWith().topicFilter("o/#").qos(MqttQos.AT_MOST_ONCE).send();
      client.subscribeWith().topicFilter("o/+").qos(MqttQos.AT_LEAST_ONCE).send();
      client.publishWith().topic("o/1").qos(MqttQos.AT_LEAST_ONCE).send();

      assertThat(received.receive(20, TimeUnit.SECONDS))
          .map(Mqtt5Publish::getQos)
          .contains(MqttQos.AT_LEAST_ONCE); // [MQTT-3.3.4-2]
      assertThat(received.receive(200, TimeUnit.MILLISECONDS)).isEmpty();
    }
  }

  @Test
  void unsubscribingStopsDelivery() throws Exception {
    Mqtt5BlockingClient client = connected(v5("leaver"));
    try (var received = client.publishes(MqttGlobalPublishFilter.ALL)) {
      client.subscribeWith().topicFilter("u").qos(MqttQos.AT_LEAST_ONCE).send();
      client.unsubscribeWith().topicFilter("u").send();
      client.publishWith().topic("u").qos(MqttQos.AT_LEAST_ONCE).send();

      assertThat(received.receive(200, TimeUnit.MILLISECONDS)).isEmpty(); // [MQTT-3.10.4-1]
    }
  }

  @Test
  void aShadowUpdateOverMqttIsAcceptedAndADeltaFollows() throws Exception {
    Mqtt5BlockingClient device = connected(v5("lamp"));
    try (var received = device.publishes(MqttGlobalPublishFilter.ALL)) {
      device
          .subscribeWith()
          .topicFilter("$aws/things/lamp/shadow/update/+")
          .qos(MqttQos.AT_LEAST_ONCE)
          .send();
      device
          .publishWith()
          .topic("$aws/things/lamp/shadow/update")
          .qos(MqttQos.AT_LEAST_ONCE)
          .payload(
              "{\"state\":{\"desired\":{\"on\":true},\"reported\":{\"on\":false}},\"clientToken\":\"t\"}"
                  .getBytes(UTF_8))
          .send();

      List<String> topics =
          java.util.stream.IntStream.range(0, 3)
              .mapToObj(
                  i -> {
                    try {
                      return received
                          .receive(20, TimeUnit.SECONDS)
                          .map(p -> p.getTopic().toString())
                          .orElse("nothing");
                    } catch (InterruptedException interrupted) {
                      throw new IllegalStateException(interrupted);
                    }
                  })
              .map(topic -> topic.substring(topic.lastIndexOf('/') + 1))
              .toList();

      assertThat(topics).containsExactlyInAnyOrder("accepted", "documents", "delta");
    }
  }

  @Test
  void aPublishToAReservedTopicThatNobodyOwnsIsDroppedAndSaidSo() {
    Mqtt5BlockingClient client = connected(v5("nosy"));

    assertThatThrownBy(
            () -> client.publishWith().topic("$SYS/broker").qos(MqttQos.AT_LEAST_ONCE).send())
        .isInstanceOfSatisfying(
            Mqtt5PubAckException.class,
            denied ->
                assertThat(denied.getMqttMessage().getReasonCode())
                    .isEqualTo(Mqtt5PubAckReasonCode.NOT_AUTHORIZED));
  }
}
