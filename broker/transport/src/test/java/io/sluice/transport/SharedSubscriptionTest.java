package io.sluice.transport;

import static io.sluice.transport.RawClient.connect;
import static io.sluice.transport.RawClient.connected;
import static io.sluice.transport.RawClient.publish;
import static io.sluice.transport.RawClient.subscribe;
import static io.sluice.transport.RawClient.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code $share/{ShareName}/{filter}}: section 4.8.2; and {@code $exclusive/{filter}}. */
class SharedSubscriptionTest {
  private static final String EXPIRY_60_S = "11 0000003C";
  private static final int QOS1 = 2;

  @TempDir Path folder;
  private TestGateway gateway;

  @BeforeEach
  void start() {
    gateway = new TestGateway(folder.resolve("data"));
  }

  @AfterEach
  void stop() {
    gateway.close();
  }

  private RawClient member(String id, boolean persistent, String properties) {
    RawClient client = new RawClient(gateway.port);
    String expiry = persistent ? EXPIRY_60_S : "";
    client.send(connect(5, persistent ? 0 : 2, 60, expiry + properties, text(id)));
    assertThat(client.read().body()[1]).isZero();
    return client;
  }

  private RawClient joined(String id, boolean persistent, int qos) {
    RawClient client = member(id, persistent, "");
    RawClient.Packet suback = client.send(subscribe(5, 1, "$share/g/t/+", qos)).read();
    assertThat(suback.hex()).isEqualTo("90 0001000%d".formatted(qos));
    return client;
  }

  private static void publishes(RawClient publisher, int qos, int from, int to) {
    for (int i = from; i <= to; i++) {
      byte[] body = "%03d".formatted(i).getBytes(UTF_8);
      publisher.send(publish(5, qos << 1, "t/x", i, body));
      if (qos == 1) {
        assertThat(publisher.read().type()).isEqualTo(4);
      } else if (qos == 2) {
        assertThat(publisher.read().type()).isEqualTo(5);
        publisher.send(new byte[] {0x62, 2, (byte) (i >> 8), (byte) i});
        assertThat(publisher.read().type()).isEqualTo(7);
      }
    }
  }

  /** Reads until the answer to a PINGREQ; acknowledges QoS 1 if asked. */
  private static List<String> drain(RawClient client, boolean acknowledge) {
    List<String> bodies = new ArrayList<>();
    client.send("C000");
    for (RawClient.Packet packet = client.read(); packet.first() != 0xD0; packet = client.read()) {
      if (packet.type() == 3) {
        String all = new String(packet.body(), UTF_8);
        bodies.add(all.substring(all.length() - 3));
        if (acknowledge && (packet.first() & 6) == 2) {
          int id = packet.number(packet.number(0) + 2);
          client.send(new byte[] {0x40, 2, (byte) (id >> 8), (byte) id});
        }
      }
    }
    return bodies;
  }

