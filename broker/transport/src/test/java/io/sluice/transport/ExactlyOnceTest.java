package io.sluice.transport;

import static io.sluice.transport.RawClient.connect;
import static io.sluice.transport.RawClient.connected;
import static io.sluice.transport.RawClient.publish;
import static io.sluice.transport.RawClient.subscribe;
import static io.sluice.transport.RawClient.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** QoS 2 in both directions, over lost connections and restarts: section 4.3.3. */
class ExactlyOnceTest {
  private static final String EXPIRY_60_S = "11 0000003C";
  private static final int QOS2 = 4;
  private static final int DUP = 8;

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

  private void restart() {
    gateway.close();
    start();
  }

  private RawClient persistent(int version, String id, boolean expectPresent) {
    RawClient client = new RawClient(gateway.port);
    client.send(connect(version, 0, 60, version == 5 ? EXPIRY_60_S : "", text(id)));
    RawClient.Packet connack = client.read();
    assertThat(connack.first()).isEqualTo(0x20);
    assertThat(connack.body()[0]).as("session present").isEqualTo((byte) (expectPresent ? 1 : 0));
    return client;
  }

  private static byte[] body(String text) {
    return text.getBytes(UTF_8);
  }

  private static byte[] ack(int first, int packetId) {
    return new byte[] {(byte) first, 2, (byte) (packetId >> 8), (byte) packetId};
  }

  private static void expect(RawClient client, int first, int packetId) {
    RawClient.Packet packet = client.read();
    assertThat(packet).as("packet %02X", first).isNotNull();
    assertThat(packet.hex()).startsWith("%02X %04x".formatted(first, packetId));
  }

