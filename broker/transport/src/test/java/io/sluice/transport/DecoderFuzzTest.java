package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.mqtt.MqttDecoder;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.util.ReferenceCountUtil;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * {@link PacketFrames} and the decoder behind it, without a gateway, so many times faster: the
 * properties of every packet, and every length in it. What the first lets pass as a whole packet
 * the second must decode, or refuse, but never wait for more or read into the next one.
 */
class DecoderFuzzTest {
  private static final byte[] PING = {(byte) 0xC0, 0};

  static Stream<byte[]> badPackets() {
    return BadPacket.all().stream()
        .filter(bad -> bad.version() == 5 && bad.bytes().length < 1_000)
        .map(BadPacket::bytes);
  }

  @MethodSource("badPackets")
  @FuzzTest(maxDuration = "2m")
  void theDecoderNeverWaitsInsideAPacket(byte[] packets) {
    EmbeddedChannel channel =
        new EmbeddedChannel(
            new PacketFrames(TransportLimits.STANDARD), new MqttDecoder(1 << 20, 1024));
    try {
      channel.writeInbound(Unpooled.wrappedBuffer(RawClient.connect(5, "fuzz")));
      assertThat(isGood(channel.readInbound())).as("CONNECT").isTrue();
      int whole = whole(packets);
      channel.writeInbound(Unpooled.copiedBuffer(packets));
      int good = 0;
      boolean refused = false;
      for (Object next = channel.readInbound(); next != null; next = channel.readInbound()) {
        refused = !isGood(next);
        if (refused) {
          break; // it ends the connection, whatever is found behind it
        }
        good++;
      }
      if (!refused) {
        assertThat(good).as("packets that were whole").isEqualTo(whole);
      }
      if (!refused && whole(packets, whole) == packets.length) {
        channel.writeInbound(Unpooled.copiedBuffer(PING));
        assertThat(isGood(channel.readInbound())).as("the next packet").isTrue();
      }
    } finally {
      channel.finishAndReleaseAll();
    }
  }

  private static boolean isGood(Object message) {
    boolean good =
        message instanceof PublishPacket || ((MqttMessage) message).decoderResult().isSuccess();
    ReferenceCountUtil.release(message);
    return good;
  }

  /** How many packets the bytes hold from their beginning, by their lengths alone. */
  private static int whole(byte[] bytes) {
    int count = 0;
    while (whole(bytes, count + 1) > whole(bytes, count)) {
      count++;
    }
    return count;
  }

  /** Where the packet of this number ends; at most where the last whole one does. */
  private static int whole(byte[] bytes, int packets) {
    int at = 0;
    for (int n = 0; n < packets; n++) {
      int length = 0;
      int next = at + 1;
      for (int shift = 0; shift < 28; shift += 7) {
        if (next >= bytes.length) {
          return at;
        }
        length |= (bytes[next] & 0x7F) << shift;
        if (bytes[next++] >= 0) {
          break;
        }
      }
      if (length > bytes.length - next) {
        return at;
      }
      at = next + length;
    }
    return at;
  }
}
