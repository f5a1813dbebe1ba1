package io.sluice.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import java.io.PrintWriter;
import java.io.Writer;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.iot.IotClient;
import software.amazon.awssdk.services.iot.model.Action;
import software.amazon.awssdk.services.iot.model.SqlParseException;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.Record;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.SqsException;

/**
 * The whole gateway as its users meet it: unmodified AWS SDK and MQTT clients, and an operator who
 * makes mistakes.
 */
class GatewayTest {
  private static final PrintWriter NOBODY = new PrintWriter(Writer.nullWriter());

  private static final String ROLE = "arn:aws:iam::000000000000:role/any";

  @TempDir Path folder;
  private Gateway gateway;

  private GatewayConfig config(Path dataDir, Map<Setting, String> more) {
    Map<Setting, String> flags = TestGateway.onFreePorts(dataDir);
    flags.putAll(more);
    return GatewayConfig.load(null, Map.of(), flags);
  }

  @BeforeEach
  void start() {
    gateway = Gateway.start(config(folder.resolve("data"), Map.of()));
  }

  @AfterEach
  void stop() {
    gateway.close();
  }

  private <B extends AwsClientBuilder<B, C>, C> C aws(B builder, String secret) {
    return builder
        .endpointOverride(URI.create("http://127.0.0.1:" + gateway.port("http")))
        .region(Region.of("local"))
        .credentialsProvider(
            StaticCredentialsProvider.create(AwsBasicCredentials.create("test", secret)))
        .build();
  }

  private SqsClient sqs() {
    return aws(SqsClient.builder().httpClientBuilder(UrlConnectionHttpClient.builder()), "test");
  }

  private KinesisClient kinesis() {
    return aws(
        KinesisClient.builder().httpClientBuilder(UrlConnectionHttpClient.builder()), "test");
  }

  private IotClient iot() {
    return aws(IotClient.builder().httpClientBuilder(UrlConnectionHttpClient.builder()), "test");
  }

  private Mqtt5BlockingClient device(String clientId) {
    Mqtt5BlockingClient client =
        MqttClient.builder()
            .useMqttVersion5()
            .identifier(clientId)
            .serverHost("127.0.0.1")
            .serverPort(gateway.port("mqtt"))
            .buildBlocking();
    client.connect();
    return client;
  }

  private static Action toQueue(String queueUrl) {
    return Action.builder().sqs(s -> s.queueUrl(queueUrl).roleArn(ROLE)).build();
  }

  private static Action toStream(String stream, String key) {
    return Action.builder()
        .kinesis(k -> k.streamName(stream).partitionKey(key).roleArn(ROLE))
        .build();
  }

  @Test
  void anAwsSdkMakesAQueueAStreamAndARuleAndReadsWhatADevicePublished() {
    try (SqsClient sqs = sqs();
        KinesisClient kinesis = kinesis();
        IotClient iot = iot()) {
      String queueUrl = sqs.createQueue(q -> q.queueName("hot")).queueUrl();
      kinesis.createStream(s -> s.streamName("all").shardCount(2));
      iot.createTopicRule(
          r ->
              r.ruleName("hot")
                  .topicRulePayload(
                      p ->
                          p.sql(
                                  "SELECT temperature, topic(2) AS device FROM 'devices/+/telemetry' WHERE temperature > 20")
                              .awsIotSqlVersion("2016-03-23")
                              .actions(toQueue(queueUrl), toStream("all", "${topic(2)}"))));

      Mqtt5BlockingClient device = device("lamp");
      for (int temperature : new int[] {19, 21, 22}) {
        device
            .publishWith()
            .topic("devices/lamp/telemetry")
            .qos(MqttQos.AT_LEAST_ONCE)
            .payload("{\"temperature\":%d}".formatted(temperature).getBytes(UTF_8))
            .send();
      }
      device.disconnect();

      List<String> bodies = new ArrayList<>();
      await()
          .until(
              () -> {
                List<Message> messages =
                    sqs.receiveMessage(
                            m -> m.queueUrl(queueUrl).maxNumberOfMessages(10).waitTimeSeconds(1))
                        .messages();
                messages.forEach(message -> bodies.add(message.body()));
                messages.forEach(
                    m ->
                        sqs.deleteMessage(
                            d -> d.queueUrl(queueUrl).receiptHandle(m.receiptHandle())));
                return bodies.size() >= 2;
              });
      assertThat(bodies)
          .containsExactlyInAnyOrder(
              "{\"temperature\":21,\"device\":\"lamp\"}",
              "{\"temperature\":22,\"device\":\"lamp\"}");

      List<Record> records = new ArrayList<>();
      kinesis
          .listShards(s -> s.streamName("all"))
          .shards()
          .forEach(
              shard -> {
                String iterator =
                    kinesis
                        .getShardIterator(
                            i ->
                                i.streamName("all")
                                    .shardId(shard.shardId())
                                    .shardIteratorType(ShardIteratorType.TRIM_HORIZON))
                        .shardIterator();
                records.addAll(kinesis.getRecords(g -> g.shardIterator(iterator)).records());
              });
      assertThat(records).hasSize(2).allMatch(record -> record.partitionKey().equals("lamp"));
    }
  }

