package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who takes nothing costs a bounded amount of memory, and nobody else anything. */
class SlowConsumersTest {
  private static final int MESSAGES = 128;
  private static final byte[] PAYLOAD = new byte[128 << 10];
  private static final int QUEUED_MAX = 200;
  private static final TransportLimits LIMITS =
      TransportLimits.STANDARD.withQueuedMax(QUEUED_MAX).withOutboundBytesMax(256 << 10);

  @TempDir static Path folder;
  private static FourWires wires;

  @BeforeAll
  static void start() {
    wires = new FourWires(folder.resolve("data"), LIMITS);
  }

  @AfterAll
  static void stop() {
    wires.close();
  }

  private static TestGateway gateway() {
    return wires.gateway;
  }

  private static Dialog client(Wire wire, Say connect) {
    Dialog dialog = wires.dialog(wire, 5);
    dialog.enter(connect);
    return dialog;
  }

  private static Dialog other(String name) {
    return client(Wire.TCP, Say.connect(name));
  }

  /** Buffers that are in use, by anybody in this process. */
  private static long memory() {
    PooledByteBufAllocator pool = PooledByteBufAllocator.DEFAULT;
    return pool.pinnedDirectMemory() + pool.pinnedHeapMemory();
  }

  @ParameterizedTest
  @EnumSource(Wire.class)
  void othersGetEveryMessageWhileAReaderStands(Wire wire) {
    long before = memory();
    List<Dialog> readers = new ArrayList<>();
    try (Dialog stalled = client(wire, Say.connect("stalled")).subscribe(1, "all", 0);
        Dialog publisher = other("publisher")) {
      for (int i = 0; i < 3; i++) {
        readers.add(other("reader-" + i).subscribe(1, "all", 1));
      }
      for (int n = 1; n <= MESSAGES; n++) { // 16 MB: more than the buffers of one connection
        publisher.say(Say.publish("all", PAYLOAD).qos(1, 1));
        for (Dialog reader : readers) {
          reader.say(Say.puback(reader.hear(Heard.PUBLISH).packetId()));
        }
        publisher.hear(Heard.PUBACK, 1, 0);
      }
      assertThat(gateway().counters.droppedByReason().get("slow_socket")).isPositive();
      assertThat(memory() - before).isLessThan(16L << 20);
      stalled.hear(Heard.PUBLISH); // it is still there
    } finally {
      readers.forEach(Dialog::close);
    }
  }

  /** The consumer takes a packet whenever the publisher could write: it moves, but it lags. */
  @Test
  void aPublisherThatOutrunsItsConsumerIsNotReadForAWhile() throws IOException {
    long before = memory();
    long pauses = gateway().counters.publishersPaused.sum();
    byte[] publish = RawClient.publish(5, 0, "fast", 0, PAYLOAD);
    try (Dialog consumer = other("consumer").subscribe(1, "fast", 0);
        SocketChannel publisher = SocketChannel.open()) {
      publisher.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), wires.port(Wire.TCP)));
      publisher.write(ByteBuffer.wrap(RawClient.connect(5, "fast-publisher")));
      publisher.configureBlocking(false);
      ByteBuffer rest = ByteBuffer.wrap(publish);
      int[] written = {0};
      while (gateway().counters.publishersPaused.sum() == pauses && written[0] < 5_000) {
        for (int n = 0; n < 4; n++) {
          publisher.write(rest);
          if (!rest.hasRemaining()) {
            rest.rewind();
            written[0]++;
          }
        }
        if (written[0] > 100) {
          consumer.hear(Heard.PUBLISH);
        }
      }
      assertThat(gateway().counters.publishersPaused.sum()).isGreaterThan(pauses);
      assertThat(memory() - before).isLessThan(16L << 20);
    }
  }

  @Test
  void whoAsksAndNeverReadsTheAnswersIsReadNoMore() throws IOException {
    long before = memory();
    try (SocketChannel channel = SocketChannel.open()) {
      channel.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), wires.port(Wire.TCP)));
      channel.write(ByteBuffer.wrap(RawClient.connect(5, "greedy")));
      channel.configureBlocking(false);
      byte[] pings = new byte[64 << 10];
      for (int i = 0; i < pings.length; i += 2) {
        pings[i] = (byte) 0xC0;
      }
      ByteBuffer questions = ByteBuffer.wrap(pings);
      long[] sent = {0};
      long[] idleSince = {0};
      await()
          .atMost(Duration.ofSeconds(60))
          .until(
              () -> { // until the gateway has taken nothing for a second
                long now = System.nanoTime();
                int taken = 0;
                for (int n = 0; n < 100; n++) { // the kernel's buffers hold megabytes
                  taken += channel.write(questions.rewind());
                }
                sent[0] += taken;
                idleSince[0] = taken > 0 || idleSince[0] == 0 ? now : idleSince[0];
                return now - idleSince[0] > 1_000_000_000L;
              });
      assertThat(sent[0]).isPositive();
      assertThat(memory() - before).isLessThan(8L << 20);
      other("other").hearNothing().close(); // all the others are served
    }
  }

  @ParameterizedTest
  @EnumSource(Wire.class)
  void whoNeverAcknowledgesFillsItsWindowAndItsQueueAndNoMore(Wire wire) {
    Property window = Property.number(Property.RECEIVE_MAXIMUM, 3);
    try (Dialog mute = client(wire, Say.connect("mute").with(window)).subscribe(1, "a", 1);
        Dialog publisher = other("publisher")) {
      int rounds = QUEUED_MAX / 100 + 5;
      long before = gateway().counters.droppedByReason().getOrDefault("queue_full", 0L);
      for (int round = 0; round < rounds; round++) {
        Say[] some = new Say[100];
        for (int i = 0; i < some.length; i++) {
          some[i] = Say.publish("a", "x").qos(1, i + 1);
        }
        publisher.say(some);
        for (int i = 0; i < some.length; i++) {
          publisher.hear(Heard.PUBACK, i + 1, 0);
        }
      }
      long dropped = 100L * rounds - QUEUED_MAX - 3;
      await()
          .until(
              () ->
                  gateway().counters.droppedByReason().getOrDefault("queue_full", 0L) - before
                      == dropped);
      for (int i = 0; i < 3; i++) {
        mute.hear(Heard.PUBLISH);
      }
      mute.hearNothing();
    }
  }
}
