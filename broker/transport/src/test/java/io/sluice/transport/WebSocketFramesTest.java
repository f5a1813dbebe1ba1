package io.sluice.transport;

import static io.sluice.transport.WebSocketClient.BINARY;
import static io.sluice.transport.WebSocketClient.CLOSE;
import static io.sluice.transport.WebSocketClient.CONTINUATION;
import static io.sluice.transport.WebSocketClient.PING;
import static io.sluice.transport.WebSocketClient.TEXT;
import static io.sluice.transport.WebSocketClient.frame;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Section 6: MQTT in WebSocket, below what the other tests see of it. */
class WebSocketFramesTest {
  @TempDir static Path folder;
  private static FourWires wires;

  @BeforeAll
  static void start() {
    wires = new FourWires(folder.resolve("data"));
  }

  @AfterAll
  static void stop() {
    wires.close();
  }

  /** A connection that was upgraded, with frames as the test makes them. */
  private static final class Frames implements AutoCloseable {
    private final Socket socket;
    private final OutputStream out;
    private final DataInputStream in;

    Frames(Wire wire) throws IOException {
      socket = wires.socket(wire);
      socket.setSoTimeout(5_000);
      out = socket.getOutputStream();
      in = new DataInputStream(socket.getInputStream());
      String head = WebSocketClient.upgrade(in, out, "/mqtt", "mqtt");
      assertThat(head).startsWith("HTTP/1.1 101");
      assertThat(head.toLowerCase(Locale.ROOT)) // [MQTT-6.0.0-4]
          .contains("sec-websocket-protocol: mqtt\r\n");
    }

    Frames send(byte[]... frames) throws IOException {
      out.write(RawClient.join(frames));
      out.flush();
      return this;
    }

    /** The next frame: opcode and content; "closed" at the end. */
    String read() throws IOException {
      int first = in.read();
      if (first < 0) {
        return "closed";
      }
      int length = in.readUnsignedByte();
      assertThat(length).as("a short frame that is not masked").isLessThan(126);
      return "%d %s".formatted(first & 0x0F, new RawClient.Packet(0, in.readNBytes(length)).hex());
    }

    void endsSoon() throws IOException {
      String frame = read();
      while (!frame.equals("closed")) {
        assertThat(frame).as("nothing but a farewell").startsWith(CLOSE + " ");
        frame = read();
      }
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  private static byte[] connect(String name) {
    return Say.connect(name).bytes(4);
  }

  private static final String CONNACK = "2 00 20020000";
  private static final String PINGRESP = "2 00 d000";

  @ParameterizedTest
  @EnumSource(names = {"WS", "WSS"})
  void severalPacketsMayShareAFrame(Wire wire) throws IOException { // [MQTT-6.0.0-2]
    try (Frames client = new Frames(wire)) {
      byte[] ping = Say.ping().bytes(4);
      client.send(frame(true, BINARY, RawClient.join(connect("many" + wire), ping, ping)));
      StringBuilder heard = new StringBuilder();
      while (heard.length() < "20020000d000d000".length()) {
        String frame = client.read();
        assertThat(frame).startsWith("2 00 ");
        heard.append(frame.substring(5));
      }
      assertThat(heard).hasToString("20020000d000d000");
    }
  }

  @ParameterizedTest
  @CsvSource({"WS, 1", "WS, 7", "WSS, 1", "WSS, 7"})
  void aPacketMayBeSpreadOverFrames(Wire wire, int size) throws IOException { // [MQTT-6.0.0-2]
    byte[] connect = connect("spread" + wire + size);
    try (Frames client = new Frames(wire)) {
      for (int at = 0; at < connect.length; at += size) {
        byte[] part = Arrays.copyOfRange(connect, at, Math.min(connect.length, at + size));
        client.send(frame(true, BINARY, part));
      }
      assertThat(client.read()).isEqualTo(CONNACK);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"WS", "WSS"})
  void aMessageMayBeSpreadOverFragmentsWithPingsBetween(Wire wire) throws IOException {
    byte[] connect = connect("fragments" + wire);
    try (Frames client = new Frames(wire)) {
      client.send(
          frame(false, BINARY, Arrays.copyOfRange(connect, 0, 3)),
          frame(false, CONTINUATION, Arrays.copyOfRange(connect, 3, 5)),
          frame(true, PING, new byte[] {1}),
          frame(false, CONTINUATION, new byte[0]),
          frame(true, CONTINUATION, Arrays.copyOfRange(connect, 5, connect.length)));
      assertThat(client.read()).isEqualTo("10 00 01"); // the PONG
      assertThat(client.read()).isEqualTo(CONNACK);
      client.send(frame(true, BINARY, Say.ping().bytes(4)));
      assertThat(client.read()).isEqualTo(PINGRESP);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"WS", "WSS"})
  void aTextFrameEndsTheConnection(Wire wire) throws IOException { // [MQTT-6.0.0-1]
    try (Frames client = new Frames(wire)) {
      client.send(frame(true, BINARY, connect("text" + wire)));
      assertThat(client.read()).isEqualTo(CONNACK);
      client.send(frame(true, TEXT, Say.ping().bytes(4)));
      client.endsSoon();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"WS", "WSS"})
  void aTextFrameEndsTheConnectionAlsoBeforeConnect(Wire wire) throws IOException {
    try (Frames client = new Frames(wire)) {
      client.send(frame(true, TEXT, connect("text" + wire)));
      client.endsSoon();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"WS", "WSS"})
  void aCloseFrameWithoutDisconnectLeavesAWill(Wire wire) throws IOException {
    try (Dialog watcher = wires.dialog(Wire.TCP, 4);
        Frames client = new Frames(wire)) {
      watcher.enter(Say.connect("watcher" + wire));
      watcher.subscribe(1, "closed/" + wire, 0);
      client.send(
          frame(
              true,
              BINARY,
              Say.connect("closing" + wire).will(0, false, "closed/" + wire, "gone").bytes(4)));
      assertThat(client.read()).isEqualTo(CONNACK);
      client.send(frame(true, CLOSE, new byte[] {3, (byte) 0xE8}));
      client.endsSoon();
      assertThat(watcher.hear(Heard.PUBLISH).text()).isEqualTo("gone");
    }
  }

  @ParameterizedTest
  @CsvSource({"WS, /", "WS, /other", "WSS, /other"})
  void anotherPathIsNotMqtt(Wire wire, String path) throws IOException {
    try (Socket socket = wires.socket(wire)) {
      socket.setSoTimeout(5_000);
      assertThat(
              WebSocketClient.upgrade(
                  socket.getInputStream(), socket.getOutputStream(), path, "mqtt"))
          .startsWith("HTTP/1.1 404");
    }
  }
}