  /** Takes messages of QoS 2 to their ends, in whatever order the packets come. */
  private static List<String> receive(RawClient client, int count) {
    List<String> bodies = new ArrayList<>();
    for (int complete = 0; complete < count; ) {
      RawClient.Packet packet = client.read();
      if (packet.type() == 6) {
        client.send(ack(0x70, packet.number(0)));
        complete++;
      } else {
        assertThat(packet.first() & 0x36).isEqualTo(0x34); // DUP or not
        client.send(ack(0x50, packet.number(packet.number(0) + 2)));
        String body = new String(packet.body(), UTF_8);
        bodies.add(body.substring(body.length() - 1));
      }
    }
    return bodies;
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void aRepeatedPublishIsAnsweredAndDeliveredOnce(int version) { // [MQTT-4.3.3-10]
    try (RawClient subscriber = connected(gateway.port, version, "subscriber");
        RawClient publisher = connected(gateway.port, version, "publisher")) {
      subscriber.send(subscribe(version, 1, "t", 2)).read();
      publisher.send(publish(version, QOS2, "t", 7, body("a")));
      expect(publisher, 0x50, 7);
      publisher.send(publish(version, QOS2 | DUP, "t", 7, body("a")));
      expect(publisher, 0x50, 7);
      publisher.send(ack(0x62, 7));
      expect(publisher, 0x70, 7); // [MQTT-4.3.3-11]
      publisher.send(publish(version, QOS2, "t", 7, body("b"))); // [MQTT-4.3.3-12]
      expect(publisher, 0x50, 7);

      assertThat(receive(subscriber, 2)).containsExactly("a", "b");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void whatAPersistentPublisherRepeatsAfterARestartIsKnown(int version) {
    try (RawClient subscriber = persistent(version, "subscriber", false);
        RawClient publisher = persistent(version, "publisher", false)) {
      subscriber.send(subscribe(version, 1, "t", 2)).read();
      publisher.send(publish(version, QOS2, "t", 7, body("a")));
      expect(publisher, 0x50, 7);
    }
    restart();
    try (RawClient subscriber = persistent(version, "subscriber", true);
        RawClient publisher = persistent(version, "publisher", true)) {
      publisher.send(publish(version, QOS2 | DUP, "t", 7, body("a")));
      expect(publisher, 0x50, 7);
      publisher.send(ack(0x62, 7));
      expect(publisher, 0x70, 7);
      publisher.send(publish(version, QOS2, "t", 7, body("b")));
      expect(publisher, 0x50, 7);

      assertThat(receive(subscriber, 2)).containsExactly("a", "b");
    }
  }

  @Test
  void onlineSubscribersGetWhatAPersistentPublisherSendsOnceToo() {
    try (RawClient subscriber = connected(gateway.port, 5, "subscriber");
        RawClient publisher = persistent(5, "publisher", false)) {
      subscriber.send(subscribe(5, 1, "t", 2)).read();
      publisher.send(publish(5, QOS2, "t", 7, body("a")));
      expect(publisher, 0x50, 7);
      try (RawClient again = persistent(5, "publisher", true)) { // takes over
        again.send(publish(5, QOS2 | DUP, "t", 7, body("a")));
        expect(again, 0x50, 7);
        again.send(ack(0x62, 7));
        expect(again, 0x70, 7);
        again.send(publish(5, QOS2, "t", 8, body("b")));
        expect(again, 0x50, 8);
      }

      assertThat(receive(subscriber, 2)).containsExactly("a", "b");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 5})
  void afterPubrecOnlyPubrelIsRepeatedAlsoOverARestart(int version) { // [MQTT-4.3.3-6]
    try (RawClient subscriber = persistent(version, "subscriber", false);
        RawClient publisher = connected(gateway.port, version, "publisher")) {
      subscriber.send(subscribe(version, 1, "t", 2)).read();
      publisher.send(publish(version, QOS2, "t", 7, body("a")));
      expect(publisher, 0x50, 7);
      RawClient.Packet packet = subscriber.read();
      int packetId = packet.number(packet.number(0) + 2);
      subscriber.send(ack(0x50, packetId));
      expect(subscriber, 0x62, packetId);
    }
    try (RawClient subscriber = persistent(version, "subscriber", true)) {
      expect(subscriber, 0x62, 1); // [MQTT-4.4.0-1]
    }
    restart();
    try (RawClient subscriber = persistent(version, "subscriber", true)) {
      expect(subscriber, 0x62, 1);
      subscriber.send(ack(0x70, 1));
      subscriber.send("C000");
      assertThat(subscriber.read().first()).isEqualTo(0xD0);
    }
    try (RawClient subscriber = persistent(version, "subscriber", true)) {
      subscriber.send("C000");
      assertThat(subscriber.read().first()).as("the flow is over").isEqualTo(0xD0);
    }
  }

  @Test
  void aPublishThatWasNotAnsweredIsRepeatedWithDup() { // [MQTT-4.4.0-1] [MQTT-3.3.1-1]
    try (RawClient subscriber = persistent(5, "subscriber", false);
        RawClient publisher = connected(gateway.port, 5, "publisher")) {
      subscriber.send(subscribe(5, 1, "t", 2)).read();
      publisher.send(publish(5, QOS2, "t", 7, body("a")));
      expect(publisher, 0x50, 7);
      assertThat(subscriber.read().first()).isEqualTo(0x34);
    }
    try (RawClient subscriber = persistent(5, "subscriber", true)) {
      RawClient.Packet again = subscriber.read();
      assertThat(again.first()).isEqualTo(0x3C);
      assertThat(again.number(again.number(0) + 2)).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"persistent", "clean"})
  void aPubrecWithAnErrorEndsTheFlow(String kind) { // [MQTT-4.3.3-4]
    try (RawClient subscriber =
            kind.equals("clean")
                ? connected(gateway.port, 5, "subscriber")
                : persistent(5, "subscriber", false);
        RawClient publisher = connected(gateway.port, 5, "publisher")) {
      subscriber.send(subscribe(5, 1, "t", 2)).read();
      publisher.send(publish(5, QOS2, "t", 7, body("a")));
      expect(publisher, 0x50, 7);
      RawClient.Packet packet = subscriber.read();
      int packetId = packet.number(packet.number(0) + 2);
      subscriber.send("50 03 %04x 80".formatted(packetId)).send("C000");
      assertThat(subscriber.read().first()).as("no PUBREL").isEqualTo(0xD0);
      publisher.send(ack(0x62, 7)).read();
      publisher.send(publish(5, QOS2, "t", 8, body("b")));
      expect(publisher, 0x50, 8);
      assertThat(receive(subscriber, 1)).containsExactly("b");
    }
  }

  @Test
  void acknowledgementsOfUnknownIdentifiersAreAnsweredWithThat() {
    try (RawClient client = connected(gateway.port, 5, "client")) {
      assertThat(client.send("50 02 0009").read().hex()).isEqualTo("62 000992");
      assertThat(client.send("62 02 0009").read().hex()).isEqualTo("70 000992");
      assertThat(client.send("70 02 0009").send("C000").read().first()).isEqualTo(0xD0);
    }
    try (RawClient client = connected(gateway.port, 4, "client")) {
      assertThat(client.send("50 02 0009").read().hex()).isEqualTo("62 0009");
      assertThat(client.send("62 02 0009").read().hex()).isEqualTo("70 0009");
    }
  }

  @Test
  void anAcknowledgementOfTheWrongKindEndsTheConnection() {
    try (RawClient subscriber = connected(gateway.port, 5, "subscriber");
        RawClient publisher = connected(gateway.port, 5, "publisher")) {
      subscriber.send(subscribe(5, 1, "t", 2)).read();
      publisher.send(publish(5, QOS2, "t", 7, body("a")));
      RawClient.Packet packet = subscriber.read();
      int packetId = packet.number(packet.number(0) + 2);
      subscriber.send(ack(0x40, packetId)); // PUBACK
      assertThat(subscriber.read().disconnectCode()).isEqualTo("82");
    }
  }

  @Test
  void publicationsCountAgainstReceiveMaximumUntilTheirPubcomp() { // [MQTT-3.3.4-7]
    try (RawClient client = connected(gateway.port, 5, "client")) {
      for (int id = 1; id <= 100; id++) {
        client.send(publish(5, QOS2, "t", id, body("a")));
        expect(client, 0x50, id);
      }
      client.send(ack(0x62, 50));
      expect(client, 0x70, 50);
      client.send(publish(5, QOS2, "t", 101, body("a")));
      expect(client, 0x50, 101);
      client.send(publish(5, QOS2, "t", 102, body("a")));
      assertThat(client.read().disconnectCode()).isEqualTo("93");
    }
  }

  @Test
  void qos2IsRefusedWhereItIsNotOffered() { // [MQTT-3.2.2-11] [MQTT-3.2.2-12]
    gateway.close();
    gateway = new TestGateway(folder.resolve("data"), TransportLimits.STANDARD.withMaximumQos(1));
    try (RawClient client = new RawClient(gateway.port)) {
      client.send(connect(5, "client"));
      assertThat(client.read().hex()).contains("2401"); // [MQTT-3.2.2-9]
      assertThat(client.send(subscribe(5, 1, "t", 2)).read().hex()).isEqualTo("90 00010001");
      client.send(publish(5, QOS2, "t", 1, body("a")));
      assertThat(client.read().disconnectCode()).isEqualTo("9B");
    }
    try (RawClient client = new RawClient(gateway.port)) {
      client.send(connect(5, 0x16, 60, "", text("c"), new byte[1], text("w"), text("x")));
      assertThat(client.read().body()[1]).isEqualTo((byte) 0x9B);
    }
  }
}
