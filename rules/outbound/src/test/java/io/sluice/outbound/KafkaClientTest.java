package io.sluice.outbound;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.engine.Carrier;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against Kafka itself, in a process of its own. */
class KafkaClientTest {
  @TempDir static Path folder;
  private static KafkaBroker broker;

  private final KafkaClient client =
      new KafkaClient(Addresses.allowing("127.0.0.0/8"), CredentialsFile.NONE);

  @BeforeAll
  static void start() throws IOException, InterruptedException {
    broker = new KafkaBroker(folder);
  }

  @AfterAll
  static void stop() {
    broker.close();
  }

  private static JsonNode fields(String topic, String key, int port) {
    return Deliveries.json(
        """
        {"topic": "%s", "key": "%s", "headers": [{"key": "who", "value": "press-7"}],
         "clientProperties": {"bootstrap.servers": "127.0.0.1:%d", "security.protocol": "PLAINTEXT"}}
        """
            .formatted(topic, key, port));
  }

  private static Carrier.Delivery message(String topic, String key, String body) {
    return Deliveries.of("kafka", fields(topic, key, broker.port), body);
  }

  private static List<ConsumerRecord<String, String>> read(String topic, int count) {
    List<ConsumerRecord<String, String>> records = new ArrayList<>();
    try (KafkaConsumer<String, String> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", "127.0.0.1:" + broker.port),
            new StringDeserializer(),
            new StringDeserializer())) {
      TopicPartition partition = new TopicPartition(topic, 0);
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
      while (records.size() < count && System.nanoTime() < deadline) {
        consumer.poll(Duration.ofMillis(200)).forEach(records::add);
      }
    }
    return records;
  }

  private void delivered(List<Carrier.Delivery> messages) {
    await()
        .atMost(Duration.ofSeconds(60)) // the topic is made by the first
        .untilAsserted(
            () -> assertThat(client.carry(messages)).containsOnly(Carrier.Outcome.DELIVERED));
  }

  @Test
  void aMessageArrivesWithItsKeyItsHeadersAndItsIdentifier() {
    Carrier.Delivery message = message("one", "k", "{\"t\":1}");
    delivered(List.of(message));
    ConsumerRecord<String, String> record = read("one", 1).get(0);
    assertThat(record.key()).isEqualTo("k");
    assertThat(record.value()).isEqualTo("{\"t\":1}");
    assertThat(new String(record.headers().lastHeader("who").value(), UTF_8)).isEqualTo("press-7");
    assertThat(new String(record.headers().lastHeader("x-sluice-delivery").value(), UTF_8))
        .isEqualTo(message.id().toString());
  }

  @Test
  void manyTravelTogetherInTheirOrder() {
    List<Carrier.Delivery> all =
        IntStream.range(0, 200).mapToObj(i -> message("many", "k" + i, "m" + i)).toList();
    delivered(all);
    assertThat(read("many", 200))
        .extracting(ConsumerRecord::value)
        .endsWith(all.stream().map(d -> new String(d.body(), UTF_8)).toArray(String[]::new));
  }

  @Test
  void aBrokerThatIsKilledIsTriedAgainAndNothingIsLost() throws Exception {
    delivered(List.of(message("killed", "k", "before")));
    broker.kill();
    assertThat(client.carry(message("killed", "k", "meanwhile")))
        .isInstanceOf(Carrier.Outcome.Retry.class);
    broker.start();
    delivered(List.of(message("killed", "k", "meanwhile")));
    assertThat(read("killed", 2))
        .extracting(ConsumerRecord::value)
        .startsWith("before")
        .contains("meanwhile");
  }

  @Test
  void aMessageThatKafkaWillNeverTakeHasFailed() {
    delivered(List.of(message("large", "k", "small")));
    assertThat(client.carry(message("large", "k", "x".repeat(2_000_000))))
        .isInstanceOf(Carrier.Outcome.Refused.class);
    assertThat(client.carry(message("not a topic", "k", "x")))
        .isInstanceOf(Carrier.Outcome.Refused.class);
  }

  @Test
  void addressesThatTheOperatorDidNotAllowAreNotReached() {
    try (KafkaClient strict = new KafkaClient(Addresses.allowing("none"), CredentialsFile.NONE)) {
      Carrier.Outcome outcome = strict.carry(message("one", "k", "x"));
      assertThat(outcome).isInstanceOf(Carrier.Outcome.Refused.class);
      assertThat(outcome.toString()).contains("outbound-private-ranges");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
      bootstrap.servers | a:9092                                          |
      acks              | 1                                               | acks must be all
      interceptor.classes | x                                             | may not be set
      sasl.jaas.config  | com.sun.security.auth.module.JndiLoginModule x; | may not be set
      security.protocol | TELNET                                          | is none of
      """)
  void whatMayNotBeSetIsRefusedWhenTheRuleIsMade(String name, String value, String why) {
    JsonNode fields =
        Deliveries.json(
            "{\"topic\": \"t\", \"clientProperties\": {\"bootstrap.servers\": \"a:1\", \"%s\": \"%s\"}}"
                .formatted(name, value));
    String problem = client.check(fields);
    if (why == null) {
      assertThat(problem).isEmpty();
    } else {
      assertThat(problem).contains(why);
    }
    assertThat(client.check(Deliveries.json("{\"topic\": \"t\", \"clientProperties\": {}}")))
        .contains("bootstrap.servers is missing");
  }
}
