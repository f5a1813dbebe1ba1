package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that come and go as fast as they can: nothing is left of them. */
class ComingAndGoingTest {
  private static final int TIMES = 2_000;
  private static final int AT_ONCE = 4;

  @TempDir static Path folder;
  private static TestGateway gateway;

  @BeforeAll
  static void start() {
    gateway = new TestGateway(folder.resolve("data"));
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  /** Files and sockets of this process; 0 where the machine does not tell. */
  private static int openFiles() {
    String[] files = new File("/proc/self/fd").list();
    return files == null ? 0 : files.length;
  }

  /**
   * One identifier, by four at a time, without waiting for one another. Each is let in, or told
   * that another came later; then it goes without a word, or stays to be taken over.
   */
  @ParameterizedTest
  @CsvSource({"4, 0", "5, 0", "5, 100"})
  void aStormOfTakeoversLeavesOneConnection(int version, int expirySeconds) {
    int filesBefore = openFiles();
    List<CompletableFuture<Integer>> storms = new ArrayList<>();
    for (int t = 0; t < AT_ONCE; t++) {
      storms.add(CompletableFuture.supplyAsync(() -> storm(version, expirySeconds)));
    }
    int letIn = storms.stream().mapToInt(CompletableFuture::join).sum();
    assertThat(letIn).isPositive();
    try (RawClient last = RawClient.connected(gateway.port, 5, "wanted")) {
      await().until(() -> gateway.counters.connectionsOpen.sum() == 1);
      assertThat(gateway.counters.sessionsOpen.sum()).isEqualTo(1);
      assertThat(gateway.server().connections()).isEqualTo(1);
      assertThat(gateway.sessions.census().join().sessions()).isZero(); // clean start
      last.send(Say.ping().bytes(5));
      assertThat(last.read().type()).isEqualTo(Heard.PINGRESP);
    }
    await().until(() -> gateway.counters.connectionsOpen.sum() == 0);
    assertThat(openFiles()).isLessThan(filesBefore + 50);
  }

  private static int storm(int version, int expirySeconds) {
    int letIn = 0;
    RawClient[] some = new RawClient[8]; // these stay a while
    for (int n = 0; n < TIMES / AT_ONCE; n++) {
      RawClient client = new RawClient(gateway.port);
      client.send(
          RawClient.connect(
              version,
              n % 3 == 0 ? 0x02 : 0,
              60,
              expirySeconds == 0 ? "" : "11 %08X".formatted(expirySeconds),
              RawClient.text("wanted")));
      RawClient.Packet connack = client.read();
      if (connack != null && connack.body()[1] == 0) {
        letIn++;
      }
      RawClient before = some[n % some.length];
      if (before != null) {
        before.close();
      }
      some[n % some.length] = client;
    }
    for (RawClient client : some) {
      client.close();
    }
    return letIn;
  }

  @ParameterizedTest
  @ValueSource(strings = {"connect and close", "connect and disconnect", "close at once"})
  void aLoopOfConnectionsLeavesNothing(String what) {
    int filesBefore = openFiles();
    for (int n = 0; n < TIMES; n++) {
      try (RawClient client = new RawClient(gateway.port)) {
        if (!what.startsWith("close")) {
          client.send(RawClient.connect(n % 2 == 0 ? 4 : 5, "loop-" + n % 10));
          if (n % 3 > 0) {
            client.read();
          }
          if (what.endsWith("disconnect")) {
            client.send("E0 00");
          }
        }
      }
    }
    await().until(() -> gateway.counters.connectionsOpen.sum() == 0);
    await().until(() -> gateway.counters.sessionsOpen.sum() == 0);
    assertThat(gateway.server().connections()).isZero();
    assertThat(openFiles()).isLessThan(filesBefore + 50);
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void whoClosesItsHalfIsGone(int version) { // [MQTT-3.1.2-8]
    try (Dialog witness = new Dialog(new RawClient(gateway.port), 5);
        RawClient half = new RawClient(gateway.port)) {
      witness.enter(Say.connect("witness"));
      witness.subscribe(1, "half/gone", 1);
      half.send(Say.connect("half").will(1, false, "half/gone", "gone").bytes(version));
      assertThat(half.read().first()).isEqualTo(0x20);
      half.sendNoMore();

      assertThat(witness.hear(Heard.PUBLISH).text()).isEqualTo("gone");
      assertThat(half.ends()).isTrue();
    }
  }

  /** A peer that is gone without a FIN: it neither reads nor speaks, but its socket stands. */
  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void aHalfOpenConnectionEndsWithItsKeepAliveWhateverItIsSent(int version) {
    try (Dialog publisher = new Dialog(new RawClient(gateway.port), 5);
        Dialog gone = new Dialog(new RawClient(gateway.port), version)) {
      publisher.enter(Say.connect("publisher"));
      gone.enter(Say.connect("gone").keepAlive(1));
      gone.subscribe(1, "gone/#", 0);
      long before = gateway.counters.closedByReason().getOrDefault("keep_alive_timeout", 0L);
      await()
          .until(
              () -> {
                publisher.say(Say.publish("gone/a", new byte[10_000]));
                publisher.hearNothing();
                return gateway.counters.closedByReason().getOrDefault("keep_alive_timeout", 0L)
                    > before;
              });
    }
  }

  /** What a client calls itself is a name, whatever it looks like. */
  @Test
  void clientIdentifiersAreNamesAndNotPatterns() {
    String[] ids = {"a", "a/", "a/b", "#", "+", "a/#", "$share/g/a", "../a", "*", "%", "a b", "é"};
    List<Dialog> clients = new ArrayList<>();
    for (String id : ids) {
      Dialog client = new Dialog(new RawClient(gateway.port), 5);
      client.enter(
          Say.connect(id).resuming().user(id).with(Property.number(Property.SESSION_EXPIRY, 100)));
      client.subscribe(1, "names/" + clients.size(), 1);
      clients.add(client);
    }
    clients.forEach(Dialog::close);
    await().until(() -> gateway.counters.sessionsOpen.sum() == 0);
    try (Dialog publisher = new Dialog(new RawClient(gateway.port), 5)) {
      publisher.enter(Say.connect("publisher"));
      for (int i = 0; i < ids.length; i++) {
        publisher.say(Say.publish("names/" + i, ids[i]).qos(1, 1));
        publisher.hear(Heard.PUBACK, 1, 0);
      }
    }
    for (int i = 0; i < ids.length; i++) { // one ends with all it has, and the others are as before
      try (Dialog client = new Dialog(new RawClient(gateway.port), 5)) {
        assertThat(client.enter(Say.connect(ids[i]).resuming()).sessionPresent()).isTrue();
        assertThat(client.hear(Heard.PUBLISH).text()).isEqualTo(ids[i]);
        client.hearNothing();
        client.say(Say.disconnect());
        client.isClosed();
      }
    }
    await().until(() -> gateway.sessions.census().join().sessions() == 0);
  }
}
