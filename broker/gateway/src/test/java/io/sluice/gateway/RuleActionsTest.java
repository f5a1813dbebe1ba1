package io.sluice.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.sluice.engine.Ledger;
import io.sluice.engine.OutboxLaneView;
import io.sluice.engine.RuleDocument;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.iot.IotClient;
import software.amazon.awssdk.services.iot.model.Action;
import software.amazon.awssdk.services.iot.model.HttpActionHeader;
import software.amazon.awssdk.services.iot.model.InvalidRequestException;
import software.amazon.awssdk.services.iot.model.TopicRuleDestination;
import software.amazon.awssdk.services.iot.model.TopicRuleDestinationStatus;

/**
 * Rules whose actions leave the process, on a whole gateway, with an endpoint that comes and goes.
 */
class RuleActionsTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;
  private Gateway gateway;
  private IotClient iot;
  private final Queue<JsonNode> confirmations = new ConcurrentLinkedQueue<>();
  private final Queue<String> bodies = new ConcurrentLinkedQueue<>();
  private final Set<String> delivered = ConcurrentHashMap.newKeySet();
  private final Map<String, String> headers = new ConcurrentHashMap<>();
  private volatile int status = 200;
  private HttpServer endpoint;

  @BeforeEach
  void start() throws IOException {
    startGateway(Map.of());
    endpoint = endpoint(0);
  }

  private void startGateway(Map<Setting, String> more) {
    Map<Setting, String> flags = TestGateway.onFreePorts(folder.resolve("data"));
    flags.put(Setting.OUTBOUND_PRIVATE_RANGES, "127.0.0.0/8");
    flags.putAll(more);
    gateway = Gateway.start(GatewayConfig.load(null, Map.of(), flags));
    iot = TestGateway.aws(gateway, IotClient.builder());
  }

  @AfterEach
  void stop() {
    iot.close();
    gateway.close();
    endpoint.stop(0);
  }

  private HttpServer endpoint(int port) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.setExecutor(Executors.newCachedThreadPool());
    server.createContext("/", this::answer);
    server.start();
    return server;
  }

  private void answer(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    String type = exchange.getRequestHeaders().getFirst("x-amz-rules-engine-message-type");
    if ("DestinationConfirmation".equals(type)) {
      confirmations.add(JSON.readTree(body));
    } else if (status == 200) {
      bodies.add(new String(body, UTF_8));
      delivered.add(new String(body, UTF_8));
      exchange
          .getRequestHeaders()
          .forEach(
              (name, values) ->
                  headers.put(name.toLowerCase(java.util.Locale.ROOT), values.get(0)));
    }
    exchange.sendResponseHeaders(status, -1);
    exchange.close();
  }

  private String url() {
    return "http://localhost:" + endpoint.getAddress().getPort() + "/in";
  }

  private TopicRuleDestination confirmedDestination() throws Exception {
    TopicRuleDestination made =
        iot.createTopicRuleDestination(
                d ->
                    d.destinationConfiguration(
                        c -> c.httpUrlConfiguration(h -> h.confirmationUrl(url()))))
            .topicRuleDestination();
    assertThat(made.status()).isEqualTo(TopicRuleDestinationStatus.IN_PROGRESS);
    await().until(() -> !confirmations.isEmpty());
    String enable = confirmations.remove().path("enableUrl").asText();
    HttpResponse<String> opened =
        java.net.http.HttpClient.newBuilder()
            .version(java.net.http.HttpClient.Version.HTTP_1_1)
            .build()
            .send(
                HttpRequest.newBuilder(URI.create(enable)).GET().build(),
                HttpResponse.BodyHandlers.ofString());
    assertThat(opened.statusCode()).isEqualTo(200);
    assertThat(iot.getTopicRuleDestination(d -> d.arn(made.arn())).topicRuleDestination().status())
        .isEqualTo(TopicRuleDestinationStatus.ENABLED);
    return made;
  }

  private void rule(String name, String sql) {
    iot.createTopicRule(
        r ->
            r.ruleName(name)
                .topicRulePayload(
                    p -> p.sql(sql).awsIotSqlVersion("2016-03-23").actions(toEndpoint())));
  }

  private Action toEndpoint() {
    HttpActionHeader header =
        HttpActionHeader.builder().key("X-Device").value("${topic(2)}").build();
    return Action.builder().http(h -> h.url(url()).headers(header)).build();
  }

  private Mqtt5BlockingClient device() {
    Mqtt5BlockingClient client =
        MqttClient.builder()
            .useMqttVersion5()
            .identifier("lamp")
            .serverHost("127.0.0.1")
            .serverPort(gateway.port("mqtt"))
            .buildBlocking();
    client.connect();
    return client;
  }

  private static void publish(Mqtt5BlockingClient device, int n) {
    device
        .publishWith()
        .topic("f/lamp")
        .qos(MqttQos.AT_LEAST_ONCE)
        .payload("{\"n\":%d}".formatted(n).getBytes(UTF_8))
        .send();
  }

  private long count(String rule, Ledger.Entry entry) {
    return gateway
        .rooms()
        .rules
        .ledger()
        .totals()
        .getOrDefault(rule, Map.of())
        .getOrDefault(entry, 0L);
  }

  @Test
  void anEndpointThatIsKilledAndComesBackGetsEveryMessageAndTheLedgerAddsUp() throws Exception {
    confirmedDestination();
    rule("out", "SELECT n FROM 'f/+'");
    Mqtt5BlockingClient device = device();
    for (int n = 0; n < 50; n++) {
      publish(device, n);
    }
    await().until(() -> count("out", Ledger.Entry.DELIVERED) == 50);
    assertThat(headers).containsEntry("x-device", "lamp").containsKey("x-sluice-delivery");
    assertThat(headers).containsEntry("content-type", "application/json");

    int port = endpoint.getAddress().getPort();
    endpoint.stop(0);
    long begun = System.nanoTime();
    for (int n = 50; n < 150; n++) {
      publish(device, n);
    }
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(20));
    await().until(() -> count("out", Ledger.Entry.RETRIED) > 0);
    OutboxLaneView lane = gateway.rooms().rules.outbox().get(0);
    assertThat(lane.messages()).isEqualTo(100);
    assertThat(lane.lastError()).contains("could not be reached");

    gateway.close(); // what waits survives
    iot.close();
    startGateway(Map.of());
    assertThat(gateway.rooms().rules.outboxBacklog()).isEqualTo(100);
    endpoint = endpoint(port);
    await().atMost(Duration.ofSeconds(60)).until(() -> count("out", Ledger.Entry.DELIVERED) == 150);
    assertThat(gateway.rooms().rules.outboxBacklog()).isZero();
    assertThat(count("out", Ledger.Entry.MATCHED)).isEqualTo(150);
    assertThat(delivered).hasSize(150);
    assertThat(bodies.stream().distinct().toList())
        .startsWith("{\"n\":0}")
        .endsWith("{\"n\":149}")
        .isSortedAccordingTo(java.util.Comparator.comparingInt(RuleActionsTest::number));
  }

  private static int number(String body) {
    return Integer.parseInt(body.replaceAll("\\D", ""));
  }

  @Test
  void anAnswerOf404IsAFailedActionAndOneOf500IsTriedAgain() throws Exception {
    confirmedDestination();
    rule("out", "SELECT n FROM 'f/+'");
    Mqtt5BlockingClient device = device();
    status = 404;
    publish(device, 1);
    await().until(() -> count("out", Ledger.Entry.ACTION_FAILED) == 1);
    status = 500;
    publish(device, 2);
    await().until(() -> count("out", Ledger.Entry.RETRIED) >= 1);
    status = 200;
    await().until(() -> count("out", Ledger.Entry.DELIVERED) == 1);
    assertThat(bodies).containsExactly("{\"n\":2}");
  }

  @Test
  void nothingIsSentToADestinationThatDidNotConfirm() throws Exception {
    rule("out", "SELECT n FROM 'f/+'");
    publish(device(), 1);
    await().until(() -> count("out", Ledger.Entry.ACTION_FAILED) == 1);
    assertThat(gateway.rooms().rules.outbox().get(0).lastError())
        .contains("CreateTopicRuleDestination");
    assertThat(bodies).isEmpty();
  }

  @Test
  void aDestinationInAPrivateRangeIsRefusedUnlessTheOperatorAllowsIt() throws Exception {
    gateway.close();
    iot.close();
    startGateway(Map.of(Setting.OUTBOUND_PRIVATE_RANGES, "10.0.0.0/8"));
    TopicRuleDestination made =
        iot.createTopicRuleDestination(
                d ->
                    d.destinationConfiguration(
                        c -> c.httpUrlConfiguration(h -> h.confirmationUrl(url()))))
            .topicRuleDestination();
    await()
        .until(
            () ->
                iot.getTopicRuleDestination(d -> d.arn(made.arn())).topicRuleDestination().status()
                    == TopicRuleDestinationStatus.ERROR);
    assertThat(
            iot.getTopicRuleDestination(d -> d.arn(made.arn()))
                .topicRuleDestination()
                .statusReason())
        .contains("outbound-private-ranges");
    assertThat(confirmations).isEmpty();
  }

  @Test
  void anActionThatIsNotOfferedIsRefusedByItsName() {
    Action steps =
        Action.builder().stepFunctions(s -> s.stateMachineName("m").roleArn("r")).build();
    assertThatThrownBy(
            () ->
                iot.createTopicRule(
                    r ->
                        r.ruleName("no")
                            .topicRulePayload(p -> p.sql("SELECT * FROM 'a'").actions(steps))))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("action 'stepFunctions' in actions[0] is not offered");
  }

  @Test
  void metricsAndStatsShowWhatWaits() throws Exception {
    confirmedDestination();
    rule("out", "SELECT n FROM 'f/+'");
    status = 503;
    publish(device(), 1);
    await().until(() -> count("out", Ledger.Entry.RETRIED) >= 1);
    HttpResponse<String> metrics =
        java.net.http.HttpClient.newBuilder()
            .version(java.net.http.HttpClient.Version.HTTP_1_1)
            .build()
            .send(
                HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:%d/metrics".formatted(gateway.port("http"))))
                    .GET()
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    assertThat(metrics.body()).contains("sluice_outbox_messages{action=\"0/http\",rule=\"out\"} 1");
    assertThat(gateway.rooms().rules.outbox().get(0).lastError()).isEqualTo("status 503");
  }

  /** Another gateway would do; this one is as far away as one, behind its API. */
  @Test
  void queuesAndStreamsOfAnotherEndpointGetMessagesSignedWithCredentialsOfTheFile()
      throws Exception {
    Path credentials = folder.resolve("credentials.yaml");
    Files.writeString(credentials, "there: {accessKeyId: test, secretAccessKey: test}\n");
    Files.setPosixFilePermissions(credentials, PosixFilePermissions.fromString("rw-------"));
    gateway.close();
    iot.close();
    startGateway(Map.of(Setting.CREDENTIALS_FILE, credentials.toString()));
    String there = "http://127.0.0.1:" + gateway.port("http");
    gateway.rooms().queues.create("far", Map.of(), Map.of()).join();
    create(
        "away",
        """
        {"sql": "SELECT n FROM 'f/+'", "awsIotSqlVersion": "2016-03-23", "actions": [
          {"sqs": {"queueUrl": "%1$s/000000000000/far", "endpoint": "%1$s", "region": "local", "credentials": "there"}},
          {"s3": {"bucketName": "bucket", "key": "${topic(2)}/${n}.json"}},
          {"sqs": {"queueUrl": "%1$s/000000000000/far", "endpoint": "%1$s", "region": "local", "credentials": "there",
                   "outbox": {"triesMax": 1}}}]}
        """
            .formatted(there));
    Mqtt5BlockingClient device = device();
    for (int n = 0; n < 20; n++) {
      publish(device, n);
    }
    await().atMost(Duration.ofMinutes(1)).until(() -> count("away", Ledger.Entry.DELIVERED) == 60);
    assertThat(gateway.rooms().rules.outboxBacklog()).isZero();
    assertThat(folder.resolve("data/deliveries/bucket/lamp/19.json")).hasContent("{\"n\":19}");
  }

  @Test
  void whatRulesWatchIsInTheGatewaysMetricsTopicsAndLog() throws Exception {
    create(
        "watch",
        """
        {"sql": "SELECT n FROM 'f/+'", "awsIotSqlVersion": "2016-03-23", "actions": [
          {"cloudwatchMetric": {"metricName": "heat", "metricNamespace": "plant", "metricUnit": "Percent", "metricValue": "${n}"}},
          {"cloudwatchAlarm": {"alarmName": "hot", "stateReason": "n is ${n}", "stateValue": "ALARM"}},
          {"cloudwatchLogs": {"logGroupName": "plant"}}]}
        """);
    publish(device(), 7);
    await().until(() -> count("watch", Ledger.Entry.DELIVERED) == 3);
    assertThat(gateway.rooms().watch.metrics())
        .isEqualTo(Map.of("plant/heat", Map.of("Percent", 7.0)));
    await().until(() -> gateway.rooms().sessions.retained().count() == 1);
  }

  @Test
  void theLedgerOfAnHourShowsEachAction() throws Exception {
    create(
        "two",
        """
        {"sql": "SELECT n FROM 'f/+'", "awsIotSqlVersion": "2016-03-23", "actions": [
          {"s3": {"bucketName": "b", "key": "${n}"}}, {"sqs": {"queueUrl": "nowhere"}}]}
        """);
    publish(device(), 7);
    await().until(() -> count("two", Ledger.Entry.DELIVERED) == 1);
    assertThat(ledger("--from=-1h"))
        .containsExactly("two matched 1", "two 0/s3 delivered 1", "two 1/sqs action_failed 1");
    assertThat(ledger("--from=-2d", "--to=-1d")).isEmpty();
  }

  private List<String> ledger(String... range) {
    ByteArrayOutputStream told = new ByteArrayOutputStream();
    PrintStream before = System.out;
    System.setOut(new PrintStream(told, true, UTF_8));
    try {
      List<String> args =
          new ArrayList<>(
              List.of(
                  "ledger",
                  "--endpoint=http://127.0.0.1:" + gateway.port("http"),
                  "--access-key-file=" + folder.resolve("data/access-key")));
      args.addAll(List.of(range));
      assertThat(Main.commandLine().execute(args.toArray(String[]::new))).isZero();
    } finally {
      System.setOut(before);
    }
    return told.toString(UTF_8).lines().map(line -> line.strip().replaceAll(" +", " ")).toList();
  }

  @Test
  void aBridgePublishesToAnotherBrokerAndWaitsForItsAcknowledgement() throws Exception {
    create(
        "bridge",
        """
        {"sql": "SELECT n FROM 'f/+'", "awsIotSqlVersion": "2016-03-23", "actions": [
          {"mqtt": {"url": "mqtt://127.0.0.1:%d", "topic": "copy/${topic(2)}", "qos": 1, "retain": true}}]}
        """
            .formatted(gateway.port("mqtt")));
    publish(device(), 7);
    await().atMost(Duration.ofMinutes(1)).until(() -> count("bridge", Ledger.Entry.DELIVERED) == 1);
    await().until(() -> gateway.rooms().sessions.retained().count() == 1);
  }

  private void create(String name, String document) throws IOException {
    gateway
        .rooms()
        .rules
        .create(RuleDocument.parse(name, JSON.readTree(document), System.currentTimeMillis()))
        .join();
  }
}
