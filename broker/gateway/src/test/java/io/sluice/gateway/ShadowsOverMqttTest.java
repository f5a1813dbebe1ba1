package io.sluice.gateway;

import static io.sluice.gateway.ShadowGateway.json;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5AsyncClient;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import io.sluice.gateway.ShadowGateway.Listener;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import software.amazon.awssdk.services.iot.IotClient;
import software.amazon.awssdk.services.iot.model.Action;
import software.amazon.awssdk.services.iotdataplane.model.ResourceNotFoundException;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.Record;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;

/**
 * Shadows through the whole gateway: what the broker, the HTTP API and the rules do with what the
 * shadow service says. The document rules themselves are in the tests of {@code shadow}.
 */
class ShadowsOverMqttTest {
  @TempDir static Path folder;
  private static ShadowGateway house;

  @BeforeAll
  static void start() {
    house = new ShadowGateway(folder.resolve("data"), Map.of());
  }

  @AfterAll
  static void stop() {
    house.close();
  }

  private static String shadow(String thing) {
    return "$aws/things/" + thing + "/shadow";
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({"topics-classic, ''", "topics-named, /name/n"})
  void everyTopicOfTheTableWorks(String thing, String infix) throws Exception {
    String shadow = shadow(thing) + infix;
    try (Listener device = house.listener(thing, MqttQos.AT_LEAST_ONCE, shadow + "/#")) {
      device.publish(shadow + "/get", "{'clientToken':'1'}");
      device.next(shadow + "/get");
      String name = infix.isEmpty() ? thing : "n";
      JsonNode missing = device.next(shadow + "/get/rejected");
      assertThat(missing.get("code").asInt()).isEqualTo(404);
      assertThat(missing.get("message").asText())
          .isEqualTo("No shadow exists with name: '%s'".formatted(name));
      assertThat(missing.get("clientToken").asText()).isEqualTo("1");
      assertThat(missing.has("timestamp")).isFalse();

      device.publish(shadow + "/update", "{'state':{'desired':{'a':1}},'clientToken':'2'}");
      device.next(shadow + "/update");
      assertThat(device.next(shadow + "/update/accepted").get("clientToken").asText())
          .isEqualTo("2");
      assertThat(device.next(shadow + "/update/delta").at("/state/a").asInt()).isEqualTo(1);
      JsonNode documents = device.next(shadow + "/update/documents");
      assertThat(documents.at("/current/version").asInt()).isEqualTo(1);
      assertThat(documents.has("previous")).isFalse();

      device.publish(shadow + "/update", "{'state':7,'clientToken':'3'}");
      device.next(shadow + "/update");
      JsonNode rejected = device.next(shadow + "/update/rejected");
      assertThat(rejected.get("code").asInt()).isEqualTo(400);
      assertThat(rejected.get("message").asText()).isEqualTo("State node must be an object");
      assertThat(rejected.get("clientToken").asText()).isEqualTo("3");

      device.publish(shadow + "/get", "");
      device.next(shadow + "/get");
      JsonNode got = device.next(shadow + "/get/accepted");
      assertThat(got.at("/state/delta/a").asInt()).isEqualTo(1);
      assertThat(got.has("clientToken")).isFalse();

      device.publish(shadow + "/delete", "");
      device.next(shadow + "/delete");
      assertThat(device.next(shadow + "/delete/accepted").get("version").asInt()).isEqualTo(1);
      device.publish(shadow + "/delete", "{'clientToken':'4'}");
      device.next(shadow + "/delete");
      assertThat(device.next(shadow + "/delete/rejected").get("clientToken").asText())
          .isEqualTo("4");
    }
  }

  @Test
  void row15WildcardSubscriptionsHearTheAnswers() throws Exception {
    String shadow = shadow("row15");
    try (Listener sdk =
            house.listener(
                "row15-sdk", MqttQos.AT_LEAST_ONCE, shadow + "/get/+", shadow + "/delete/+");
        Listener everything =
            house.listener("row15-all", MqttQos.AT_LEAST_ONCE, "$aws/things/+/shadow/#");
        Listener bare = house.listener("row15-bare", MqttQos.AT_LEAST_ONCE, "#")) {
      sdk.publish(shadow + "/update", "{'state':{'reported':{'a':1}}}");
      sdk.publish(shadow + "/get", "{'clientToken':'t'}");
      assertThat(sdk.next(shadow + "/get/accepted").get("clientToken").asText()).isEqualTo("t");
      sdk.publish(shadow + "/delete", "{}");
      sdk.next(shadow + "/delete/accepted");
      sdk.publish(shadow + "/get", "{'clientToken':'u'}");
      assertThat(sdk.next(shadow + "/get/rejected").get("clientToken").asText()).isEqualTo("u");
      everything.next(shadow + "/update");
      assertThat(bare.more()).as("a bare # must not match what begins with $").isEmpty();
    }
  }

  @ParameterizedTest(name = "subscribed with {0}")
  @EnumSource(MqttQos.class)
  void answersComeWithTheQosOfTheSubscriptionAtMostOne(MqttQos qos) throws Exception {
    String shadow = shadow("qos-" + qos);
    try (Listener device = house.listener("qos-" + qos, qos, shadow + "/update/accepted")) {
      device.publish(shadow + "/update", "{'state':{'reported':{'a':1}}}");
      Mqtt5Publish accepted = device.next();
      assertThat(accepted.getQos().getCode()).isEqualTo(Math.min(qos.getCode(), 1));
      assertThat(accepted.isRetain()).isFalse();
    }
  }

  @Test
  void rows18And19AThingNeedsNoRegistrationAndItsShadowSurvivesItsDeletion() {
    try (IotClient iot = house.aws(IotClient.builder())) {
      iot.createThing(t -> t.thingName("row19"));
      house.update("row19", null, "{'state':{'reported':{'a':1}}}");
      iot.deleteThing(t -> t.thingName("row19"));

      assertThat(house.get("row19", null).at("/state/reported/a").asInt()).isEqualTo(1);
      house.update("row18-never-registered", "n", "{'state':{'reported':{'a':1}}}");
      assertThat(
              house
                  .data
                  .listNamedShadowsForThing(l -> l.thingName("row18-never-registered"))
                  .results())
          .containsExactly("n");
    }
  }

  @Test
  void row20AnUpdateOverHttpIsToldOverMqttAndARefusalIsNot() throws Exception {
    String shadow = shadow("row20");
    try (Listener device = house.listener("row20", MqttQos.AT_LEAST_ONCE, shadow + "/#")) {
      assertThatThrownBy(() -> house.get("row20", null))
          .isInstanceOf(ResourceNotFoundException.class);
      house.update("row20", null, "{'state':{'desired':{'a':1}},'clientToken':'h'}");
      JsonNode accepted = device.next(shadow + "/update/accepted");
      assertThat(accepted.get("clientToken").asText()).isEqualTo("h");
      assertThat(device.next(shadow + "/update/delta").at("/state/a").asInt()).isEqualTo(1);
      assertThat(device.next(shadow + "/update/documents").at("/current/state/desired/a").asInt())
          .isEqualTo(1);
      house.data.deleteThingShadow(d -> d.thingName("row20"));
      device.next(shadow + "/delete/accepted");
      assertThat(device.more()).isEmpty();
    }
  }

  /** AWS IoT Developer Guide, "Device Shadow MQTT topics": the shadow service ignores a will. */
  @Test
  void row21AWillToAShadowIsHeardBySubscribersAndNotByTheShadow() throws Exception {
    String update = shadow("row21") + "/update";
    house.update("row21", null, "{'state':{'reported':{'online':true}}}");
    long ignored = house.gateway.rooms().shadows.counters().willsIgnored.sum();
    try (Listener watcher = house.listener("row21-watcher", MqttQos.AT_LEAST_ONCE, update)) {
      try (Socket device = new Socket("127.0.0.1", house.gateway.port("mqtt"))) {
        connectWithWill(device, "row21", update, "{\"state\":{\"reported\":{\"online\":false}}}");
      } // closed without DISCONNECT
      assertThat(watcher.next(update).at("/state/reported/online").asBoolean()).isFalse();
      await()
          .untilAsserted(
              () ->
                  assertThat(house.gateway.rooms().shadows.counters().willsIgnored.sum())
                      .isEqualTo(ignored + 1));
    }
    assertThat(house.get("row21", null).at("/state/reported/online").asBoolean()).isTrue();
    assertThat(house.get("row21", null).get("version").asInt()).isEqualTo(1);
  }

  /** CONNECT of MQTT 3.1.1 with a will at QoS 1, by hand: the client library says goodbye. */
  private static void connectWithWill(Socket socket, String clientId, String topic, String payload)
      throws IOException {
    byte[] body = payload.getBytes(UTF_8);
    DataOutputStream out = new DataOutputStream(socket.getOutputStream());
    int length = 10 + 2 + clientId.length() + 2 + topic.length() + 2 + body.length;
    out.writeByte(0x10);
    out.writeByte(length & 0x7F | 0x80);
    out.writeByte(length >> 7);
    out.writeUTF("MQTT");
    out.writeByte(4);
    out.writeByte(0b0000_1110); // clean session, will, will QoS 1
    out.writeShort(60);
    out.writeUTF(clientId);
    out.writeUTF(topic);
    out.writeShort(body.length);
    out.write(body);
    out.flush();
    byte[] connack = socket.getInputStream().readNBytes(4);
    assertThat(connack).containsExactly(0x20, 2, 0, 0);
  }

  @Test
  void clientsMayNotSpeakAsTheShadowService() throws Exception {
    String shadow = shadow("forged");
    try (Listener watcher = house.listener("forged-w", MqttQos.AT_LEAST_ONCE, shadow + "/#");
        Listener forger = house.listener("forger", MqttQos.AT_LEAST_ONCE)) {
      try {
        forger.publish(shadow + "/update/accepted", "{'version':9}");
      } catch (RuntimeException refused) { // said so by its reason code, which is welcome too
        assertThat(refused).hasMessageNotContaining("time");
      }
      assertThat(watcher.more()).isEmpty();
    }
  }

  /** Every writer gets a version of its own, and everybody hears them in their order. */
  @Test
  void concurrentWritersOverMqttAndHttpGetSerialVersionsHeardInTheirOrder() throws Exception {
    int writers = 4;
    int each = 25;
    String shadow = shadow("busy");
    List<CompletableFuture<?>> sent = new ArrayList<>();
    List<Long> overHttp = new ArrayList<>();
    try (Listener listener =
        house.listener("busy-listener", MqttQos.AT_LEAST_ONCE, shadow + "/update/#")) {
      List<Mqtt5AsyncClient> clients = new ArrayList<>();
      for (int w = 0; w < writers; w++) {
        Mqtt5AsyncClient client =
            MqttClient.builder()
                .useMqttVersion5()
                .identifier("busy-" + w)
                .serverHost("127.0.0.1")
                .serverPort(house.gateway.port("mqtt"))
                .buildAsync();
        client.connect().join();
        clients.add(client);
      }
      for (int i = 0; i < each; i++) {
        for (Mqtt5AsyncClient client : clients) {
          sent.add(
              client
                  .publishWith()
                  .topic(shadow + "/update")
                  .qos(MqttQos.AT_LEAST_ONCE)
                  .payload("{\"state\":{\"desired\":{\"n\":%d}}}".formatted(i).getBytes(UTF_8))
                  .send());
        }
        JsonNode answer = house.update("busy", null, "{'state':{'desired':{'n':" + i + "}}}");
        overHttp.add(answer.get("version").asLong());
      }
      CompletableFuture.allOf(sent.toArray(CompletableFuture[]::new)).join();
      int expected = writers * each + each;
      List<Long> accepted = new ArrayList<>();
      List<Long> documents = new ArrayList<>();
      while (documents.size() < expected) {
        Mqtt5Publish publish = listener.next();
        JsonNode body = json(publish.getPayloadAsBytes());
        if (publish.getTopic().toString().endsWith("/accepted")) {
          accepted.add(body.get("version").asLong());
        } else if (publish.getTopic().toString().endsWith("/documents")) {
          documents.add(body.at("/current/version").asLong());
          assertThat(body.at("/previous/version").asLong())
              .isEqualTo(body.at("/current/version").asLong() - 1);
        }
      }
      List<Long> serial = LongStream.rangeClosed(1, expected).boxed().toList();
      assertThat(accepted).isEqualTo(serial);
      assertThat(documents).isEqualTo(serial);
      assertThat(overHttp).isSorted().doesNotHaveDuplicates();
      clients.forEach(Mqtt5AsyncClient::disconnect);
    }
  }

  /** One publisher's updates are applied in the order it sent them. */
  @Test
  void updatesOfOneDeviceAreAppliedInTheirOrder() throws Exception {
    String shadow = shadow("ordered");
    try (Listener device =
        house.listener("ordered", MqttQos.AT_LEAST_ONCE, shadow + "/update/accepted")) {
      List<CompletableFuture<?>> sent = new ArrayList<>();
      for (int i = 1; i <= 50; i++) {
        sent.add(
            device
                .client
                .toAsync()
                .publishWith()
                .topic(shadow + "/update")
                .qos(MqttQos.AT_LEAST_ONCE)
                .payload("{\"state\":{\"reported\":{\"n\":%d}}}".formatted(i).getBytes(UTF_8))
                .send());
      }
      for (int i = 1; i <= 50; i++) {
        JsonNode accepted = device.next(shadow + "/update/accepted");
        assertThat(accepted.get("version").asInt()).isEqualTo(i);
        assertThat(accepted.at("/state/reported/n").asInt()).isEqualTo(i);
      }
      CompletableFuture.allOf(sent.toArray(CompletableFuture[]::new)).join();
    }
  }

  @Test
  void anOfflineSessionFindsTheDeltaThatCameMeanwhile() throws Exception {
    String delta = shadow("sleeper") + "/update/delta";
    var sleeper =
        MqttClient.builder()
            .useMqttVersion5()
            .identifier("sleeper")
            .serverHost("127.0.0.1")
            .serverPort(house.gateway.port("mqtt"))
            .buildBlocking();
    sleeper.connectWith().cleanStart(true).sessionExpiryInterval(600).send();
    sleeper.subscribeWith().topicFilter(delta).qos(MqttQos.AT_LEAST_ONCE).send();
    sleeper.disconnectWith().sessionExpiryInterval(600).send();

    house.update("sleeper", null, "{'state':{'desired':{'a':1}}}");
    house.update("sleeper", null, "{'state':{'desired':{'a':2}}}");

    try (var heard = sleeper.publishes(com.hivemq.client.mqtt.MqttGlobalPublishFilter.ALL)) {
      sleeper.connectWith().cleanStart(false).sessionExpiryInterval(0).send();
      for (int version = 1; version <= 2; version++) {
        Mqtt5Publish publish =
            heard.receive(10, java.util.concurrent.TimeUnit.SECONDS).orElseThrow();
        assertThat(json(publish.getPayloadAsBytes()).get("version").asInt()).isEqualTo(version);
      }
    }
    sleeper.disconnect();
  }

  /** A stream of changes: a rule binds {@code documents} of all things to a stream. */
  @Test
  void everyChangeOfEveryShadowReachesAStreamInOrderThroughARule() {
    try (IotClient iot = house.aws(IotClient.builder());
        KinesisClient kinesis = house.aws(KinesisClient.builder())) {
      kinesis.createStream(s -> s.streamName("shadow-changes").shardCount(1));
      for (String[] rule :
          new String[][] {
            {"classicChanges", "$aws/things/+/shadow/update/documents", ""},
            {"namedChanges", "$aws/things/+/shadow/name/+/update/documents", ", topic(6) AS name"}
          }) {
        iot.createTopicRule(
            r ->
                r.ruleName(rule[0])
                    .topicRulePayload(
                        p ->
                            p.sql(
                                    "SELECT topic(3) AS thing, previous.state AS was, current.state"
                                        + " AS"
                                        + " is, current.version AS version%s FROM '%s' WHERE"
                                            .formatted(rule[2], rule[1])
                                        + " startswith(topic(3), 'streamed-')")
                                .awsIotSqlVersion("2016-03-23")
                                .actions(
                                    Action.builder()
                                        .kinesis(
                                            k ->
                                                k.streamName("shadow-changes")
                                                    .partitionKey("${topic(3)}")
                                                    .roleArn("arn:aws:iam::000000000000:role/any"))
                                        .build())));
      }
      house.update("streamed-1", null, "{'state':{'desired':{'a':1}}}");
      house.update("streamed-1", null, "{'state':{'desired':{'a':2}}}");
      house.update("streamed-1", "n", "{'state':{'reported':{'b':1}}}");

      await()
          .untilAsserted(
              () ->
                  assertThat(records(kinesis, "shadow-changes"))
                      .containsExactly(
                          json("{'thing':'streamed-1','is':{'desired':{'a':1}},'version':1}"),
                          json(
                              "{'thing':'streamed-1','was':{'desired':{'a':1}},'is':{'desired':{'a':2}},'version':2}"),
                          json(
                              "{'thing':'streamed-1','is':{'reported':{'b':1}},'version':1,'name':'n'}")));
    }
  }

  private static List<JsonNode> records(KinesisClient kinesis, String stream) {
    String iterator =
        kinesis
            .getShardIterator(
                i ->
                    i.streamName(stream)
                        .shardId("shardId-000000000000")
                        .shardIteratorType(ShardIteratorType.TRIM_HORIZON))
            .shardIterator();
    Stream<Record> found = kinesis.getRecords(g -> g.shardIterator(iterator)).records().stream();
    return found.map(r -> json(r.data().asByteArray())).toList();
  }
}
