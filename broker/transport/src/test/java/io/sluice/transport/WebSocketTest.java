package io.sluice.transport;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sluice.identity.WebOrigins;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** MQTT inside WebSocket, byte by byte (MQTT 5, section 6; RFC 6455). */
class WebSocketTest {
  private static final int CONTINUATION = 0x00;
  private static final int TEXT = 0x81;
  private static final int BINARY = 0x82;
  private static final int BINARY_BEGIN = 0x02;
  private static final int END = 0x80;
  private static final int CLOSE = 0x88;
  private static final int PING = 0x89;
  private static final int PONG = 0x8A;
  private static final byte[] PINGREQ = {(byte) 0xC0, 0};
  private static final String MQTT = "Sec-WebSocket-Protocol: mqtt\r\n";

  @TempDir static Path folder;
  private static TestGateway gateway;
  private static int port;

  @BeforeAll
  static void start() {
    gateway =
        new TestGateway(
            folder.resolve("data"),
            TransportLimits.STANDARD.withConnectTimeoutMillis(2_000),
            io.sluice.session.SessionLimits.STANDARD,
            FrontSettings.STANDARD.withOrigins(WebOrigins.of("https://console.example.com")));
    port = gateway.listenWebSocket(null);
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  private static RawClient asked(String target, String headers) {
    return new RawClient(port)
        .send(
            ("GET "
                    + target
                    + " HTTP/1.1\r\nHost: gateway\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                    + headers
                    + "\r\n")
                .getBytes(US_ASCII));
  }

  private static RawClient upgraded(String target, String headers) {
    RawClient client = asked(target, headers);
    assertThat(client.readHead()).startsWith("HTTP/1.1 101 ");
    return client;
  }

  private static RawClient connected(String clientId) {
    RawClient client = upgraded("/mqtt", MQTT);
    client.send(frame(BINARY, RawClient.connect(5, clientId)));
    assertThat(client.read().body()[0]).isEqualTo((byte) 0x20);
    return client;
  }

  /** A frame with mask 0, which masks nothing. */
  private static byte[] frame(int first, byte[] payload) {
    assertThat(payload.length).isLessThan(126);
    return RawClient.join(
        new byte[] {(byte) first, (byte) (0x80 | payload.length), 0, 0, 0, 0}, payload);
  }

  private static void assertAnswersPing(RawClient client) {
    RawClient.Packet frame = client.read(); // its head has the shape of a packet's
    assertThat(frame.first()).isEqualTo(BINARY);
    assertThat(frame.body()).containsExactly(0xD0, 0);
  }

  @Test
  void theGatekeeperSeesQueryAndHeadersOfTheUpgrade() {
    try (RawClient client =
        upgraded("/mqtt?token=a%2Fb&x=1", MQTT + "X-Amz-Customauthorizer-Name: own\r\n")) {
      client.send(frame(BINARY, RawClient.connect(5, "browser")));
      assertThat(client.read().first()).isEqualTo(BINARY);

      HttpUpgrade upgrade = gateway.door.seen.upgrade();
      assertThat(upgrade.path()).isEqualTo("/mqtt");
      assertThat(upgrade.query()).isEqualTo("token=a%2Fb&x=1");
      assertThat(upgrade.header("x-amz-CUSTOMAUTHORIZER-name")).contains("own");
      assertThat(upgrade.toString()).doesNotContain("token");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          /mqtt      | Sec-WebSocket-Protocol: mqtt~                                     | 101
          /mqtt      | Sec-WebSocket-Protocol: mqttv3.1~                                 | 101
          /mqtt      | Sec-WebSocket-Protocol: chat, mqtt~                               | 101
          /mqtt?a=b  | Sec-WebSocket-Protocol: mqtt~                                     | 101
          /mqtt      | Sec-WebSocket-Protocol: mqtt~Origin: https://console.example.com~ | 101
          /mqtt      | Sec-WebSocket-Protocol: mqtt~Origin: https://evil.example.com~    | 403
          /mqtt      | Sec-WebSocket-Protocol: mqtt~Origin: null~                        | 403
          /mqtt      | Sec-WebSocket-Protocol: mqtt~Origin: https://console.example.com~Origin: https://console.example.com~ | 403
          /mqtt      | Sec-WebSocket-Protocol: chat~                                     | 400
          /mqtt      | X: y~                                                             | 400
          /mqtts     | Sec-WebSocket-Protocol: mqtt~                                     | 404
          /mqtt/x    | Sec-WebSocket-Protocol: mqtt~                                     | 404
          """)
  void anUpgradeIsAnswered(String target, String headers, String status) {
    try (RawClient client = asked(target, headers.replace("~", "\r\n"))) {
      assertThat(client.readHead()).startsWith("HTTP/1.1 " + status + " ");
    }
  }

  @Test
  void theSubprotocolThatWasAskedForIsNamed() {
    try (RawClient client = asked("/mqtt", "Sec-WebSocket-Protocol: mqttv3.1\r\n")) {
      assertThat(client.readHead().toLowerCase(java.util.Locale.ROOT))
          .contains("sec-websocket-protocol: mqttv3.1"); // [MQTT-6.0.0-4]
    }
  }

  @Test
  void compressionIsNotTakenUp() {
    try (RawClient client =
        asked("/mqtt", MQTT + "Sec-WebSocket-Extensions: permessage-deflate\r\n")) {
      assertThat(client.readHead().toLowerCase(java.util.Locale.ROOT))
          .startsWith("http/1.1 101")
          .doesNotContain("permessage-deflate");
    }
  }

  @Test
  void aPlainRequestForMqttIsToldToUpgrade() {
    try (RawClient client = new RawClient(port)) {
      client.send("GET /mqtt HTTP/1.1\r\nHost: gateway\r\n\r\n".getBytes(US_ASCII));

      assertThat(client.readHead()).startsWith("HTTP/1.1 426 ").contains("websocket");
    }
  }

  @Test
  void whoDoesNotAskInTimeIsClosedAndCounted() {
    long before = gateway.counters.refusedByReason().getOrDefault("connect_timeout", 0L);
    try (RawClient silent = new RawClient(port);
        RawClient upgradedOnly = upgraded("/mqtt", MQTT)) {
      assertThat(silent.read()).isNull();
      RawClient.Packet close = upgradedOnly.read();
      assertThat(close == null ? CLOSE : close.first()).isEqualTo(CLOSE);
      await()
          .until(
              () ->
                  gateway.counters.refusedByReason().getOrDefault("connect_timeout", 0L)
                      >= before + 2);
    }
  }

  @Test
  void severalPacketsMayShareAFrame() { // [MQTT-6.0.0-2]
    try (RawClient client = upgraded("/mqtt", MQTT)) {
      client.send(
          frame(
              BINARY,
              RawClient.join(RawClient.connect(5, "crowded"), PINGREQ, new byte[] {(byte) 0xC0})));
      assertThat(client.read().body()[0]).isEqualTo((byte) 0x20);
      assertAnswersPing(client);
      client.send(frame(BINARY, new byte[] {0})); // the other half of the second PINGREQ
      assertAnswersPing(client);
    }
  }

  @Test
  void aPacketMayComeInFramesOfOneByteAndEmptyOnes() {
    try (RawClient client = upgraded("/mqtt", MQTT)) {
      for (byte one : RawClient.connect(4, "drops")) {
        client.send(frame(BINARY, new byte[] {one}), frame(BINARY, new byte[0]));
      }
      assertThat(client.read().body()).startsWith(0x20, 2, 0, 0);
    }
  }

  @Test
  void aMessageOfManyFramesMayHaveControlFramesBetween() {
    byte[] connect = RawClient.connect(5, "fragments");
    int third = connect.length / 3;
    try (RawClient client = upgraded("/mqtt", MQTT)) {
      client.send(frame(BINARY_BEGIN, Arrays.copyOfRange(connect, 0, third)));
      client.send(frame(PING, "are you there".getBytes(US_ASCII)));
      client.send(frame(CONTINUATION, Arrays.copyOfRange(connect, third, 2 * third)));
      client.send(frame(PONG, new byte[0]));
      client.send(
          frame(CONTINUATION | END, Arrays.copyOfRange(connect, 2 * third, connect.length)));

      RawClient.Packet pong = client.read();
      assertThat(pong.first()).isEqualTo(PONG);
      assertThat(new String(pong.body(), UTF_8)).isEqualTo("are you there");
      assertThat(client.read().body()[0]).isEqualTo((byte) 0x20);
    }
  }

  @Test
  void aCloseFrameIsAnsweredWithOne() {
    try (RawClient client = connected("polite")) {
      client.send(frame(CLOSE, new byte[] {0x03, (byte) 0xE8}));

      RawClient.Packet answer = client.read();
      assertThat(answer.first()).isEqualTo(CLOSE);
      assertThat(answer.number(0)).isEqualTo(1000);
      assertThat(client.read()).isNull();
    }
  }

  @Test
  void aTextFrameEndsTheConnection() { // [MQTT-6.0.0-1]
    try (RawClient client = connected("texter")) {
      client.send(frame(TEXT, "hello".getBytes(UTF_8)));

      RawClient.Packet close = client.read();
      assertThat(close.first()).isEqualTo(CLOSE);
      assertThat(close.number(0)).isEqualTo(1003);
      assertThat(client.read()).isNull();
    }
  }

  @ParameterizedTest(name = "{1}")
  @CsvSource({
    "82 FF 7FFFFFFFFFFFFFFF 00000000, a length of 2^63-1",
    "82 FF 0000000010000000 00000000, a length of 256 MB",
    "82 FF FFFFFFFFFFFFFFFF 00000000, a negative length",
    "C2 80 00000000, a reserved bit as compression sets it",
    "82 02 C000, no mask",
    "83 80 00000000, an operation code that does not exist",
    "89 FE 0080 00000000, a ping that is too long",
    "80 80 00000000, a continuation of nothing"
  })
  void aFrameThatCannotBeEndsTheConnectionAtOnce(String bytes, String what) {
    try (RawClient client = connected("liar")) {
      client.send(bytes);

      RawClient.Packet close = client.read();
      if (close != null) {
        assertThat(close.first()).as(what).isIn(CLOSE, BINARY); // BINARY: a DISCONNECT of MQTT 5
      }
    }
  }

  @Test
  void aFrameThatIsNotYetAPacketHasABoundBeforeTheClientIsLetIn() {
    long before = gateway.counters.refusedByReason().getOrDefault("connect_too_large", 0L);
    try (RawClient client = upgraded("/mqtt", MQTT)) {
      client.send("82 FF 0000000000080000 00000000"); // a frame of half a megabyte may be ...
      try {
        for (int i = 0; i < 512; i++) { // ... but not from a stranger
          client.send(new byte[1024]);
        }
      } catch (java.io.UncheckedIOException closed) {
        assertThat(closed).hasMessageContaining("");
      }
      await()
          .until(
              () ->
                  gateway.counters.refusedByReason().getOrDefault("connect_too_large", 0L)
                      == before + 1);
    }
  }
}
