package io.sluice.transport;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A {@link MemoryGateway} with a client that says anything and one that is innocent. What must hold
 * whatever was said: no exception anywhere, every answer well formed and no larger than the client
 * takes, memory in proportion, the innocent client served, and nothing left when all have gone.
 */
final class FuzzedGateway implements AutoCloseable {
  private static final String INNOCENT = "the innocent client of the fuzz tests";
  private static final String WORD = "innocent/word";
  private static final long MEMORY_MAX = 6L << 20;

  final MemoryGateway gateway = new MemoryGateway();
  private final MemoryClient innocent = gateway.accept(false);

  FuzzedGateway() {
    ErrorWatch.install();
    innocent.send(RawClient.connect(5, INNOCENT));
    innocent.send(RawClient.subscribe(5, 1, WORD, 1));
    gateway.settle();
    assertThat(innocent.read()).isNotEmpty();
  }

  /** One connection whose bytes come in pieces of this size; 0: all at once. */
  static void connection(byte[] bytes, int piece, boolean webSocket) {
    try (FuzzedGateway fuzzed = new FuzzedGateway()) {
      MemoryClient client = fuzzed.gateway.accept(webSocket);
      ServerPackets answers = answersTo(bytes);
      int step = piece == 0 ? Math.max(1, bytes.length) : piece;
      for (int from = 0; from < bytes.length; from += step) {
        client.send(Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + step)));
        fuzzed.gateway.settle();
        byte[] answer = client.read();
        if (webSocket) {
          webSocketAnswer(answer);
        } else {
          answers.read(answer);
        }
        fuzzed.checkMemory();
      }
    }
  }

  void checkMemory() {
    assertThat(gateway.memory()).as("bytes of buffers in use").isLessThan(MEMORY_MAX);
  }

  @Override
  public void close() {
    boolean alive = innocent.isOpen(); // else somebody has taken over its identifier
    if (alive) {
      innocent.read();
      innocent.send(RawClient.publish(5, 2, WORD, 9, "well".getBytes(UTF_8)));
      innocent.send(RawClient.hex("C0 00"));
      gateway.settle();
      String heard = new String(innocent.read(), US_ASCII);
      assertThat(heard).as("PUBACK for the innocent").contains("@\2\0\11");
      assertThat(heard).as("its own message").contains("well");
      assertThat(heard).as("PINGRESP").contains("\uFFFD\0");
    } else {
      assertThat(gateway.counters.closedByReason()).containsKey("session_taken_over");
    }
    gateway.close();
    ErrorWatch.assertNoErrors();
    assertThat(gateway.counters.closedByReason()).doesNotContainKey("server_error");
  }

  /** What the server must keep to, as far as a CONNECT at the beginning says it. */
  static ServerPackets answersTo(byte[] bytes) {
    int version = 0;
    long packetBytesMax = Long.MAX_VALUE;
    try {
      ByteBuffer in = ByteBuffer.wrap(bytes);
      in.get();
      variable(in);
      byte[] name = new byte[in.getShort()];
      in.get(name);
      String protocol = new String(name, US_ASCII) + in.get();
      version = protocol.equals("MQTT5") ? 5 : protocol.equals("MQTT4") ? 4 : 0;
      in.position(in.position() + 3);
      for (int end = version == 5 ? variable(in) + in.position() : 0; in.position() < end; ) {
        int property = in.get();
        switch (property) {
          case 0x27 -> packetBytesMax = in.getInt() & 0xFFFF_FFFFL;
          case 0x11 -> in.getInt();
          case 0x21, 0x22 -> in.getShort();
          case 0x17, 0x19 -> in.get();
          case 0x15, 0x16 -> in.position(2 + (in.getShort(in.position()) & 0xFFFF) + in.position());
          case 0x26 -> {
            in.position(2 + (in.getShort(in.position()) & 0xFFFF) + in.position());
            in.position(2 + (in.getShort(in.position()) & 0xFFFF) + in.position());
          }
          default -> in.position(end);
        }
      }
    } catch (RuntimeException cut) {
      // the server must find that too
    }
    return new ServerPackets(version, packetBytesMax == 0 ? Long.MAX_VALUE : packetBytesMax);
  }

  private static int variable(ByteBuffer in) {
    int value = 0;
    for (int shift = 0; ; shift += 7) {
      int digit = in.get();
      value |= (digit & 0x7F) << shift;
      if (digit >= 0) {
        return value;
      }
    }
  }

  /** An HTTP response or frames of a server: not masked, whole. */
  private static void webSocketAnswer(byte[] answer) {
    ByteBuffer in = ByteBuffer.wrap(answer);
    while (in.hasRemaining()) {
      int first = in.get() & 0xFF;
      if (first == 'H') {
        String text = new String(answer, in.position() - 1, in.remaining() + 1, US_ASCII);
        assertThat(text).startsWith("HTTP/1.1 ").contains("\r\n\r\n");
        int body = text.startsWith("HTTP/1.1 101") ? 0 : text.length();
        in.position(Math.min(in.limit(), in.position() - 1 + text.indexOf("\r\n\r\n") + 4 + body));
        continue;
      }
      assertThat(first & 0x70).as("reserved bits of a frame").isZero();
      int length = in.get();
      assertThat(length).as("a server does not mask").isNotNegative();
      length = length == 126 ? in.getShort() & 0xFFFF : length == 127 ? (int) in.getLong() : length;
      assertThat(length).isLessThanOrEqualTo(in.remaining());
      in.position(in.position() + length);
    }
  }
}
