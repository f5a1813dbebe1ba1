package io.sluice.transport;

import static io.sluice.transport.RawClient.connect;
import static io.sluice.transport.RawClient.connected;
import static io.sluice.transport.RawClient.hex;
import static io.sluice.transport.RawClient.publish;
import static io.sluice.transport.RawClient.subscribe;
import static io.sluice.transport.RawClient.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.message.Origin;
import io.sluice.message.Publication;
import io.sluice.message.PublishProperties;
import io.sluice.message.QoS;
import io.sluice.message.TopicName;
import io.sluice.message.UserProperty;
import io.sluice.session.ClientState;
import io.sluice.session.Clients;
import io.sluice.session.ConnectionFacts;
import io.sluice.session.DirectMessage.Outcome;
import io.sluice.session.Sessions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What operators see of clients and do to them, on real sockets. Source: AWS IoT API Reference,
 * "GetConnection", "ListSubscriptions", "DeleteConnection" and "SendDirectMessage".
 */
class ClientsTest {
  private static final Duration LONG = Duration.ofSeconds(5);
  private static final String EXPIRY_600 = "11 00000258";

  @TempDir Path folder;
  private TestGateway gateway;
  private Clients clients;

  @BeforeEach
  void start() {
    gateway = new TestGateway(folder.resolve("data"));
    clients = gateway.sessions.clients();
  }

  @AfterEach
  void stop() {
    gateway.close();
  }

  private RawClient client(int flags, String properties, byte[]... payload) {
    RawClient client = new RawClient(gateway.port);
    assertThat(client.send(connect(5, flags, 60, properties, payload)).read().first())
        .isEqualTo(0x20);
    return client;
  }

  private CompletableFuture<Outcome> send(String clientId, String payload, boolean confirmed) {
    return clients.send(clientId, message("direct/x", payload, confirmed), LONG);
  }

  private static Publication message(String topic, String payload, boolean confirmed) {
    return new Publication(
        TopicName.of(topic),
        payload.getBytes(UTF_8),
        confirmed ? QoS.AT_LEAST_ONCE : QoS.AT_MOST_ONCE,
        false,
        new PublishProperties(
            null, null, "text/plain", null, null, List.of(new UserProperty("k", "v"))),
        Origin.GATEWAY,
        1);
  }

  private static byte[] puback(RawClient.Packet publish, int reason) {
    int at = 2 + publish.number(0);
    byte[] id = {publish.body()[at], publish.body()[at + 1]};
    return reason == 0
        ? RawClient.packet(0x40, id)
        : RawClient.packet(0x40, id, new byte[] {(byte) reason, 0});
  }

  // ---- state

  @Test
  void aClientThatIsThereIsShownWithItsSocketKeepAliveAndSession() {
    long before = System.currentTimeMillis();
    try (RawClient pump = client(0x02, EXPIRY_600, text("pump"))) {
      ClientState state = clients.state("pump").join().orElseThrow();
      assertThat(state.connected()).isTrue();
      assertThat(state.persistent()).isTrue();
      assertThat(state.expirySeconds()).isEqualTo(600);
      assertThat(state.departure()).isNull();
      ConnectionFacts facts = state.connection();
      assertThat(facts.keepAliveSeconds()).isEqualTo(60);
      assertThat(facts.sinceMillis()).isBetween(before, System.currentTimeMillis());
      assertThat(facts.source().getAddress().isLoopbackAddress()).isTrue();
      assertThat(facts.target().getPort()).isEqualTo(gateway.port);
      pump.send("E0 00");
    }
  }

  @Test
  void aClientThatLeftIsRememberedWithItsReason() {
    try (RawClient pump = connected(gateway.port, 5, "pump")) {
      pump.send("E0 00");
      assertThat(pump.read()).isNull();
    }
    ClientState state = clients.state("pump").join().orElseThrow();
    assertThat(state.connected()).isFalse();
    assertThat(state.persistent()).isFalse();
    assertThat(state.departure().reason()).isEqualTo("CLIENT_INITIATED_DISCONNECT");
  }

