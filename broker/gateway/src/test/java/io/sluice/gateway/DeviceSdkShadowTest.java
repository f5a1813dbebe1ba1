package io.sluice.gateway;

import static io.sluice.gateway.ShadowGateway.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.certs.Identity;
import io.sluice.certs.IdentityFolder;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.crt.iot.MqttRequestResponseClientOptions;
import software.amazon.awssdk.crt.iot.StreamingOperation;
import software.amazon.awssdk.crt.iot.SubscriptionStatusEventType;
import software.amazon.awssdk.crt.mqtt.MqttClientConnection;
import software.amazon.awssdk.crt.mqtt5.Mqtt5Client;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.iot.AwsIotMqtt5ClientBuilder;
import software.amazon.awssdk.iot.AwsIotMqttConnectionBuilder;
import software.amazon.awssdk.iot.V2ClientStreamOptions;
import software.amazon.awssdk.iot.iotshadow.IotShadowV2Client;
import software.amazon.awssdk.iot.iotshadow.model.DeleteNamedShadowRequest;
import software.amazon.awssdk.iot.iotshadow.model.DeleteShadowRequest;
import software.amazon.awssdk.iot.iotshadow.model.GetNamedShadowRequest;
import software.amazon.awssdk.iot.iotshadow.model.GetShadowRequest;
import software.amazon.awssdk.iot.iotshadow.model.GetShadowResponse;
import software.amazon.awssdk.iot.iotshadow.model.NamedShadowDeltaUpdatedSubscriptionRequest;
import software.amazon.awssdk.iot.iotshadow.model.ShadowDeltaUpdatedEvent;
import software.amazon.awssdk.iot.iotshadow.model.ShadowDeltaUpdatedSubscriptionRequest;
import software.amazon.awssdk.iot.iotshadow.model.ShadowState;
import software.amazon.awssdk.iot.iotshadow.model.ShadowUpdatedEvent;
import software.amazon.awssdk.iot.iotshadow.model.ShadowUpdatedSubscriptionRequest;
import software.amazon.awssdk.iot.iotshadow.model.UpdateNamedShadowRequest;
import software.amazon.awssdk.iot.iotshadow.model.UpdateShadowRequest;
import software.amazon.awssdk.iot.iotshadow.model.UpdateShadowResponse;
import software.amazon.awssdk.iot.iotshadow.model.V2ErrorResponse;
import software.amazon.awssdk.iot.iotshadow.model.V2ErrorResponseException;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.iotdataplane.IotDataPlaneClient;
import software.amazon.awssdk.services.iotdataplane.model.ForbiddenException;

/**
 * The unmodified AWS IoT Device SDK for Java v2 over mutual TLS: the shadow client that firmware
 * uses, with no more rights than its topics.
 */
class DeviceSdkShadowTest {
  private static final String THING = "sdk-lamp";

  /** No iot:*ThingShadow: over MQTT the topics decide. */
  private static final String POLICY =
      """
      {"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":"iot:Connect","Resource":"arn:aws:iot:local:000000000000:client/sdk-lamp*"},
        {"Effect":"Allow","Action":["iot:Publish","iot:Receive"],
         "Resource":"arn:aws:iot:local:000000000000:topic/$aws/things/sdk-lamp/shadow/*"},
        {"Effect":"Allow","Action":"iot:Subscribe",
         "Resource":"arn:aws:iot:local:000000000000:topicfilter/$aws/things/sdk-lamp/shadow/*"}]}
      """;

  @TempDir static Path folder;
  private static ShadowGateway house;
  private static Identity identity;
  private static IdentityFolder files;
  private static Mqtt5Client client;
  private static IotShadowV2Client shadow;

  @BeforeAll
  static void start() throws Exception {
    house = new ShadowGateway(folder.resolve("data"), Map.of());
    identity = house.enroll(THING, POLICY);
    files = IdentityFolder.at(folder.resolve("device"));
    files.write(THING, identity);
    SdkConnected connected = new SdkConnected();
    try (AwsIotMqtt5ClientBuilder builder =
        AwsIotMqtt5ClientBuilder.newDirectMqttBuilderWithMtlsFromPath(
            "localhost",
            files.certificateFile(THING).toString(),
            files.keyFile(THING).toString())) {
      client =
          builder
              .withCertificateAuthorityFromPath(
                  null, house.gateway.certificates().authorityFile().toString())
              .withPort((long) house.gateway.port("mqtts"))
              .withClientId(THING)
              .withLifeCycleEvents(connected)
              .build();
    }
    client.start();
    assertThat(connected.connected().get(30, TimeUnit.SECONDS)).isTrue();
    shadow = IotShadowV2Client.newFromMqtt5(client, options());
  }

