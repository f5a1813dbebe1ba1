package io.sluice.transport;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Connections that never get to the point: they cost little, and not for long. */
class SlowlorisTest {
  private static final int CONNECTIONS = 1_000;
  private static final int BYTES_EACH_MAX = 1024;

  @TempDir Path folder;
  private FourWires wires;

  private void start(int connectTimeoutMillis) {
    wires =
        new FourWires(
            folder.resolve("data"),
            TransportLimits.STANDARD.withConnectTimeoutMillis(connectTimeoutMillis));
  }

  @BeforeEach
  void nothingRuns() {
    wires = null;
  }

  @AfterEach
  void stop() {
    wires.close();
  }

  /** The bytes that come first on a wire, without an end. */
  private static byte[] beginning(Wire wire) {
    if (wire.isEncrypted()) { // a ClientHello of 512 bytes in a record of its own
      return RawClient.hex("16 0301 0204 01 000200 0303" + "00".repeat(512));
    }
    return wire.isWebSocket()
        ? ("GET /mqtt HTTP/1.1\r\nHost: gateway\r\nX-Slow: " + "x".repeat(512)).getBytes(US_ASCII)
        : RawClient.hex("10 FF7F 0004 4D515454 05 02 003C 00 7FF0" + "61".repeat(512));
  }

  @ParameterizedTest
  @EnumSource(Wire.class)
  void aByteNowAndThenDoesNotKeepAConnectionOpen(Wire wire) throws IOException {
    start(600);
    byte[] beginning = beginning(wire);
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), wires.port(wire))) {
      socket.setSoTimeout(20);
      int sent = 0;
      for (boolean open = true; open; ) {
        assertThat(sent).as("bytes that it could say").isLessThan(beginning.length);
        try {
          socket.getOutputStream().write(beginning[sent++]);
          open = socket.getInputStream().read() >= 0; // waits, so that time passes
        } catch (SocketTimeoutException silent) {
          // as it should be: a little later
        } catch (IOException closed) {
          open = false;
        }
      }
      assertThat(sent).isGreaterThan(5);
    }
    await().until(() -> wires.gateway.counters.connectionsOpen.sum() == 0);
    assertThat(wires.gateway.counters.refusedByReason()).isNotEmpty();
  }

  @ParameterizedTest
  @EnumSource(Wire.class)
  void aThousandConnectionsThatSayNothingCostNextToNothing(Wire wire) throws IOException {
    start(60_000);
    PooledByteBufAllocator pool = PooledByteBufAllocator.DEFAULT;
    long before = pool.pinnedDirectMemory() + pool.pinnedHeapMemory();
    List<Socket> silent = new ArrayList<>();
    try {
      for (int i = 0; i < CONNECTIONS; i++) {
        silent.add(new Socket(InetAddress.getLoopbackAddress(), wires.port(wire)));
      }
      await().until(() -> wires.gateway.counters.connectionsOpen.sum() == CONNECTIONS);
      long bytes = pool.pinnedDirectMemory() + pool.pinnedHeapMemory() - before;
      assertThat(bytes).as("bytes of buffers").isLessThan(CONNECTIONS * (long) BYTES_EACH_MAX);
      try (Dialog other = wires.dialog(wire, 5)) {
        other.enter(Say.connect("other"));
        other.hearNothing();
      }
    } finally {
      for (Socket socket : silent) {
        socket.close();
      }
    }
    await().until(() -> wires.gateway.counters.connectionsOpen.sum() == 0);
  }

  @Test
  void aThousandHalfConnectsHoldNoMoreThanTheyAreAllowedTogether() throws IOException {
    start(60_000);
    byte[] half = beginning(Wire.TCP);
    List<Socket> slow = new ArrayList<>();
    try {
      for (int i = 0; i < CONNECTIONS; i++) {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), wires.port(Wire.TCP));
        socket.getOutputStream().write(half);
        slow.add(socket);
      }
      try (Dialog other = wires.dialog(Wire.TCP, 5)) {
        other.enter(Say.connect("other"));
        other.hearNothing();
      }
    } finally {
      for (Socket socket : slow) {
        socket.close();
      }
    }
    await()
        .until(
            () ->
                wires.gateway.counters.refusedByReason().getOrDefault("connect_cut_short", 0L)
                    == CONNECTIONS);
    await().until(() -> wires.gateway.counters.connectionsOpen.sum() == 0);
  }
}