  @Test
  void aClientThatWasNeverHereIsUnknown() {
    assertThat(clients.state("nobody").join()).isEmpty();
    assertThat(clients.subscriptions("nobody").join()).isEmpty();
    assertThat(clients.end("nobody", true, true).join()).isFalse();
    assertThat(send("nobody", "x", true).join()).isEqualTo(Outcome.NOT_CONNECTED);
  }

  @Test
  void afterATakeoverTheClientIsConnected() {
    try (RawClient first = connected(gateway.port, 5, "pump");
        RawClient second = connected(gateway.port, 5, "pump")) {
      assertThat(first.read().disconnectCode()).isEqualTo("8E");
      assertThat(clients.state("pump").join().orElseThrow().connected()).isTrue();
      second.send("E0 00");
      assertThat(second.read()).isNull();
      assertThat(clients.state("pump").join().orElseThrow().departure().reason())
          .isEqualTo("CLIENT_INITIATED_DISCONNECT");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", EXPIRY_600})
  void subscriptionsAreListedInOrderWhetherTheSessionIsPersistentOrNot(String expiry) {
    try (RawClient pump = client(0x02, expiry, text("pump"))) {
      pump.send(subscribe(5, 1, "b/#", 1)).read();
      pump.send(subscribe(5, 2, "a/+", 0)).read();
      pump.send(subscribe(5, 3, "$share/g/c", 1)).read();
      assertThat(subscriptions()).contains(List.of("$share/g/c 1", "a/+ 0", "b/# 1"));
    }
  }

  private Optional<List<String>> subscriptions() {
    return clients
        .subscriptions("pump")
        .join()
        .map(all -> all.stream().map(ClientsTest::shown).toList());
  }

  private static String shown(Sessions.Wanted want) {
    return want.filter() + " " + want.options().qos().value();
  }

  @Test
  void subscriptionsOfAPersistentSessionAreListedWhileItIsOffline() {
    try (RawClient pump = client(0x02, EXPIRY_600, text("pump"))) {
      pump.send(subscribe(5, 1, "a", 1)).read();
      pump.send("E0 00");
      assertThat(pump.read()).isNull();
    }
    assertThat(subscriptions()).contains(List.of("a 1"));
    ClientState state = clients.state("pump").join().orElseThrow();
    assertThat(state.persistent()).isTrue();
    assertThat(state.expirySeconds()).isEqualTo(600);
  }

  // ---- its end

  @ParameterizedTest
  @CsvSource({"4", "5"})
  void anOperatorEndsAConnectionAndAnMqtt5ClientIsToldSo(int version) {
    try (RawClient pump = connected(gateway.port, version, "pump")) {
      assertThat(clients.end("pump", false, false).join()).isTrue();
      if (version == 5) {
        assertThat(pump.read().disconnectCode()).isEqualTo("98");
      }
      assertThat(pump.read()).isNull();
      assertThat(clients.state("pump").join().orElseThrow().departure().reason())
          .isEqualTo("API_INITIATED_DISCONNECT");
    }
  }

  @ParameterizedTest
  @CsvSource({"false, 01", "true, 00"})
  void theSessionStaysOrEndsAsAsked(boolean cleanSession, String present) {
    try (RawClient pump = client(0x02, EXPIRY_600, text("pump"))) {
      pump.send(subscribe(5, 1, "a", 1)).read();
      assertThat(clients.end("pump", cleanSession, false).join()).isTrue();
    }
    try (RawClient again = new RawClient(gateway.port)) {
      RawClient.Packet connack = again.send(connect(5, 0, 60, EXPIRY_600, text("pump"))).read();
      assertThat("%02X".formatted(connack.body()[0])).isEqualTo(present);
    }
  }

  @ParameterizedTest
  @CsvSource({"false, last words", "true, after"})
  void theWillIsPublishedUnlessThatIsPrevented(boolean prevent, String heard) {
    try (RawClient watcher = connected(gateway.port, 4, "watcher");
        RawClient pump =
            client(0x06, "", text("pump"), new byte[1], text("gone"), text("last words"))) {
      watcher.send(subscribe(4, 1, "gone", 0)).read();
      assertThat(clients.end("pump", false, prevent).join()).isTrue();
      assertThat(pump.read().disconnectCode()).isEqualTo("98");
      if (prevent) {
        watcher.send(publish(4, 0, "gone", 0, "after".getBytes(UTF_8)));
      }
      assertThat(watcher.readPublish()).isEqualTo(heard);
    }
  }

  @Test
  void aPersistentSessionThatIsOfflineCanBeEnded() {
    try (RawClient pump = client(0x02, EXPIRY_600, text("pump"))) {
      pump.send("E0 00");
      assertThat(pump.read()).isNull();
    }
    assertThat(clients.end("pump", false, false).join()).isTrue();
    assertThat(subscriptions()).isPresent();
    assertThat(clients.end("pump", true, false).join()).isTrue();
    assertThat(subscriptions()).isEmpty();
    assertThat(clients.end("pump", true, false).join()).isFalse();
  }

  // ---- messages for it alone

  @ParameterizedTest
  @CsvSource({"4", "5"})
  void aDirectMessageReachesAClientThatHasSubscribedToNothing(int version) {
    try (RawClient pump = connected(gateway.port, version, "pump")) {
      assertThat(send("pump", "go", false).join()).isEqualTo(Outcome.DELIVERED);
      RawClient.Packet publish = pump.read();
      assertThat(publish.first()).isEqualTo(0x30);
      assertThat(new String(publish.body(), UTF_8)).contains("direct/x").endsWith("go");
      assertThat(new String(publish.body(), UTF_8).contains("text/plain"))
          .isEqualTo(version == 5); // 3.1.1 has no properties
    }
  }

  @Test
  void aConfirmedMessageIsDeliveredWhenTheClientHasAcknowledged() {
    try (RawClient pump = connected(gateway.port, 5, "pump")) {
      CompletableFuture<Outcome> outcome = send("pump", "go", true);
      RawClient.Packet publish = pump.read();
      assertThat(publish.first()).isEqualTo(0x32);
      assertThat(outcome).isNotDone();
      pump.send(puback(publish, 0));
      assertThat(outcome.join()).isEqualTo(Outcome.DELIVERED);
    }
  }

  @Test
  void aClientMayRefuseAMessageInItsPuback() {
    try (RawClient pump = connected(gateway.port, 5, "pump")) {
      CompletableFuture<Outcome> outcome = send("pump", "go", true);
      pump.send(puback(pump.read(), 0x83));
      assertThat(outcome.join()).isEqualTo(Outcome.REFUSED);
    }
  }

  @Test
  void aMessageThatIsNotAcknowledgedInTimeIsNotConfirmed() {
    try (RawClient pump = connected(gateway.port, 5, "pump")) {
      assertThat(
              clients.send("pump", message("direct/x", "go", true), Duration.ofMillis(50)).join())
          .isEqualTo(Outcome.UNCONFIRMED);
      RawClient.Packet publish = pump.read();
      pump.send(puback(publish, 0), hex("C0 00")); // late, and in order all the same
      assertThat(pump.read().hex()).isEqualTo("D0 ");
    }
  }

  @Test
  void aConnectionThatEndsConfirmsNothing() {
    CompletableFuture<Outcome> outcome;
    try (RawClient pump = connected(gateway.port, 5, "pump")) {
      outcome = send("pump", "go", true);
      pump.read();
    }
    assertThat(outcome.join()).isEqualTo(Outcome.NOT_CONNECTED);
  }

  @Test
  void nobodyGetsADirectMessageThatItMayNotReceive() {
    gateway.door.forbidden.add("receive direct/x");
    try (RawClient pump = connected(gateway.port, 5, "pump")) {
      assertThat(send("pump", "go", true).join()).isEqualTo(Outcome.NOT_PERMITTED);
      assertThat(send("pump", "go", false).join()).isEqualTo(Outcome.NOT_PERMITTED);
      assertThat(pump.send("C0 00").read().hex()).isEqualTo("D0 ");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aMessageLargerThanTheClientTakesIsRefused(boolean confirmed) {
    try (RawClient pump = client(0x02, "27 00000040", text("pump"))) {
      assertThat(send("pump", "x".repeat(64), confirmed).join()).isEqualTo(Outcome.TOO_LARGE);
      assertThat(pump.send("C0 00").read().hex()).isEqualTo("D0 ");
    }
  }

  @Test
  void noSubscriberAndNoRetainedStoreSeesADirectMessage() {
    try (RawClient other = connected(gateway.port, 4, "other");
        RawClient pump = connected(gateway.port, 5, "pump")) {
      other.send(subscribe(4, 1, "#", 1)).read();
      assertThat(send("pump", "go", false).join()).isEqualTo(Outcome.DELIVERED);
      pump.read();
      assertThat(other.send("C0 00").read().hex()).isEqualTo("D0 ");
    }
  }

  /** [MQTT-3.3.4-9] */
  @Test
  void inboxAndDirectMessagesTogetherStayWithinTheReceiveMaximum() {
    try (RawClient publisher = connected(gateway.port, 4, "publisher");
        RawClient pump = client(0x02, EXPIRY_600 + " 21 0001", text("pump"))) {
      pump.send(subscribe(5, 1, "a", 1)).read();
      CompletableFuture<Outcome> first = send("pump", "first", true);
      RawClient.Packet direct = pump.read();
      publisher.send(publish(4, 2, "a", 7, "inbox".getBytes(UTF_8)));
      assertThat(publisher.read().hex()).isEqualTo("40 0007");
      CompletableFuture<Outcome> second = send("pump", "second", true);
      assertThat(pump.send("C0 00").read().hex()).isEqualTo("D0 "); // nothing beside the first
      pump.send(puback(direct, 0));
      assertThat(first.join()).isEqualTo(Outcome.DELIVERED);
      List<String> heard = new ArrayList<>();
      for (int n = 0; n < 2; n++) { // in either order, one at a time
        RawClient.Packet next = pump.read();
        heard.add(new String(next.body(), UTF_8));
        assertThat(pump.send("C0 00").read().hex()).isEqualTo("D0 ");
        pump.send(puback(next, 0));
      }
      assertThat(heard).hasSize(2).anyMatch(h -> h.endsWith("second"));
      assertThat(heard).anyMatch(h -> h.endsWith("inbox"));
      assertThat(second.join()).isEqualTo(Outcome.DELIVERED);
    }
  }

  @Test
  void aMessageNobodyWaitsForAnyMoreIsNotSent() {
    try (RawClient pump = client(0x02, EXPIRY_600 + " 21 0001", text("pump"))) {
      CompletableFuture<Outcome> first = send("pump", "first", true);
      RawClient.Packet direct = pump.read();
      assertThat(
              clients.send("pump", message("direct/x", "late", true), Duration.ofMillis(50)).join())
          .isEqualTo(Outcome.UNCONFIRMED);
      pump.send(puback(direct, 0), hex("C0 00"));
      assertThat(pump.read().hex()).isEqualTo("D0 ");
      assertThat(first.join()).isEqualTo(Outcome.DELIVERED);
    }
  }

  @Test
  void directMessagesAndAnInboxUseDifferentPacketIdentifiers() {
    try (RawClient publisher = connected(gateway.port, 4, "publisher");
        RawClient pump = client(0x02, EXPIRY_600, text("pump"))) {
      pump.send(subscribe(5, 1, "a", 1)).read();
      send("pump", "direct", true);
      RawClient.Packet direct = pump.read();
      publisher.send(publish(4, 2, "a", 7, "inbox".getBytes(UTF_8))).read();
      RawClient.Packet inbox = pump.read();
      assertThat(inbox.number(2 + inbox.number(0)))
          .isNotEqualTo(direct.number(2 + direct.number(0)));
      pump.send(puback(inbox, 0), puback(direct, 0), hex("C0 00"));
      assertThat(pump.read().hex()).isEqualTo("D0 ");
    }
  }
}
