package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.UncheckedIOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is turned away can read why, also while it still sends; and nobody sends for ever. */
class LastWordsTest extends OnEveryWire {
  private static final int FLOOD_PACKETS = 40; // of 16 KB

  /** All is sent before the first byte is read: what was answered must wait for it. */
  private static void flood(RawClient client, int packets) {
    byte[] publish = RawClient.publish(5, 0, "flood", 0, new byte[16 << 10]);
    for (int i = 0; i < packets; i++) {
      client.send(publish);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void aClientThatIsRefusedAndFloodsReadsItsConnack(int version) {
    try (RawClient client = wires.open(wire)) {
      client.send(RawClient.connect(version, "stranger" + own));
      flood(client, FLOOD_PACKETS);

      RawClient.Packet connack = client.read();
      assertThat(connack.first()).isEqualTo(0x20);
      assertThat(connack.body()[1] & 0xFF).isEqualTo(version == 5 ? 0x87 : 5);
      assertThat(client.ends()).isTrue();
    }
  }

  @Test
  void aClientThatIsDisconnectedAndFloodsReadsWhy() {
    try (RawClient client = wires.open(wire)) {
      client.send(RawClient.connect(5, id("c")), RawClient.connect(5, id("c")));
      flood(client, FLOOD_PACKETS);

      assertThat(client.read().first()).isEqualTo(0x20);
      assertThat(client.read().disconnectCode()).isEqualTo("82");
      assertThat(client.ends()).isTrue();
    }
  }

  @Test
  void anOlderClientReadsAllThatWasAnsweredBeforeItsMistake() {
    try (RawClient client = wires.open(wire)) {
      client.send(
          RawClient.connect(4, id("c")),
          RawClient.publish(4, 2, topic("a"), 7, new byte[1]),
          RawClient.connect(4, id("c")));
      flood(client, FLOOD_PACKETS);

      assertThat(client.read().first()).isEqualTo(0x20);
      assertThat(client.read().hex()).isEqualTo("40 0007");
      assertThat(client.ends()).isTrue();
    }
  }

  @Test
  void nobodyElseWaitsUntilTheSocketCloses() { // [MQTT-3.1.2-8]
    Dialog witness = client(5, "witness").subscribe(1, topic("will"), 1);
    try (witness;
        RawClient client = wires.open(wire)) {
      client.send(
          Say.connect(id("c")).will(1, false, topic("will"), "gone").bytes(5),
          RawClient.connect(5, id("c")));
      assertThat(witness.hear(Heard.PUBLISH).text()).isEqualTo("gone");
      assertThat(client.read().first()).isEqualTo(0x20);
      assertThat(client.read().disconnectCode()).isEqualTo("82");
    }
  }

  @Test
  void whoGoesOnSendingOrNeverClosesIsCutOff() {
    long before = gateway().counters.connectionsOpen.sum();
    try (RawClient silent = wires.open(wire);
        RawClient endless = wires.open(wire)) {
      silent.send(RawClient.connect(5, "stranger" + own));
      endless.send(RawClient.connect(5, "stranger" + own + "-2"));
      int packets = 0;
      try {
        for (; packets < 1 << 20; packets++) {
          flood(endless, 1);
        }
      } catch (UncheckedIOException cut) {
        assertThat(packets).isPositive();
      }
      assertThat(packets).isLessThan(1 << 20);
      await().until(() -> gateway().counters.connectionsOpen.sum() <= before);
    }
  }
}
