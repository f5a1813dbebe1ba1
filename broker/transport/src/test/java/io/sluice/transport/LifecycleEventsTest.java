package io.sluice.transport;

import static io.sluice.transport.RawClient.connect;
import static io.sluice.transport.RawClient.connected;
import static io.sluice.transport.RawClient.hex;
import static io.sluice.transport.RawClient.packet;
import static io.sluice.transport.RawClient.publish;
import static io.sluice.transport.RawClient.subscribe;
import static io.sluice.transport.RawClient.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.session.SessionLimits;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What {@code $aws/events/} says of clients. Source: AWS IoT Developer Guide, "Lifecycle events".
 */
class LifecycleEventsTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;
  private TestGateway gateway;
  private RawClient watcher;

  @BeforeEach
  void start() {
    gateway = new TestGateway(folder.resolve("data"));
    watcher = connected(gateway.port, 4, "watcher");
  }

  @AfterEach
  void stop() {
    watcher.close();
    gateway.close();
  }

  private void watch(String filter) {
    assertThat(watcher.send(subscribe(4, 1, filter, 0)).read().hex()).isEqualTo("90 000100");
  }

  /** The next event that the watcher gets, its topic under "topic". */
  private static JsonNode event(RawClient reader) {
    RawClient.Packet packet = reader.read();
    assertThat(packet.type()).isEqualTo(3);
    int length = packet.number(0);
    int payload = 2 + length + ((packet.first() & 6) != 0 ? 2 : 0);
    try {
      JsonNode body = JSON.readTree(packet.body(), payload, packet.body().length - payload);
      return ((com.fasterxml.jackson.databind.node.ObjectNode) body)
          .put("topic", new String(packet.body(), 2, length, UTF_8));
    } catch (JsonProcessingException no) {
      throw new AssertionError(no);
    } catch (java.io.IOException no) {
      throw new AssertionError(no);
    }
  }

  @Test
  void aClientThatComesAndGoesIsToldInBothEventsOfItsConnection() {
    watch("$aws/events/presence/#");
    long before = System.currentTimeMillis();
    try (RawClient client = connected(gateway.port, 5, "pump-1")) {
      client.send("E0 00");
      assertThat(client.read()).isNull();
    }
    JsonNode connected = event(watcher);
    JsonNode disconnected = event(watcher);

    assertThat(connected.get("topic").asText()).isEqualTo("$aws/events/presence/connected/pump-1");
    assertThat(fields(connected))
        .containsExactly(
            "clientId",
            "timestamp",
            "eventType",
            "sessionIdentifier",
            "principalIdentifier",
            "ipAddress",
            "versionNumber",
            "topic");
    assertThat(connected.get("clientId").asText()).isEqualTo("pump-1");
    assertThat(connected.get("eventType").asText()).isEqualTo("connected");
    assertThat(connected.get("timestamp").asLong()).isBetween(before, before + 60_000);
    assertThat(connected.get("principalIdentifier").asText()).isEqualTo("test");
    assertThat(connected.get("ipAddress").asText()).isEqualTo("127.0.0.1");
    assertThat(connected.get("versionNumber").asInt()).isZero();

    assertThat(disconnected.get("topic").asText())
        .isEqualTo("$aws/events/presence/disconnected/pump-1");
    assertThat(fields(disconnected))
        .containsExactly(
            "clientId",
            "timestamp",
            "eventType",
            "sessionIdentifier",
            "principalIdentifier",
            "clientInitiatedDisconnect",
            "disconnectReason",
            "versionNumber",
            "topic");
    assertThat(disconnected.get("sessionIdentifier")).isEqualTo(connected.get("sessionIdentifier"));
    assertThat(disconnected.get("versionNumber")).isEqualTo(connected.get("versionNumber"));
    assertThat(disconnected.get("clientInitiatedDisconnect").asBoolean()).isTrue();
  }

  private static List<String> fields(JsonNode event) {
    return event.properties().stream().map(java.util.Map.Entry::getKey).toList();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "CLIENT_INITIATED_DISCONNECT, true, E000",
    "CLIENT_ERROR, false, C100",
    "CLIENT_ERROR, false, 300400012B78",
    "CONNECTION_LOST, false, ''",
    "FORBIDDEN_ACCESS, false, 3009 0006 736563726574 78"
  })
  void theReasonOfADisconnectIsNamed(String reason, boolean byClient, String packet) {
    gateway.door.forbidden.add("publish secret");
    watch("$aws/events/presence/disconnected/+");
    RawClient client = connected(gateway.port, 4, "leaver");
    client.send(hex(packet));
    if (!packet.isEmpty()) {
      assertThat(client.read()).isNull();
    }
    client.close();

    JsonNode event = event(watcher);
    assertThat(event.get("disconnectReason").asText()).isEqualTo(reason);
    assertThat(event.get("clientInitiatedDisconnect").asBoolean()).isEqualTo(byClient);
  }

  @ParameterizedTest
  @CsvSource({"true, CUSTOMAUTH_TTL_EXPIRATION", "false, WEBSOCKET_TTL_EXPIRATION"})
  void theEndOfALifetimeIsNamedByWhoHasSetIt(boolean byAuthorizer, String reason) {
    watch("$aws/events/presence/disconnected/+");
    gateway.door.endsMillis = System.currentTimeMillis() + 1_000;
    gateway.door.endsByAuthorizer = byAuthorizer;
    try (RawClient mayfly = connected(gateway.port, 4, "mayfly")) {
      assertThat(mayfly.read()).as("the end of its connection").isNull();
      JsonNode event = event(watcher);
      assertThat(event.get("disconnectReason").asText()).isEqualTo(reason);
      assertThat(event.get("clientInitiatedDisconnect").asBoolean()).isFalse();
    }
  }

  @Test
  void aTakeoverAndASilenceAreNamedAndVersionsGrow() {
    watch("$aws/events/presence/disconnected/+");
    RawClient first = connected(gateway.port, 5, "twice");
    try (RawClient second = new RawClient(gateway.port)) {
      second.send(connect(5, 0x02, 1, "", text("twice"))).read();
      JsonNode takenOver = event(watcher);
      JsonNode silent = event(watcher);

      assertThat(takenOver.get("disconnectReason").asText()).isEqualTo("DUPLICATE_CLIENTID");
      assertThat(takenOver.get("versionNumber").asInt()).isZero();
      assertThat(silent.get("disconnectReason").asText()).isEqualTo("MQTT_KEEP_ALIVE_TIMEOUT");
      assertThat(silent.get("versionNumber").asInt()).isEqualTo(1);
    }
    first.close();
    connected(gateway.port, 5, "twice").close();
    assertThat(event(watcher).get("versionNumber").asInt()).as("also while offline").isEqualTo(2);
  }

  @Test
  void subscriptionsAreToldWithTheirTopics() {
    watch("$aws/events/subscriptions/#");
    try (RawClient client = connected(gateway.port, 5, "reader")) {
      client.send(
          packet(0x82, hex("0001 00"), text("a/+"), new byte[1], text("b/#/c"), new byte[1]));
      client.read();
      client.send(packet(0xA2, hex("0002 00"), text("a/+"), text("never")));
      client.read();
    }
    JsonNode own = event(watcher);
    JsonNode subscribed = event(watcher);
    JsonNode unsubscribed = event(watcher);

    assertThat(own.get("clientId").asText()).isEqualTo("watcher");
    assertThat(subscribed.get("topic").asText())
        .isEqualTo("$aws/events/subscriptions/subscribed/reader");
    assertThat(subscribed.get("topics").toString()).isEqualTo("[\"a/+\"]");
    assertThat(fields(subscribed))
        .containsExactly(
            "clientId",
            "timestamp",
            "eventType",
            "sessionIdentifier",
            "principalIdentifier",
            "topics",
            "topic");
    assertThat(unsubscribed.get("eventType").asText()).isEqualTo("unsubscribed");
    assertThat(unsubscribed.get("topics").toString()).isEqualTo("[\"a/+\"]");
  }

  @ParameterizedTest
  @ValueSource(strings = {"has+plus", "has#hash"})
  void aClientIdentifierThatWouldBeAPatternHasNoEvents(String clientId) {
    watch("$aws/events/#");
    event(watcher); // its own subscription
    connected(gateway.port, 4, clientId).close();
    connected(gateway.port, 4, "plain").close();

    assertThat(event(watcher).get("clientId").asText()).isEqualTo("plain");
  }

  @Test
  void nothingIsWrittenWhenOnlyOnlineSubscribersOrNobodyListens() {
    for (int i = 0; i < 20; i++) {
      connected(gateway.port, 4, "unheard-" + i).close();
    }
    watch("$aws/events/presence/connected/+");
    connected(gateway.port, 4, "heard").close();
    event(watcher);

    assertThat(gateway.dispatched.durable.sum()).isZero();
  }

  @Test
  void aPersistentSessionGetsEventsOnceWhetherItIsOnlineOrNot() {
    RawClient keeper = new RawClient(gateway.port);
    keeper.send(connect(4, 0x00, 60, "", text("keeper"))).read();
    keeper.send(subscribe(4, 1, "$aws/events/presence/connected/+", 1)).read();
    watch("$aws/events/presence/connected/+");

    connected(gateway.port, 4, "one").close();
    assertThat(event(watcher).get("clientId").asText()).isEqualTo("one");
    assertThat(event(keeper).get("clientId").asText()).isEqualTo("one");
    connected(gateway.port, 4, "two").close();
    assertThat(event(watcher).get("clientId").asText()).isEqualTo("two");
    RawClient.Packet two = keeper.read();
    assertThat(two.first() & 6).isEqualTo(2);
    keeper.close();
    await().until(() -> gateway.counters.sessionsOpen.sum() == 1);
    connected(gateway.port, 4, "three").close();
    assertThat(event(watcher).get("clientId").asText()).isEqualTo("three");
    assertThat(gateway.dispatched.durable.sum()).isEqualTo(3);

    try (RawClient again = new RawClient(gateway.port)) {
      again.send(connect(4, 0x00, 60, "", text("keeper"))).read();
      assertThat(List.of(id(again), id(again), id(again), id(again)))
          .containsExactly("one", "two", "three", "keeper");
    }
  }

  private static String id(RawClient reader) {
    return event(reader).get("clientId").asText();
  }

  @Test
  void eventsCanBeSwitchedOff() {
    try (TestGateway quiet =
            new TestGateway(
                folder.resolve("quiet"),
                TransportLimits.STANDARD.withLifecycleEvents(false),
                SessionLimits.STANDARD);
        RawClient reader = connected(quiet.port, 4, "reader")) {
      reader.send(subscribe(4, 1, "$aws/events/#", 0), publish(4, 0, "t", 0, new byte[1])).read();
      connected(quiet.port, 4, "unseen").close();
      reader.send("C0 00");

      assertThat(reader.read().type()).isEqualTo(13);
    }
  }
}
