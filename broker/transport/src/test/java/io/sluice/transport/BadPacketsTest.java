package io.sluice.transport;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every line of {@code bad-packets.txt} over TCP and over WebSocket: the client is told what the
 * line says, the counter moves, and another client is served as if nothing had happened.
 */
class BadPacketsTest {
  @TempDir static Path folder;
  private static TestGateway gateway;
  private static int webSocketPort;
  private static RawClient innocent;

  @BeforeAll
  static void start() {
    gateway = new TestGateway(folder.resolve("data"));
    webSocketPort = gateway.listenWebSocket();
    ErrorWatch.install();
    innocent = RawClient.connected(gateway.port, 5, "innocent");
    innocent.send(RawClient.subscribe(5, 1, "innocent/#", 0));
    assertThat(innocent.read().type()).isEqualTo(9);
  }

  @AfterAll
  static void stop() {
    innocent.close();
    gateway.close();
  }

  static List<BadPacket> badPackets() {
    return BadPacket.all();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("badPackets")
  void overTcp(BadPacket bad) {
    try (RawClient client = new RawClient(gateway.port)) {
      say(client, bad);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("badPackets")
  void overWebSocket(BadPacket bad) {
    try (RawClient client = RawClient.overWebSocket(RawClient.plain(webSocketPort))) {
      say(client, bad);
    }
  }

  private static void say(RawClient client, BadPacket bad) {
    long before = counted(bad.counter());
    if (bad.version() > 0) {
      client.send(RawClient.connect(bad.version(), "from-the-list"));
      assertThat(client.read().hex()).startsWith("20 0000");
    }
    client.send(bad.bytes());

    assertThat(answer(client.read())).isEqualTo(bad.answer());
    if (bad.answer().equals("closed")) {
      // it is
    } else if (bad.ends()) {
      assertThat(client.read()).as("what follows").isNull(); // [MQTT-4.13.1-1]
    } else {
      client.send("C0 00");
      assertThat(client.read().type()).as("it goes on").isEqualTo(13);
    }
    if (!bad.counter().equals("none")) {
      await()
          .pollDelay(Duration.ZERO)
          .pollInterval(Duration.ofMillis(2))
          .untilAsserted(() -> assertThat(counted(bad.counter())).isEqualTo(before + 1));
    }
    nobodyElseIsHurt();
  }

  /** The type of a packet and its code, if that is the kind of code the list is about. */
  private static String answer(RawClient.Packet packet) {
    if (packet == null) {
      return "closed";
    }
    byte[] body = packet.body();
    return switch (packet.type()) {
      case 2 -> "CONNACK %02X".formatted(body[1]);
      case 4 -> body.length > 2 ? "PUBACK %02X".formatted(body[2]) : "PUBACK";
      case 9 -> "SUBACK %02X".formatted(body[body.length - 1]);
      case 11 -> "UNSUBACK %02X".formatted(body[body.length - 1]);
      case 13 -> "PINGRESP";
      case 14 -> "DISCONNECT %02X".formatted(body[0]);
      default -> packet.hex();
    };
  }

  private static long counted(String counter) {
    if (counter.equals("none")) {
      return 0;
    }
    Map<String, Long> counters =
        counter.startsWith("refused ")
            ? gateway.counters.refusedByReason()
            : gateway.counters.closedByReason();
    return counters.getOrDefault(counter.substring(counter.indexOf(' ') + 1), 0L);
  }

  private static void nobodyElseIsHurt() {
    innocent.send(RawClient.publish(5, 0, "innocent/word", 0, "well".getBytes(UTF_8)));
    assertThat(innocent.readPublish()).endsWith("well");
    ErrorWatch.assertNoErrors();
  }
}
