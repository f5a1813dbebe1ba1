package io.sluice.transport;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Bytes from a stranger on the WebSocket listener: the upgrade, frames of any length and kind, and
 * MQTT inside. The first byte says whether the upgrade has happened already.
 */
class WebSocketFuzzTest {
  private static final byte[] UPGRADE =
      """
      GET /mqtt HTTP/1.1
      Host: gateway
      Upgrade: websocket
      Connection: Upgrade
      Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
      Sec-WebSocket-Version: 13
      Sec-WebSocket-Protocol: mqtt

      """
          .replace("\n", "\r\n")
          .getBytes(US_ASCII);

  private static final String CONNECT = "10 <['MQTT'] 05 02 003C <> ['a']>";

  /** Frames as a client must not send them, or may; masks are 0. */
  static Stream<byte[]> strangeFrames() {
    byte[] connect = PacketText.bytes(CONNECT);
    String length = "%02X".formatted(0x80 | connect.length);
    return Stream.of(
            "82 " + length + " 00000000 " + CONNECT, // as it should be
            "02 83 00000000 10 0E 00 80 8B 00000000 04 'MQTT' 05 02 003C 00 00", // in two frames
            "82 " + length.substring(0, 1) + "F 00000000 " + CONNECT, // longer than it says
            "82 FE 0100 00000000 " + CONNECT, // shorter than it says
            "82 FF FFFFFFFFFFFFFFFF 00000000", // length with the highest bit
            "82 FF 0000000100000000 00000000", // 4 GB
            "82 FE 0001 00000000 10", // length longer than needed
            "82 0E " + CONNECT, // not masked
            "C2 " + length + " 00000000 " + CONNECT, // a reserved bit
            "83 80 00000000", // an opcode that does not exist
            "81 84 00000000 'text'", // [MQTT-6.0.0-1]
            "80 81 00000000 10", // a continuation of nothing
            "02 81 00000000 10 82 81 00000000 00", // a new message within one
            "89 FE 0100 00000000", // a ping too long
            "09 80 00000000", // a ping in fragments
            "88 81 00000000 03", // a close with half a code
            "88 82 00000000 0000", // a close with a code that does not exist
            "88 84 00000000 03E8 FFFF") // a close with a reason that is not UTF-8
        .map(frames -> RawClient.join(new byte[1], PacketText.bytes(frames)));
  }

  static Stream<byte[]> strangeUpgrades() {
    String plain = new String(UPGRADE, US_ASCII);
    return Stream.of(
            plain,
            plain.replace("/mqtt", "/"),
            plain.replace("/mqtt", "/mqtt?" + "x".repeat(5000)),
            plain.replace("13", "8"),
            plain.replace("GET", "POST"),
            plain.replace("Host: gateway", "Content-Length: 99999999"),
            plain.replace("Host: gateway", "Transfer-Encoding: chunked"),
            plain.replace("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", ""),
            plain.replace("Sec-WebSocket-Protocol: mqtt", "Sec-WebSocket-Protocol: chat"),
            plain.replace("HTTP/1.1", "HTTP/9.9"),
            plain.replace("gateway", "x".repeat(9000)),
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        .map(head -> RawClient.join(new byte[] {1}, head.getBytes(US_ASCII)));
  }

  @MethodSource({"strangeFrames", "strangeUpgrades"})
  @FuzzTest(maxDuration = "2m")
  void aStrangerHurtsNobody(byte[] input) {
    if (input.length > 0) {
      byte[] bytes = new byte[input.length - 1];
      System.arraycopy(input, 1, bytes, 0, bytes.length);
      FuzzedGateway.connection(
          (input[0] & 1) == 0 ? RawClient.join(UPGRADE, bytes) : bytes,
          (input[0] & 2) == 0 ? 0 : 16,
          true);
    }
  }
}