  @Test
  void basicIngestReachesItsRuleAndNoSubscriberAndIsNotRetained() throws Exception {
    try (SqsClient sqs = sqs();
        IotClient iot = iot()) {
      String queueUrl = sqs.createQueue(q -> q.queueName("direct")).queueUrl();
      iot.createTopicRule(
          r ->
              r.ruleName("direct")
                  .topicRulePayload(
                      p ->
                          p.sql("SELECT *, topic() AS rest FROM 'never/matches'")
                              .actions(toQueue(queueUrl))));
      Mqtt5BlockingClient nosy = device("nosy");
      try (var received = nosy.publishes(MqttGlobalPublishFilter.ALL)) {
        nosy.subscribeWith().topicFilter("$aws/rules/#").qos(MqttQos.AT_LEAST_ONCE).send();

        device("direct")
            .publishWith()
            .topic("$aws/rules/direct/a/b")
            .qos(MqttQos.AT_LEAST_ONCE)
            .retain(true)
            .payload("{\"n\":1}".getBytes(UTF_8))
            .send();

        assertThat(sqs.receiveMessage(m -> m.queueUrl(queueUrl).waitTimeSeconds(5)).messages())
            .map(Message::body)
            .containsExactly("{\"n\":1,\"rest\":\"a/b\"}");
        assertThat(received.receive(200, TimeUnit.MILLISECONDS)).isEmpty();
        assertThat(gateway.rooms().sessions.retained().count()).isZero();
      }
    }
  }

  @Test
  void aRuleThatDoesNotParseNamesTheLineAndTheColumn() {
    try (IotClient iot = iot()) {
      assertThatThrownBy(
              () ->
                  iot.createTopicRule(
                      r ->
                          r.ruleName("bad")
                              .topicRulePayload(
                                  p -> p.sql("SELECT * FORM 'a/b'").actions(List.of()))))
          .isInstanceOf(SqlParseException.class)
          .hasMessageContaining("line 1, column 10");
    }
  }

  @Test
  void aWrongSecretIsRefused() {
    try (SqsClient sqs =
        aws(SqsClient.builder().httpClientBuilder(UrlConnectionHttpClient.builder()), "guess")) {
      assertThatThrownBy(() -> sqs.listQueues())
          .isInstanceOfSatisfying(
              SqsException.class, e -> assertThat(e.statusCode()).isEqualTo(403));
    }
  }

  @Test
  void queuesRulesAndMessagesSurviveARestart() {
    String queueUrl;
    try (SqsClient sqs = sqs();
        IotClient iot = iot()) {
      queueUrl = sqs.createQueue(q -> q.queueName("kept")).queueUrl();
      iot.createTopicRule(
          r ->
              r.ruleName("kept")
                  .topicRulePayload(p -> p.sql("SELECT * FROM 'a/#'").actions(toQueue(queueUrl))));
      device("before")
          .publishWith()
          .topic("a/1")
          .qos(MqttQos.AT_LEAST_ONCE)
          .payload("{\"n\":1}".getBytes(UTF_8))
          .send();
    }

    gateway.close();
    gateway = Gateway.start(config(folder.resolve("data"), Map.of()));
    device("after")
        .publishWith()
        .topic("a/2")
        .qos(MqttQos.AT_LEAST_ONCE)
        .payload("{\"n\":2}".getBytes(UTF_8))
        .send();

    try (SqsClient sqs = sqs()) {
      await()
          .untilAsserted(
              () ->
                  assertThat(
                          sqs.receiveMessage(
                                  m ->
                                      m.queueUrl("kept")
                                          .maxNumberOfMessages(10)
                                          .visibilityTimeout(0))
                              .messages())
                      .map(Message::body)
                      .containsExactlyInAnyOrder("{\"n\":1}", "{\"n\":2}"));
    }
  }

  @Test
  void theAccessKeyFileIsReadableByItsOwnerAlone() throws Exception {
    Path file = folder.resolve("data").resolve("access-key");

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  @Test
  void theReadyLineNamesThePortsAndTheFiles() {
    assertThat(gateway.readyLine())
        .startsWith("SLUICE READY {")
        .contains(
            "\"mqtt\":",
            "\"mqtts\":",
            "\"http\":",
            "\"https\":",
            "\"dataDir\":",
            "\"accessKeyFile\":");
  }

  @Test
  void aSecondGatewayOnTheSameDirectoryIsToldSo() {
    assertThatThrownBy(() -> Gateway.start(config(folder.resolve("data"), Map.of())))
        .satisfies(refused -> assertThat(Refusals.exitCode(refused)).isEqualTo(2))
        .satisfies(
            refused ->
                assertThat(Refusals.sentence(refused, NOBODY))
                    .contains(folder.resolve("data").toString()));
  }

  @Test
  void anOccupiedPortIsNamedAndNothingIsLeftOpen() {
    String port = String.valueOf(gateway.port("mqtts"));
    Path other = folder.resolve("other");

    assertThatThrownBy(() -> Gateway.start(config(other, Map.of(Setting.MQTTS_PORT, port))))
        .satisfies(refused -> assertThat(Refusals.exitCode(refused)).isEqualTo(2))
        .satisfies(
            refused ->
                assertThat(Refusals.sentence(refused, NOBODY))
                    .contains(port)
                    .contains("another program uses it"));
    assertThatThrownBy(
            () ->
                Gateway.start(
                    config(other, Map.of(Setting.HTTP_PORT, String.valueOf(gateway.port("http"))))))
        .satisfies(
            refused ->
                assertThat(Refusals.sentence(refused, NOBODY)).contains("HTTP cannot listen"));

    Gateway.start(config(other, Map.of())).close(); // the directory was given back
  }

  @Test
  void aDirectoryThatIsNotOursIsLeftAlone() throws Exception {
    Path foreign = Files.createDirectories(folder.resolve("foreign"));
    Files.writeString(foreign.resolve("thesis.txt"), "do not touch");

    assertThatThrownBy(() -> Gateway.start(config(foreign, Map.of())))
        .satisfies(refused -> assertThat(Refusals.exitCode(refused)).isEqualTo(2));
    assertThat(foreign)
        .isDirectoryContaining(file -> file.endsWith("thesis.txt"))
        .isDirectoryNotContaining(file -> file.endsWith("store"));
  }
}