  private static List<String> take(RawClient client, int count) {
    List<String> bodies = new ArrayList<>();
    await()
        .until(
            () -> {
              bodies.addAll(drain(client, true));
              return bodies.size() >= count;
            });
    return bodies;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void membersTakeTurns(int qos) { // [MQTT-4.8.2-1]
    try (RawClient one = joined("one", false, 1);
        RawClient two = joined("two", false, 1);
        RawClient publisher = connected(gateway.port, 5, "publisher")) {
      publishes(publisher, qos, 1, 40);
      List<String> first = take(one, 20);
      List<String> second = take(two, 20);

      assertThat(first).hasSize(20);
      assertThat(second).hasSize(20).doesNotContainAnyElementsOf(first);
    }
  }

  @Test
  void aGroupBesideASubscriptionOfTheSameClientGetsItsOwnCopy() {
    try (RawClient one = joined("one", false, 0);
        RawClient publisher = connected(gateway.port, 5, "publisher")) {
      one.send(subscribe(5, 2, "t/x", 0)).read();
      publishes(publisher, 1, 1, 1);
      assertThat(take(one, 2)).containsExactly("001", "001");
    }
  }

  @Test
  void aMemberWithRoomIsPreferred() {
    try (RawClient narrow = member("narrow", false, "21 0001");
        RawClient wide = joined("wide", false, 1);
        RawClient publisher = connected(gateway.port, 5, "publisher")) {
      narrow.send(subscribe(5, 1, "$share/g/t/+", 1)).read();
      publishes(publisher, 1, 1, 20);

      assertThat(drain(narrow, false)).as("its receive maximum is 1").hasSize(1);
      assertThat(take(wide, 19)).hasSize(19);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatALeavingMemberDidNotAcknowledgeGoesToAnother(boolean persistent) {
    try (RawClient stays = joined("stays", persistent, 1);
        RawClient publisher = connected(gateway.port, 5, "publisher")) {
      List<String> unacknowledged;
      try (RawClient leaves = joined("leaves", persistent, 1)) {
        publishes(publisher, 1, 1, 20);
        List<String> seen = new ArrayList<>();
        await()
            .until(
                () -> {
                  seen.addAll(drain(leaves, false));
                  return seen.size() >= 10;
                });
        unacknowledged = seen;
      }
      assertThat(take(stays, 20)).hasSize(20).containsAll(unacknowledged);
    }
  }

  @Test
  void aPersistentMemberKeepsMessagesWhileNobodyIsOnline() {
    joined("away", true, 1).close();
    await().until(() -> gateway.counters.sessionsOpen.sum() == 0);
    try (RawClient publisher = connected(gateway.port, 5, "publisher")) {
      publishes(publisher, 1, 1, 5);
    }
    gateway.close();
    start();
    try (RawClient back = member("away", true, "")) {
      assertThat(take(back, 5)).hasSize(5);
    }
  }

  @Test
  void whatWaitsForAMemberThatIsAwayComesToOneThatJoins() {
    joined("away", true, 1).close();
    await().until(() -> gateway.counters.sessionsOpen.sum() == 0);
    try (RawClient publisher = connected(gateway.port, 5, "publisher")) {
      publishes(publisher, 1, 1, 5);
      try (RawClient here = joined("here", false, 1)) {
        assertThat(take(here, 5)).hasSize(5);
      }
    }
  }

  @Test
  void whatAMemberThatIsNotPersistentGivesBackWaitsForThePersistentOne() {
    joined("away", true, 1).close();
    await().until(() -> gateway.counters.sessionsOpen.sum() == 0);
    try (RawClient publisher = connected(gateway.port, 5, "publisher")) {
      try (RawClient here = joined("here", false, 1)) {
        publishes(publisher, 1, 1, 5);
        List<String> seen = new ArrayList<>();
        await()
            .until(
                () -> {
                  seen.addAll(drain(here, false));
                  return seen.size() >= 5;
                });
      }
      try (RawClient back = member("away", true, "")) {
        assertThat(take(back, 5)).hasSize(5);
      }
    }
  }

  @Test
  void noLocalOnASharedSubscriptionIsAProtocolError() { // [MQTT-3.8.3-4]
    try (RawClient client = connected(gateway.port, 5, "client")) {
      client.send(subscribe(5, 1, "$share/g/t", 0x04));
      assertThat(client.read().disconnectCode()).isEqualTo("82");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"$share", "$share/", "$share/g", "$share/g/", "$share//t", "$share/+/t"})
  void aMalformedGroupIsRefused(String filter) { // [MQTT-4.8.2-1] [MQTT-4.8.2-2]
    try (RawClient client = connected(gateway.port, 5, "client")) {
      assertThat(client.send(subscribe(5, 1, filter, 0)).read().hex())
          .startsWith("90 0001")
          .endsWith("8f");
    }
  }

  @Test
  void retainedMessagesAreNotForGroups() {
    try (RawClient publisher = connected(gateway.port, 5, "publisher")) {
      publisher.send(publish(5, QOS1 | 1, "t/x", 1, "old".getBytes(UTF_8))).read();
      try (RawClient one = joined("one", false, 1)) {
        assertThat(drain(one, true)).isEmpty();
      }
    }
  }

  @Test
  void anExclusiveFilterIsForOneSessionAtATime() {
    try (RawClient publisher = connected(gateway.port, 5, "publisher");
        RawClient second = connected(gateway.port, 5, "second")) {
      try (RawClient first = connected(gateway.port, 5, "first")) {
        String filter = "$exclusive/t/x";
        assertThat(first.send(subscribe(5, 1, filter, 1)).read().hex()).isEqualTo("90 00010001");
        assertThat(second.send(subscribe(5, 1, filter, 1)).read().hex())
            .startsWith("90 0001")
            .endsWith("97");
        publishes(publisher, 1, 1, 1);
        assertThat(take(first, 1)).containsExactly("001");
      }
      await()
          .until(
              () ->
                  second
                      .send(subscribe(5, 2, "$exclusive/t/x", 1))
                      .read()
                      .hex()
                      .equals("90 00020001"));
    }
  }
}
