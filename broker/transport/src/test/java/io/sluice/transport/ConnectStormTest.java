package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Many clients at once: all come in, and others go on meanwhile. The same with 5,000 clients and a
 * report: {@code ./sluice sim bench storm --clients 5000}, see docs/benchmarks.md.
 */
class ConnectStormTest {
  private static final int CLIENTS = 1_000;

  @TempDir Path folder;

  @Test
  void aThousandClientsAtOnceAreAllLetInWhileOtherTrafficFlows() throws Exception {
    try (TestGateway gateway = new TestGateway(folder.resolve("data"));
        RawClient talker = RawClient.connected(gateway.port, 5, "talker")) {
      talker.send(RawClient.subscribe(5, 1, "talk", 0)).read();
      AtomicBoolean storming = new AtomicBoolean(true);
      CompletableFuture<Integer> talk = CompletableFuture.supplyAsync(() -> talk(talker, storming));

      int letIn = storm(gateway.port, Duration.ofSeconds(30));
      storming.set(false);

      assertThat(letIn).isEqualTo(CLIENTS);
      assertThat(talk.join()).as("messages that went round meanwhile").isPositive();
      await().until(() -> gateway.counters.sessionsOpen.sum() == 1);
      assertThat(gateway.counters.refusedByReason()).doesNotContainKey("connect_timeout");
    }
  }

  private static int talk(RawClient talker, AtomicBoolean storming) {
    int rounds = 0;
    do {
      talker.send(RawClient.publish(5, 0, "talk", 0, new byte[] {1}));
      if (talker.read().type() == 3) {
        rounds++;
      }
    } while (storming.get());
    return rounds;
  }

  /** Connects all at once; answers how many got a good CONNACK. */
  private static int storm(int port, Duration atMost) throws Exception {
    int letIn = 0;
    long deadline = System.nanoTime() + atMost.toNanos();
    try (Selector selector = Selector.open()) {
      InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
      for (int i = 0; i < CLIENTS; i++) {
        SocketChannel channel = SocketChannel.open();
        channel.configureBlocking(false);
        channel.connect(address);
        channel.register(selector, SelectionKey.OP_CONNECT, i);
      }
      while (letIn < CLIENTS && System.nanoTime() < deadline) {
        selector.select(100);
        for (SelectionKey key : selector.selectedKeys()) {
          SocketChannel channel = (SocketChannel) key.channel();
          if (key.isConnectable()) {
            channel.finishConnect();
            channel.write(ByteBuffer.wrap(RawClient.connect(5, "storm-" + key.attachment())));
            key.interestOps(SelectionKey.OP_READ);
          } else if (key.isReadable()) {
            ByteBuffer connack = ByteBuffer.allocate(256);
            if (channel.read(connack) > 3 && connack.get(0) == 0x20 && connack.get(3) == 0) {
              letIn++;
            }
            key.interestOps(0);
          }
        }
        selector.selectedKeys().clear();
      }
      for (SelectionKey key : selector.keys()) {
        key.channel().close();
      }
    }
    return letIn;
  }
}