  @AfterAll
  static void stop() {
    if (shadow != null) {
      shadow.close();
    }
    if (client != null) {
      client.stop();
      client.close();
    }
    house.close();
  }

  private static MqttRequestResponseClientOptions options() {
    return MqttRequestResponseClientOptions.builder()
        .withMaxRequestResponseSubscriptions(6)
        .withMaxStreamingSubscriptions(4)
        .withOperationTimeoutSeconds(20)
        .build();
  }

  private static <T> T done(CompletableFuture<T> future) throws Exception {
    return future.get(30, TimeUnit.SECONDS);
  }

  private static V2ErrorResponse refused(CompletableFuture<?> future) {
    try {
      future.get(30, TimeUnit.SECONDS);
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof V2ErrorResponseException refused) {
        return refused.getModeledError();
      }
      throw new AssertionError(failed.getCause());
    } catch (Exception other) {
      throw new AssertionError(other);
    }
    throw new AssertionError("accepted");
  }

  private static ShadowState state(Map<String, Object> desired, Map<String, Object> reported) {
    ShadowState state = new ShadowState();
    state.desired = desired == null ? null : new HashMap<>(desired);
    state.reported = reported == null ? null : new HashMap<>(reported);
    return state;
  }

  private static UpdateShadowRequest update(
      Map<String, Object> desired, Map<String, Object> reported) {
    UpdateShadowRequest request = new UpdateShadowRequest();
    request.thingName = THING;
    request.state = state(desired, reported);
    return request;
  }

  /** Opens a stream of events and waits until it is subscribed. */
  private static <T> StreamingOperation open(
      BlockingQueue<T> events,
      BiFunction<IotShadowV2Client, V2ClientStreamOptions<T>, StreamingOperation> create)
      throws Exception {
    CompletableFuture<SubscriptionStatusEventType> subscribed = new CompletableFuture<>();
    StreamingOperation stream =
        create.apply(
            shadow,
            V2ClientStreamOptions.<T>builder()
                .withStreamEventHandler(events::add)
                .withSubscriptionEventHandler(event -> subscribed.complete(event.getType()))
                .build());
    stream.open();
    assertThat(done(subscribed)).isEqualTo(SubscriptionStatusEventType.SUBSCRIPTION_ESTABLISHED);
    return stream;
  }

  private static <T> T next(BlockingQueue<T> events) throws InterruptedException {
    T event = events.poll(20, TimeUnit.SECONDS);
    assertThat(event).as("an event within 20 s").isNotNull();
    return event;
  }

  @Test
  void theShadowClientUpdatesGetsHearsDeltasAndDeletesTheClassicShadow() throws Exception {
    GetShadowRequest get = new GetShadowRequest();
    get.thingName = THING;
    V2ErrorResponse none = refused(shadow.getShadow(get));
    assertThat(none.code).isEqualTo(404);
    assertThat(none.message).isEqualTo("No shadow exists with name: 'sdk-lamp'");

    BlockingQueue<ShadowDeltaUpdatedEvent> deltas = new LinkedBlockingQueue<>();
    BlockingQueue<ShadowUpdatedEvent> changes = new LinkedBlockingQueue<>();
    ShadowDeltaUpdatedSubscriptionRequest ofDeltas = new ShadowDeltaUpdatedSubscriptionRequest();
    ofDeltas.thingName = THING;
    ShadowUpdatedSubscriptionRequest ofChanges = new ShadowUpdatedSubscriptionRequest();
    ofChanges.thingName = THING;
    List<StreamingOperation> streams =
        List.of(
            open(deltas, (s, o) -> s.createShadowDeltaUpdatedStream(ofDeltas, o)),
            open(changes, (s, o) -> s.createShadowUpdatedStream(ofChanges, o)));
    try {
      UpdateShadowResponse first =
          done(shadow.updateShadow(update(Map.of("color", "red"), Map.of("color", "blue"))));
      assertThat(first.version).isEqualTo(1);
      assertThat(first.state.desired).isEqualTo(Map.of("color", "red"));
      assertThat(first.clientToken).isNotEmpty();

      ShadowDeltaUpdatedEvent delta = next(deltas);
      assertThat(delta.version).isEqualTo(1);
      assertThat(delta.state).isEqualTo(Map.of("color", "red"));
      ShadowUpdatedEvent change = next(changes);
      assertThat(change.current.version).isEqualTo(1);
      assertThat(change.current.state.reported).isEqualTo(Map.of("color", "blue"));

      GetShadowResponse got = done(shadow.getShadow(get));
      assertThat(got.state.delta).isEqualTo(Map.of("color", "red"));
      assertThat(got.metadata.desired).containsKey("color");

      done(shadow.updateShadow(update(null, Map.of("color", "red"))));
      assertThat(next(changes).previous.version).isEqualTo(1);
      assertThat(done(shadow.getShadow(get)).state.delta).as("caught up").isNull();
      assertThat(deltas).as("no delta when nothing differs").isEmpty();

      UpdateShadowRequest late = update(null, Map.of("color", "green"));
      late.version = 1;
      V2ErrorResponse conflict = refused(shadow.updateShadow(late));
      assertThat(conflict.code).isEqualTo(409);
      assertThat(conflict.message).isEqualTo("Version conflict");
    } finally {
      streams.forEach(StreamingOperation::close);
    }

    DeleteShadowRequest delete = new DeleteShadowRequest();
    delete.thingName = THING;
    assertThat(done(shadow.deleteShadow(delete)).version).isEqualTo(2);
    assertThat(refused(shadow.deleteShadow(delete)).code).isEqualTo(404);
    assertThat(done(shadow.updateShadow(update(null, Map.of("on", true)))).version)
        .as("the version goes on after a delete")
        .isEqualTo(3);
  }

  @Test
  void theShadowClientUpdatesGetsHearsDeltasAndDeletesANamedShadow() throws Exception {
    BlockingQueue<ShadowDeltaUpdatedEvent> deltas = new LinkedBlockingQueue<>();
    NamedShadowDeltaUpdatedSubscriptionRequest ofDeltas =
        new NamedShadowDeltaUpdatedSubscriptionRequest();
    ofDeltas.thingName = THING;
    ofDeltas.shadowName = "config";
    GetNamedShadowRequest get = new GetNamedShadowRequest();
    get.thingName = THING;
    get.shadowName = "config";
    UpdateNamedShadowRequest update = new UpdateNamedShadowRequest();
    update.thingName = THING;
    update.shadowName = "config";
    update.state = state(null, Map.of("interval", 5));
    StreamingOperation stream =
        open(deltas, (s, o) -> s.createNamedShadowDeltaUpdatedStream(ofDeltas, o));
    try {
      assertThat(refused(shadow.getNamedShadow(get)).message)
          .isEqualTo("No shadow exists with name: 'config'");
      assertThat(done(shadow.updateNamedShadow(update)).version).isEqualTo(1);

      // The back end wishes something over HTTP, the device hears of it.
      house.update(THING, "config", "{'state':{'desired':{'interval':10}}}");
      ShadowDeltaUpdatedEvent delta = next(deltas);
      assertThat(delta.state).containsOnlyKeys("interval");
      assertThat(delta.version).isEqualTo(2);
    } finally {
      stream.close();
    }
    GetShadowResponse got = done(shadow.getNamedShadow(get));
    assertThat(((Number) got.state.delta.get("interval")).intValue()).isEqualTo(10);
    DeleteNamedShadowRequest delete = new DeleteNamedShadowRequest();
    delete.thingName = THING;
    delete.shadowName = "config";
    assertThat(done(shadow.deleteNamedShadow(delete)).version).isEqualTo(2);
    assertThat(refused(shadow.getNamedShadow(get)).code).isEqualTo(404);
  }

  @Test
  void theMqtt311ClientOfTheSdkWorksAsWell() throws Exception {
    try (AwsIotMqttConnectionBuilder builder =
            AwsIotMqttConnectionBuilder.newMtlsBuilderFromPath(
                files.certificateFile(THING).toString(), files.keyFile(THING).toString());
        MqttClientConnection connection =
            builder
                .withCertificateAuthorityFromPath(
                    null, house.gateway.certificates().authorityFile().toString())
                .withEndpoint("localhost")
                .withPort(house.gateway.port("mqtts"))
                .withClientId(THING + "-311")
                .withCleanSession(true)
                .build()) {
      done(connection.connect());
      try (IotShadowV2Client old = IotShadowV2Client.newFromMqtt311(connection, options())) {
        UpdateNamedShadowRequest update = new UpdateNamedShadowRequest();
        update.thingName = THING;
        update.shadowName = "v311";
        update.state = state(Map.of("a", 1), null);
        assertThat(done(old.updateNamedShadow(update)).version).isEqualTo(1);
        GetNamedShadowRequest get = new GetNamedShadowRequest();
        get.thingName = THING;
        get.shadowName = "v311";
        assertThat(done(old.getNamedShadow(get)).state.delta).containsOnlyKeys("a");
      }
      done(connection.disconnect());
    }
  }

  @Test
  void theHistoryNamesTheCertificateAndTheClientOfAnUpdateOverMqtt() throws Exception {
    UpdateNamedShadowRequest update = new UpdateNamedShadowRequest();
    update.thingName = THING;
    update.shadowName = "audited";
    update.state = state(null, Map.of("a", 1));
    done(shadow.updateNamedShadow(update));
    AdminClient admin =
        new AdminClient(
            URI.create("http://127.0.0.1:" + house.gateway.port("http")), "local", "test", "test");

    AdminClient.Answer answer =
        admin.send(
            "GET", "/things/sdk-lamp/shadow", Map.of("name", "audited", "history", "true"), "");

    assertThat(answer.status()).isEqualTo(200);
    var change = json(answer.body()).at("/versions/0");
    assertThat(change.get("principal").asText()).isEqualTo(identity.certificateId());
    assertThat(change.get("clientId").asText()).isEqualTo(THING);
    assertThat(change.get("source").asText()).isEqualTo("mqtt");
    assertThat(change.get("sourceIp").asText()).isEqualTo("127.0.0.1");
  }

  /** Row 27 of the reference: over MQTT the topics decide, over HTTP the shadow's own actions. */
  @Test
  void row27WithoutTheShadowActionsMqttWorksAndHttpIsForbidden() throws Exception {
    String name = "row27";
    UpdateNamedShadowRequest update = new UpdateNamedShadowRequest();
    update.thingName = THING;
    update.shadowName = name;
    update.state = state(null, Map.of("n", 1));
    assertThat(done(shadow.updateNamedShadow(update)).version).isEqualTo(1);
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(identity.keyStore("x".toCharArray()), "x".toCharArray());
    KeyManager[] managers = keys.getKeyManagers();
    TrustManager[] trust = {
      GatewayCertificates.trust(List.of(house.gateway.certificates().authority().certificate()))
    };
    try (IotDataPlaneClient data =
        IotDataPlaneClient.builder()
            .endpointOverride(URI.create("https://127.0.0.1:" + house.gateway.port("https")))
            .region(Region.of("local"))
            .credentialsProvider(AnonymousCredentialsProvider.create())
            .httpClientBuilder(
                UrlConnectionHttpClient.builder()
                    .tlsKeyManagersProvider(() -> managers)
                    .tlsTrustManagersProvider(() -> trust))
            .build()) {
      SdkBytes payload = SdkBytes.fromUtf8String("{\"state\":{\"reported\":{\"n\":2}}}");
      assertThatThrownBy(
              () ->
                  data.updateThingShadow(r -> r.thingName(THING).shadowName(name).payload(payload)))
          .isInstanceOf(ForbiddenException.class);
      assertThatThrownBy(() -> data.getThingShadow(r -> r.thingName(THING).shadowName(name)))
          .isInstanceOf(ForbiddenException.class);
      assertThatThrownBy(() -> data.deleteThingShadow(r -> r.thingName(THING).shadowName(name)))
          .isInstanceOf(ForbiddenException.class);
      assertThatThrownBy(() -> data.listNamedShadowsForThing(r -> r.thingName(THING)))
          .isInstanceOf(ForbiddenException.class);
    }
    assertThat(house.get(THING, name).at("/state/reported/n").asInt()).isEqualTo(1);
  }
}
