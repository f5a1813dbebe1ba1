package io.sluice.transport;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Bytes from a stranger on the TCP listener, through the decoder into sessions and store. In a
 * plain build the list of bad packets and what fuzzing found before run as regression tests; {@code
 * docs/conformance/fuzzing.md} says how to fuzz.
 */
class PacketFuzzTest {
  private static final int[] PIECES = {0, 1, 7, 64};

  /** The first byte says how the network cuts the rest. */
  static Stream<byte[]> badPackets() {
    return BadPacket.all().stream()
        .map(BadPacket::stream)
        .filter(bytes -> bytes.length < 10_000) // a mutation of much is no news
        .map(bytes -> RawClient.join(new byte[] {(byte) (bytes.length % PIECES.length)}, bytes));
  }

  @MethodSource("badPackets")
  @FuzzTest(maxDuration = "2m")
  void aStrangerHurtsNobody(byte[] input) {
    if (input.length > 0) {
      byte[] bytes = new byte[input.length - 1];
      System.arraycopy(input, 1, bytes, 0, bytes.length);
      FuzzedGateway.connection(bytes, PIECES[input[0] & 3], false);
    }
  }
}
