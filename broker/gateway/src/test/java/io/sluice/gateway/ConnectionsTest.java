package io.sluice.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5DisconnectException;
import com.hivemq.client.mqtt.mqtt5.message.disconnect.Mqtt5DisconnectReasonCode;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4FamilyHttpSigner;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.iotdataplane.IotDataPlaneClient;
import software.amazon.awssdk.services.iotdataplane.model.ResourceNotFoundException;

/** Connections of real clients as an application sees and ends them. */
class ConnectionsTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  @TempDir static Path folder;
  private static WayHouse house;
  private static IotDataPlaneClient data;

  @BeforeAll
  static void start() {
    house = new WayHouse(folder.resolve("data"), Map.of(Setting.DEV, "true"));
    data =
        IotDataPlaneClient.builder()
            .endpointOverride(URI.create("http://127.0.0.1:" + house.port("http")))
            .region(Region.of("local"))
            .credentialsProvider(
                StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")))
            .build();
  }

  @AfterAll
  static void stop() {
    data.close();
    house.close();
  }

  private static Mqtt5BlockingClient client(String clientId, CompletableFuture<Throwable> end) {
    return com.hivemq.client.mqtt.MqttClient.builder()
        .useMqttVersion5()
        .identifier(clientId)
        .serverHost("127.0.0.1")
        .serverPort(house.port("mqtt"))
        .addDisconnectedListener(context -> end.complete(context.getCause()))
        .buildBlocking();
  }

  /** By hand: the SDK of this build is older than these operations. */
  private static HttpResponse<String> call(String method, String target, String body)
      throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:%d%s".formatted(house.port("http"), target));
    SdkHttpRequest signed =
        AwsV4HttpSigner.create()
            .sign(
                r ->
                    r.identity(AwsCredentialsIdentity.create("test", "test"))
                        .request(
                            SdkHttpRequest.builder()
                                .method(SdkHttpMethod.fromValue(method))
                                .uri(uri)
                                .build())
                        .payload(
                            software.amazon.awssdk.http.ContentStreamProvider.fromUtf8String(body))
                        .putProperty(AwsV4FamilyHttpSigner.SERVICE_SIGNING_NAME, "iotdata")
                        .putProperty(AwsV4HttpSigner.REGION_NAME, "local"))
            .request();
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .method(method, HttpRequest.BodyPublishers.ofString(body))
            .timeout(Duration.ofSeconds(20));
    signed.headers().entrySet().stream()
        .filter(header -> !header.getKey().equalsIgnoreCase("host"))
        .filter(header -> !header.getKey().equalsIgnoreCase("content-length"))
        .forEach(header -> request.header(header.getKey(), header.getValue().get(0)));
    return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private static JsonNode get(String target) throws IOException, InterruptedException {
    HttpResponse<String> response = call("GET", target, "");
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return JSON.readTree(response.body());
  }

  @Test
  void theSdkEndsAConnectionAndTheClientAndWhoWatchesAreTold() throws Exception {
    CompletableFuture<Throwable> end = new CompletableFuture<>();
    Mqtt5BlockingClient watcher = client("watcher", new CompletableFuture<>());
    watcher.connect();
    watcher.subscribeWith().topicFilter("$aws/events/presence/disconnected/pump").send();
    try (var events = watcher.publishes(MqttGlobalPublishFilter.ALL)) {
      Mqtt5BlockingClient pump = client("pump", end);
      pump.connectWith().sessionExpiryInterval(600).keepAlive(45).send();
      pump.subscribeWith().topicFilter("a/#").qos(MqttQos.AT_LEAST_ONCE).send();

      JsonNode online = get("/connections/pump?includeSocketInformation=true");
      assertThat(online.path("connected").asBoolean()).isTrue();
      assertThat(online.path("keepAliveDuration").asInt()).isEqualTo(45);
      assertThat(online.path("sessionExpiry").asInt()).isEqualTo(600);
      assertThat(online.path("cleanSession").asBoolean()).isFalse();
      assertThat(online.path("targetPort").asInt()).isEqualTo(house.port("mqtt"));
      assertThat(get("/connections/pump/subscriptions").toString())
          .isEqualTo("{\"subscriptions\":[{\"topicFilter\":\"a/#\",\"qos\":1}]}");

      data.deleteConnection(r -> r.clientId("pump"));

      assertThat(end.get(20, TimeUnit.SECONDS))
          .isInstanceOfSatisfying(
              Mqtt5DisconnectException.class,
              told ->
                  assertThat(told.getMqttMessage().getReasonCode())
                      .isEqualTo(Mqtt5DisconnectReasonCode.ADMINISTRATIVE_ACTION));
      JsonNode event =
          JSON.readTree(events.receive(20, TimeUnit.SECONDS).orElseThrow().getPayloadAsBytes());
      assertThat(event.path("disconnectReason").asText()).isEqualTo("API_INITIATED_DISCONNECT");
      assertThat(event.path("clientInitiatedDisconnect").asBoolean()).isFalse();
      JsonNode offline = get("/connections/pump");
      assertThat(offline.path("connected").asBoolean()).isFalse();
      assertThat(offline.path("disconnectReason").asText()).isEqualTo("API_INITIATED_DISCONNECT");

      data.deleteConnection(r -> r.clientId("pump").cleanSession(true));
      assertThat(call("GET", "/connections/pump/subscriptions", "").statusCode()).isEqualTo(404);
    }
    watcher.disconnect();
  }

  private static String explain(int expectedExit, String... more) {
    StringWriter told = new StringWriter();
    CommandLine command = Main.commandLine();
    command.setOut(new PrintWriter(told));
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "explain",
                "client",
                "--endpoint=http://127.0.0.1:" + house.port("http"),
                "--access-key-file=" + house.data.resolve("access-key")));
    arguments.addAll(List.of(more));
    assertThat(command.execute(arguments.toArray(String[]::new))).isEqualTo(expectedExit);
    return told.toString();
  }

  @Test
  void explainClientShowsAClientFromItsConnectionToWhatWaitsForIt() {
    Mqtt5BlockingClient lamp = client("lamp/1", new CompletableFuture<>());
    lamp.connectWith().sessionExpiryInterval(600).send();
    lamp.subscribeWith().topicFilter("wanted/#").qos(MqttQos.AT_LEAST_ONCE).send();
    assertThat(explain(0, "lamp/1"))
        .contains("client lamp/1", "from 127.0.0.1 port", "keep alive 60 s")
        .contains("persistent, outlives its connection by 600 s; 0 messages")
        .contains("wanted/# (QoS 1)");
    lamp.disconnect();
    Mqtt5BlockingClient other = client("other", new CompletableFuture<>());
    other.connect();
    other.publishWith().topic("wanted/x").qos(MqttQos.AT_LEAST_ONCE).payload(new byte[10]).send();
    other.disconnect();
    await()
        .untilAsserted(
            () ->
                assertThat(explain(1, "lamp/1"))
                    .contains("none; the last one ended at", "CLIENT_INITIATED_DISCONNECT")
                    .contains("1 message (", "bytes) to be delivered"));
    assertThat(explain(1, "lamp/1", "--json")).contains("\"known\" : true");
    assertThat(explain(1, "nobody"))
        .contains("none, and none that ended within the last half hour");
  }

  @Test
  void theSdkIsToldOfAClientThatIsNotThere() {
    assertThatThrownBy(() -> data.deleteConnection(r -> r.clientId("nobody")))
        .isInstanceOf(ResourceNotFoundException.class);
  }

  @Test
  void aRetainedMessageIsThereWhenItsPublishIsAnswered() {
    for (int n = 0; n < 200; n++) {
      String topic = "kept/" + n;
      data.publish(r -> r.topic(topic).qos(1).retain(true).payload(SdkBytes.fromUtf8String("x")));
      assertThat(data.getRetainedMessage(r -> r.topic(topic)).qos()).isEqualTo(1);
    }
  }

  @Test
  void aDirectMessageIsAnsweredWhenTheClientHasIt() throws Exception {
    Mqtt5BlockingClient pump = client("direct", new CompletableFuture<>());
    pump.connect();
    try (var messages = pump.publishes(MqttGlobalPublishFilter.ALL)) {
      HttpResponse<String> answer =
          call(
              "POST",
              "/connections/direct/messages?topic=commands%2Fgo&confirmation=true&contentType=text%2Fplain"
                  + "&messageExpiry=0", // which belongs to Publish: it must not eat the message
              "now");
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      assertThat(JSON.readTree(answer.body()).path("message").asText()).isEqualTo("OK");
      Mqtt5Publish message = messages.receive(20, TimeUnit.SECONDS).orElseThrow();
      assertThat(message.getTopic().toString()).isEqualTo("commands/go");
      assertThat(new String(message.getPayloadAsBytes(), UTF_8)).isEqualTo("now");
      assertThat(message.getContentType().map(Object::toString)).contains("text/plain");
    }
    pump.disconnect();
  }
}
