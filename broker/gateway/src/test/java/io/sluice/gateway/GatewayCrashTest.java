package io.sluice.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt3.Mqtt3AsyncClient;
import com.hivemq.client.mqtt.mqtt3.Mqtt3BlockingClient;
import com.hivemq.client.mqtt.mqtt3.Mqtt3Client;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.iot.IotClient;
import software.amazon.awssdk.services.iot.model.Action;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.DeleteMessageBatchRequestEntry;
import software.amazon.awssdk.services.sqs.model.Message;

/**
 * A gateway in a process of its own, killed with SIGKILL while devices publish: what was
 * acknowledged is in the offline session's inbox and, exactly once, in the queue that the rule
 * routes to.
 */
class GatewayCrashTest {
  private static final int ROUNDS = 3;
  private static final int UNDER_WAY = 64;

  @TempDir Path folder;

  /** A child process and its ports. */
  private record Child(Process process, int mqtt, int http) {
    void kill() throws InterruptedException {
      process.destroyForcibly().waitFor();
    }
  }

  private Child start() throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
    command.addAll(
        List.of(
            "-Xmx512m",
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName(),
            "start",
            "--dev"));
    command.addAll(
        List.of(
            "--data-dir",
            folder.resolve("data").toString(),
            "--partitions",
            "4",
            "--host",
            "127.0.0.1"));
    for (String listener : List.of("mqtt", "mqtts", "ws", "wss", "http", "https")) {
      command.addAll(List.of("--" + listener + "-port", "0"));
    }
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    BufferedReader out = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
    String line = out.readLine();
    while (line != null && !line.startsWith("SLUICE READY")) {
      line = out.readLine();
    }
    assertThat(line).as("ready line").isNotNull();
    return new Child(process, port(line, "mqtt"), port(line, "http"));
  }

  private static int port(String ready, String listener) {
    String field = "\"" + listener + "\":";
    int from = ready.indexOf(field) + field.length();
    return Integer.parseInt(ready.substring(from).split("[,}]", 2)[0]);
  }

  private static Mqtt3Client client(Child child, String clientId) {
    return MqttClient.builder()
        .useMqttVersion3()
        .identifier(clientId)
        .serverHost("127.0.0.1")
        .serverPort(child.mqtt())
        .build();
  }

  private static <B extends AwsClientBuilder<B, C>, C> C aws(B builder, Child child) {
    return builder
        .endpointOverride(URI.create("http://127.0.0.1:" + child.http()))
        .region(Region.of("local"))
        .credentialsProvider(
            StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")))
        .build();
  }

  private static SqsClient sqs(Child child) {
    return aws(SqsClient.builder().httpClientBuilder(UrlConnectionHttpClient.builder()), child);
  }

  @Test
  void nothingThatWasAcknowledgedIsLostAndTheQueueHoldsItOnce() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    Set<String> acknowledged = ConcurrentHashMap.newKeySet();
    Child child = start();
    try {
      prepare(child);
      for (int round = 0; round < ROUNDS; round++) {
        publish(child, round, acknowledged, 80 + random.nextInt(150));
        child.kill();
        child = start();
      }
      assertThat(acknowledged).as("seed %d", seed).hasSizeGreaterThan(ROUNDS);
      assertThat(inbox(child, acknowledged.size()))
          .as("inbox, seed %d", seed)
          .containsAll(acknowledged);
      Map<String, Integer> queue = queue(child);
      assertThat(queue.keySet()).as("queue, seed %d", seed).containsAll(acknowledged);
      assertThat(queue.values()).as("exactly once in the queue, seed %d", seed).containsOnly(1);
    } finally {
      child.kill();
    }
  }

  private static void prepare(Child child) {
    Mqtt3BlockingClient sleeper = client(child, "sleeper").toBlocking();
    sleeper.connectWith().cleanSession(false).send();
    sleeper.subscribeWith().topicFilter("work/#").qos(MqttQos.AT_LEAST_ONCE).send();
    sleeper.disconnect();
    try (SqsClient sqs = sqs(child);
        IotClient iot =
            aws(IotClient.builder().httpClientBuilder(UrlConnectionHttpClient.builder()), child)) {
      String url = sqs.createQueue(q -> q.queueName("work")).queueUrl();
      Action action =
          Action.builder()
              .sqs(s -> s.queueUrl(url).roleArn("arn:aws:iam::000000000000:role/any"))
              .build();
      iot.createTopicRule(
          r ->
              r.ruleName("work")
                  .topicRulePayload(
                      p ->
                          p.sql("SELECT VALUE id FROM 'work/#'")
                              .awsIotSqlVersion("2016-03-23")
                              .actions(action)));
    }
  }

  /**
   * Publishes for a while; each message has an identity of its own, so one that is sent again is
   * another message.
   */
  private static void publish(Child child, int round, Set<String> acknowledged, int millis)
      throws InterruptedException {
    Mqtt3AsyncClient publisher = client(child, "publisher-" + round).toAsync();
    publisher.connect().join();
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    Semaphore window = new Semaphore(UNDER_WAY);
    for (int i = 0; System.nanoTime() < end; i++) {
      window.acquire();
      String id = round + "-" + i;
      publisher
          .publishWith()
          .topic("work/" + i % 7)
          .qos(MqttQos.AT_LEAST_ONCE)
          .payload(("{\"id\":\"" + id + "\"}").getBytes(UTF_8))
          .send()
          .whenComplete(
              (sent, failure) -> {
                if (failure == null) {
                  acknowledged.add(id);
                }
                window.release();
              });
    }
  }

  private static List<String> inbox(Child child, int expected) throws InterruptedException {
    Mqtt3BlockingClient sleeper = client(child, "sleeper").toBlocking();
    List<String> ids = new ArrayList<>();
    try (var received = sleeper.publishes(MqttGlobalPublishFilter.ALL)) {
      sleeper.connectWith().cleanSession(false).send();
      while (true) {
        Optional<String> id =
            received
                .receive(ids.size() < expected ? 10_000 : 500, TimeUnit.MILLISECONDS)
                .map(p -> new String(p.getPayloadAsBytes(), UTF_8).split("\"", -1)[3]);
        if (id.isEmpty()) {
          return ids;
        }
        ids.add(id.get());
      }
    }
  }

  private static Map<String, Integer> queue(Child child) {
    Map<String, Integer> seen = new TreeMap<>();
    try (SqsClient sqs = sqs(child)) {
      while (true) {
        List<Message> messages =
            sqs.receiveMessage(m -> m.queueUrl("work").maxNumberOfMessages(10).waitTimeSeconds(1))
                .messages();
        if (messages.isEmpty()) {
          return seen;
        }
        messages.forEach(message -> seen.merge(message.body().replace("\"", ""), 1, Integer::sum));
        List<DeleteMessageBatchRequestEntry> done =
            messages.stream()
                .map(
                    m ->
                        DeleteMessageBatchRequestEntry.builder()
                            .id(m.messageId())
                            .receiptHandle(m.receiptHandle())
                            .build())
                .toList();
        sqs.deleteMessageBatch(d -> d.queueUrl("work").entries(done));
      }
    }
  }
}
