package io.sluice.transport;

import static io.sluice.transport.RawClient.connect;
import static io.sluice.transport.RawClient.connected;
import static io.sluice.transport.RawClient.hex;
import static io.sluice.transport.RawClient.join;
import static io.sluice.transport.RawClient.publish;
import static io.sluice.transport.RawClient.subscribe;
import static io.sluice.transport.RawClient.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Acknowledgements, their order and their bounds; readers that are slow; wills. */
class FlowTest {
  private static final byte[] X = "x".getBytes(UTF_8);

  @TempDir Path folder;
  private TestGateway gateway;

  @BeforeEach
  void start() {
    gateway =
        new TestGateway(
            folder.resolve("data"),
            TransportLimits.STANDARD
                .withReceiveMaximum(20)
                .withQueuedMax(30)
                .withOutboundBytesMax(64 << 10));
  }

  @AfterEach
  void stop() {
    gateway.close();
  }

  private static byte[] publishes(int version, int flags, String topic, int from, int to) {
    byte[][] packets = new byte[to - from + 1][];
    for (int id = from; id <= to; id++) {
      packets[id - from] = publish(version, flags, topic + id % 7, id, X);
    }
    return join(packets);
  }

  @Test
  void acknowledgementsComeInTheOrderOfThePublicationsInBothLanes() {
    try (RawClient client = connected(gateway.port, 5, "publisher")) {
      client.send(subscribe(5, 1, "transient/#", 0)).read();
      byte[][] packets = new byte[18][];
      for (int i = 0; i < packets.length; i++) { // retained ones wait for the disk
        packets[i] = publish(5, i % 3 == 0 ? 3 : 2, i % 3 == 0 ? "r/" + i : "nobody", i + 1, X);
      }
      client.send(join(packets));

      for (int i = 0; i < packets.length; i++) {
        RawClient.Packet puback = client.read();
        assertThat(puback.type()).isEqualTo(4);
        assertThat(puback.number(0)).isEqualTo(i + 1); // [MQTT-4.6.0-2]
        assertThat(puback.body()).hasSize(i % 3 == 0 ? 2 : 3); // nobody listens: 0x10
      }
    }
  }

  @Test
  void anMqtt5ClientThatPassesOurReceiveMaximumIsDisconnected() {
    try (RawClient client = connected(gateway.port, 5, "greedy")) {
      client.send(publishes(5, 3, "r/", 1, 40));

      RawClient.Packet packet = client.read();
      while (packet != null && packet.type() == 4) {
        packet = client.read();
      }
      assertThat(packet).isNotNull();
      assertThat(packet.disconnectCode()).isEqualTo("93"); // [MQTT-3.3.4-7]
    }
  }

  @Test
  void anOlderClientThatPublishesFasterThanTheDiskWaitsAndLosesNothing() {
    try (RawClient client = connected(gateway.port, 4, "greedy")) {
      client.send(publishes(4, 3, "r/", 1, 3000));

      for (int id = 1; id <= 3000; id++) {
        assertThat(client.read().number(0)).isEqualTo(id);
      }
    }
  }

  @Test
  void theClientsReceiveMaximumHoldsAndWhatWaitsFollowsItsAcknowledgements() {
    try (RawClient subscriber = new RawClient(gateway.port);
        RawClient publisher = connected(gateway.port, 4, "publisher")) {
      subscriber.send(connect(5, 0x02, 60, "21 0002", text("narrow"))).read();
      subscriber.send(subscribe(5, 1, "n/#", 1)).read();
      publisher.send(publishes(4, 2, "n/", 1, 10), hex("C0 00"));

      int first = publishId(subscriber.read());
      int second = publishId(subscriber.read());
      subscriber.send("C0 00");
      assertThat(subscriber.read().type()).isEqualTo(13); // and no third [MQTT-3.3.4-9]
      subscriber.send(puback(first), puback(second));
      for (int i = 0; i < 8; i++) {
        subscriber.send(puback(publishId(subscriber.read())));
      }
      assertThat(gateway.counters.droppedByReason()).isEmpty();
    }
  }

  private static int publishId(RawClient.Packet packet) {
    assertThat(packet.type()).isEqualTo(3);
    return packet.number(packet.number(0) + 2);
  }

  private static byte[] puback(int packetId) {
    return new byte[] {0x40, 2, (byte) (packetId >> 8), (byte) packetId};
  }

  @Test
  void aPersistentSessionsWindowOpensWithItsAcknowledgementsAndWhatWasNotComesAgain() {
    try (RawClient publisher = connected(gateway.port, 4, "publisher")) {
      RawClient subscriber = new RawClient(gateway.port);
      subscriber.send(connect(5, 0x02, 60, "11 0000000A 21 0003", text("kept"))).read();
      subscriber.send(subscribe(5, 1, "n/#", 1)).read();
      publisher.send(publishes(4, 2, "n/", 1, 9));
      int[] ids = {
        publishId(subscriber.read()), publishId(subscriber.read()), publishId(subscriber.read()),
      };
      subscriber.send(puback(ids[0]));
      assertThat(publishId(subscriber.read())).isEqualTo(ids[2] + 1);
      subscriber.close();
      await().until(() -> gateway.counters.sessionsOpen.sum() == 1);

      try (RawClient again = new RawClient(gateway.port)) {
        again.send(connect(5, 0x00, 60, "11 0000000A 21 0014", text("kept")));
        assertThat(again.read().body()[0]).isEqualTo((byte) 1); // session present
        for (int i = 0; i < 8; i++) {
          RawClient.Packet packet = again.read();
          assertThat(publishId(packet)).isEqualTo(ids[1] + i); // [MQTT-4.4.0-1]
          assertThat((packet.first() & 8) != 0).as("DUP").isEqualTo(i < 3); // [MQTT-3.3.1-1]
          again.send(puback(ids[1] + i));
        }
      }
      await().until(() -> gateway.sessions.counters().inboxAcknowledged.sum() == 9);
    }
  }

