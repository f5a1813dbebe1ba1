package io.sluice.transport;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** MQTT inside WebSocket, byte by byte. */
class WebSocketTest {
  @TempDir static Path folder;
  private static TestGateway gateway;
  private static int port;

  @BeforeAll
  static void start() {
    gateway = new TestGateway(folder.resolve("data"));
    port = gateway.listenWebSocket();
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  private static RawClient upgraded(String target, String... headers) {
    RawClient client = new RawClient(port);
    client.send(
        ("GET "
                + target
                + " HTTP/1.1\r\nHost: gateway\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
                + "Sec-WebSocket-Protocol: mqtt\r\n"
                + String.join("", headers)
                + "\r\n")
            .getBytes(US_ASCII));
    assertThat(client.readHead()).startsWith("HTTP/1.1 101 ");
    return client;
  }

  /** A binary frame with mask 0. */
  private static byte[] frame(byte[] payload) {
    assertThat(payload.length).isLessThan(126);
    return RawClient.join(
        new byte[] {(byte) 0x82, (byte) (0x80 | payload.length), 0, 0, 0, 0}, payload);
  }

  @Test
  void theGatekeeperSeesQueryAndHeadersOfTheUpgrade() {
    try (RawClient client =
        upgraded("/mqtt?token=a%2Fb&x=1", "X-Amz-Customauthorizer-Name: own\r\n")) {
      client.send(frame(RawClient.connect(5, "browser")));
      assertThat(client.read().first()).isEqualTo(0x82);

      HttpUpgrade upgrade = gateway.door.seen.upgrade();
      assertThat(upgrade.path()).isEqualTo("/mqtt");
      assertThat(upgrade.query()).isEqualTo("token=a%2Fb&x=1");
      assertThat(upgrade.header("x-amz-CUSTOMAUTHORIZER-name")).contains("own");
      assertThat(upgrade.toString()).doesNotContain("token");
    }
  }
}
