package io.sluice.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import io.sluice.engine.Ledger;
import io.sluice.outbound.KafkaBroker;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.apache.ApacheHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.iot.IotClient;
import software.amazon.awssdk.services.iot.model.Action;

/** From a device over a rule into Kafka, which is killed in the middle and comes back. */
class RuleToKafkaTest {
  private static final int HALF = 50;

  @TempDir Path folder;

  private Gateway gateway() {
    Map<Setting, String> flags = TestGateway.onFreePorts(folder.resolve("data"));
    flags.put(Setting.OUTBOUND_PRIVATE_RANGES, "127.0.0.0/8");
    return Gateway.start(GatewayConfig.load(null, Map.of(), flags));
  }

  private static void makeRule(Gateway gateway, KafkaBroker kafka) {
    try (IotClient iot =
        IotClient.builder()
            .httpClientBuilder(ApacheHttpClient.builder())
            .endpointOverride(URI.create("http://127.0.0.1:" + gateway.port("http")))
            .region(Region.of("local"))
            .credentialsProvider(
                StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")))
            .build()) {
      iot.createTopicRule(
          r ->
              r.ruleName("readings")
                  .topicRulePayload(
                      p ->
                          p.sql("SELECT n FROM 'plant/+'")
                              .awsIotSqlVersion("2016-03-23")
                              .actions(action(kafka))));
    }
  }

  private static Action action(KafkaBroker kafka) {
    Map<String, String> properties =
        Map.of("bootstrap.servers", "127.0.0.1:" + kafka.port, "security.protocol", "PLAINTEXT");
    return Action.builder()
        .kafka(
            k ->
                k.destinationArn("arn:aws:iot:local:0:any")
                    .topic("readings")
                    .key("${topic(2)}")
                    .clientProperties(properties))
        .build();
  }

  private static void publish(Gateway gateway, int from, int count) {
    Mqtt5BlockingClient device =
        MqttClient.builder()
            .useMqttVersion5()
            .identifier("press-7")
            .serverHost("127.0.0.1")
            .serverPort(gateway.port("mqtt"))
            .buildBlocking();
    device.connect();
    for (int n = from; n < from + count; n++) {
      device
          .publishWith()
          .topic("plant/press-" + n % 5)
          .qos(MqttQos.AT_LEAST_ONCE)
          .payload(("{\"n\":" + n + "}").getBytes(UTF_8))
          .send(); // acknowledged when it is on disk
    }
    device.disconnect();
  }

  private static Set<String> arrived(KafkaBroker kafka) {
    Set<String> values = new TreeSet<>();
    try (KafkaConsumer<String, String> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", "127.0.0.1:" + kafka.port),
            new StringDeserializer(),
            new StringDeserializer())) {
      TopicPartition partition = new TopicPartition("readings", 0);
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long end = consumer.endOffsets(List.of(partition)).get(partition);
      while (consumer.position(partition) < end) {
        consumer.poll(Duration.ofMillis(200)).forEach(record -> values.add(record.value()));
      }
    }
    return values;
  }

  @Test
  void whatWasAcknowledgedWhileKafkaWasDownArrivesAndTheLedgerAddsUp() throws Exception {
    Path kafkaFolder = Files.createDirectory(folder.resolve("kafka"));
    try (KafkaBroker kafka = new KafkaBroker(kafkaFolder);
        Gateway gateway = gateway()) {
      makeRule(gateway, kafka);
      publish(gateway, 0, HALF);
      await()
          .atMost(Duration.ofMinutes(2))
          .until(() -> delivered(gateway) == HALF); // the first makes the topic
      kafka.kill();
      publish(gateway, HALF, HALF);
      assertThat(delivered(gateway)).isEqualTo(HALF);
      kafka.start();
      await().atMost(Duration.ofMinutes(3)).until(() -> delivered(gateway) == 2 * HALF);
      assertThat(arrived(kafka)).hasSize(2 * HALF);
      assertThat(total(gateway, Ledger.Entry.MATCHED)).isEqualTo(2 * HALF);
      assertThat(total(gateway, Ledger.Entry.ACTION_FAILED)).isZero();
    }
  }

  private static long delivered(Gateway gateway) {
    return total(gateway, Ledger.Entry.DELIVERED);
  }

  private static long total(Gateway gateway, Ledger.Entry entry) {
    return gateway
        .rooms()
        .rules
        .ledger()
        .totals()
        .getOrDefault("readings", Map.of())
        .getOrDefault(entry, 0L);
  }
}