  @Test
  void aPacketLargerThanTheClientTakesIsDroppedForItAlone() {
    try (RawClient small = new RawClient(gateway.port);
        RawClient large = connected(gateway.port, 5, "large")) {
      small.send(connect(5, 0x02, 60, "27 00000028", text("small"))).read();
      small.send(subscribe(5, 1, "big", 1)).read();
      large.send(subscribe(5, 1, "big", 0)).read();
      large.send(publish(5, 0, "big", 0, new byte[100]), publish(5, 0, "big", 0, X));

      assertThat(small.readPublish()).endsWith("x"); // [MQTT-3.1.2-24]
      assertThat(large.read().body()).hasSizeGreaterThan(100);
      assertThat(gateway.counters.droppedByReason()).containsEntry("packet_too_large", 1L);
      small.send("36 00");
      assertThat(small.read().body()).hasSize(2); // its reason string did not fit [MQTT-3.14.2-3]
    }
  }

  @Test
  void aReaderThatDoesNotReadLosesQos0AndSlowsNobody() {
    try (RawClient stalled = connected(gateway.port, 5, "stalled");
        RawClient reader = connected(gateway.port, 5, "reader");
        RawClient publisher = connected(gateway.port, 5, "publisher")) {
      stalled.send(subscribe(5, 1, "flood", 0)).read();
      reader.send(subscribe(5, 1, "end", 0)).read();
      byte[] payload = new byte[32 << 10];
      for (int i = 0; i < 1000; i++) { // 32 MB: more than all buffers between the two
        publisher.send(publish(5, 0, "flood", 0, payload));
      }
      publisher.send(publish(5, 0, "end", 0, X));

      assertThat(reader.readPublish()).endsWith("x");
      assertThat(gateway.counters.droppedByReason().get("slow_socket")).isGreaterThan(100);
    }
  }

  @Test
  void aReaderThatDoesNotAcknowledgeCostsABoundedQueue() {
    try (RawClient stalled = new RawClient(gateway.port);
        RawClient publisher = connected(gateway.port, 4, "publisher")) {
      stalled.send(connect(5, 0x02, 60, "21 0005", text("stalled"))).read();
      stalled.send(subscribe(5, 1, "n/#", 1)).read();
      publisher.send(publishes(4, 2, "n/", 1, 100));
      for (int id = 1; id <= 100; id++) {
        publisher.read();
      }

      await() // 5 under way, 30 in the queue
          .until(() -> gateway.counters.droppedByReason().getOrDefault("queue_full", 0L) == 65);
    }
  }

  @Test
  void aTakenOverReaderThatDoesNotReadIsGoneAllTheSame() {
    RawClient stalled = connected(gateway.port, 5, "stalled");
    try (RawClient publisher = connected(gateway.port, 5, "publisher")) {
      stalled.send(subscribe(5, 1, "flood", 0)).read();
      for (int i = 0; i < 500; i++) {
        publisher.send(publish(5, 0, "flood", 0, new byte[32 << 10]));
      }
      connected(gateway.port, 5, "stalled").close();

      await().until(() -> gateway.counters.sessionsOpen.sum() == 1);
    }
    stalled.close();
  }

  @Test
  void moreRetainedMessagesThanTheQueueHoldsAllReachANewSubscriber() {
    try (RawClient client = connected(gateway.port, 4, "collector")) {
      for (int i = 0; i < 300; i++) {
        client.send(publish(4, 1, "many/" + i, 0, new byte[1024]));
      }
      client.send(subscribe(4, 1, "many/#", 0));
      assertThat(client.read().type()).isEqualTo(9);
      for (int i = 0; i < 300; i++) {
        assertThat(client.read().first()).isEqualTo(0x31);
      }
    }
  }

  @Test
  void aDisconnectWithWillPublishesIt() {
    try (RawClient watcher = connected(gateway.port, 5, "watcher");
        RawClient leaver = new RawClient(gateway.port)) {
      watcher.send(subscribe(5, 1, "wills/#", 0)).read();
      leaver
          .send(connect(5, 0x06, 60, "", text("id"), new byte[1], text("wills/1"), text("bye")))
          .read();
      leaver.send("E0 01 04"); // [MQTT-3.14.4-3] does not hold for 0x04

      assertThat(watcher.readPublish()).endsWith("bye");
    }
  }

  @Test
  void aDelayedWillIsNotPublishedWhenTheClientComesBackAndGoesAgain() {
    try (RawClient watcher = connected(gateway.port, 5, "watcher")) {
      watcher.send(subscribe(5, 1, "wills/#", 0)).read();
      byte[] delayOneSecond = hex("05 18 00000001");
      RawClient doomed = new RawClient(gateway.port);
      doomed
          .send(
              connect(
                  5,
                  0x06,
                  60,
                  "11 0000000A",
                  text("d"),
                  delayOneSecond,
                  text("wills/d"),
                  text("no")))
          .read();
      doomed.close();
      try (RawClient back = new RawClient(gateway.port)) {
        back.send(connect(5, 0x00, 60, "11 0000000A", text("d"))).read();
        back.send("E0 00");
        assertThat(back.read()).isNull();
      }
      RawClient other = new RawClient(gateway.port);
      other
          .send(
              connect(
                  5,
                  0x06,
                  60,
                  "11 0000000A",
                  text("e"),
                  delayOneSecond,
                  text("wills/e"),
                  text("yes")))
          .read();
      other.close(); // its will is due after that of the first

      assertThat(watcher.readPublish()).endsWith("yes"); // [MQTT-3.1.3-9]
    }
  }
}
