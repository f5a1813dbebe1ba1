package io.sluice.transport;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import javax.net.ssl.SSLException;

/** A socket that says exactly what the test tells it, also what no client library would say. */
final class RawClient implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 20_000;

  /** A packet as it came: its first byte, and what follows the remaining length. */
  record Packet(int first, byte[] body) {
    int type() {
      return first >> 4;
    }

    /** Two bytes of the body as a number. */
    int number(int at) {
      return (body[at] & 0xFF) << 8 | body[at + 1] & 0xFF;
    }

    String hex() {
      return "%02X %s".formatted(first, HexFormat.of().formatHex(body));
    }

    /** The reason code of a DISCONNECT of MQTT 5, in hexadecimal. */
    String disconnectCode() {
      return first == 0xE0 ? "%02X".formatted(body[0]) : "not DISCONNECT but " + hex();
    }
  }

  private final Socket socket;
  private final DataInputStream in;
  private final OutputStream out;

  RawClient(int port) {
    this(plain(port));
  }

  static Socket plain(int port) {
    try {
      return new Socket(InetAddress.getLoopbackAddress(), port);
    } catch (IOException refused) {
      throw new UncheckedIOException(refused);
    }
  }

  /** Takes the socket. */
  RawClient(Socket connected) {
    socket = connected;
    try {
      prepare(connected);
      in = new DataInputStream(new BufferedInputStream(connected.getInputStream()));
      out = connected.getOutputStream();
    } catch (IOException refused) {
      throw new UncheckedIOException(refused);
    }
  }

  private RawClient(Socket connected, InputStream in, OutputStream out) {
    this.socket = connected;
    this.in = new DataInputStream(new BufferedInputStream(in));
    this.out = out;
  }

  private static void prepare(Socket connected) throws IOException {
    connected.setTcpNoDelay(true);
    connected.setSoTimeout(PATIENCE_MILLIS);
  }

  /** Takes the socket, and asks for MQTT over WebSocket on it. */
  static RawClient overWebSocket(Socket connected) {
    try {
      prepare(connected);
      InputStream in = connected.getInputStream();
      OutputStream out = connected.getOutputStream();
      String head = WebSocketClient.upgrade(in, out, "/mqtt", "mqtt");
      if (!WebSocketClient.isUpgraded(head)) {
        throw new AssertionError("no WebSocket: " + head);
      }
      return new RawClient(connected, WebSocketClient.input(in, out), WebSocketClient.output(out));
    } catch (IOException refused) {
      throw new UncheckedIOException(refused);
    }
  }

  /** A client that has its CONNACK already. */
  static RawClient connected(int port, int version, String clientId) {
    RawClient client = new RawClient(port);
    client.send(connect(version, clientId));
    Packet connack = client.read();
    if (connack == null || connack.first() != 0x20 || connack.body()[1] != 0) {
      throw new IllegalStateException("not let in: " + connack);
    }
    return client;
  }

  RawClient send(byte[]... packets) {
    try {
      out.write(join(packets));
      return this;
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    }
  }

  RawClient send(String hex) {
    return send(hex(hex));
  }

  /** Closes the client's half of the connection. */
  RawClient sendNoMore() {
    try {
      socket.shutdownOutput();
      return this;
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    }
  }

  /** The next packet, or null when the gateway closed the connection. */
  Packet read() {
    try {
      int first = in.read();
      if (first < 0) {
        return null;
      }
      int length = 0;
      for (int shift = 0, digit = 0x80; (digit & 0x80) != 0; shift += 7) {
        digit = in.readUnsignedByte();
        length |= (digit & 0x7F) << shift;
      }
      return new Packet(first, in.readNBytes(length));
    } catch (SocketTimeoutException silent) {
      throw new AssertionError("the gateway says nothing and does not close", silent);
    } catch (SocketException | SSLException reset) {
      return null;
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    }
  }

  /** Whether the gateway ends the stream properly, with nothing before that: no reset. */
  boolean ends() {
    try {
      return in.read() < 0;
    } catch (IOException reset) {
      return false;
    }
  }

  /** An HTTP head, up to and with its empty line. */
  String readHead() {
    StringBuilder head = new StringBuilder();
    try {
      while (head.indexOf("\r\n\r\n") < 0) {
        int next = in.read();
        if (next < 0) {
          break;
        }
        head.append((char) next);
      }
      return head.toString();
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    }
  }

  /** The body of the next packet, which must be a PUBLISH of QoS 0, as text without its topic. */
  String readPublish() {
    Packet packet = read();
    if (packet == null || packet.type() != 3) {
      throw new AssertionError("not a PUBLISH: " + (packet == null ? "closed" : packet.hex()));
    }
    int topic = packet.number(0) + 2 + ((packet.first() & 6) != 0 ? 2 : 0);
    return new String(packet.body(), topic, packet.body().length - topic, StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException gone) {
      throw new UncheckedIOException(gone);
    }
  }

  // ---- packets

  static byte[] hex(String hex) {
    return HexFormat.of().parseHex(hex.replace(" ", ""));
  }

  static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  static byte[] text(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    return join(new byte[] {(byte) (utf8.length >> 8), (byte) utf8.length}, utf8);
  }

  static byte[] packet(int first, byte[]... parts) {
    byte[] body = join(parts);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(first);
    int left = body.length;
    while (left > 127) {
      out.write(left & 0x7F | 0x80);
      left >>>= 7;
    }
    out.write(left);
    out.writeBytes(body);
    return out.toByteArray();
  }

  /** CONNECT with Clean Session, keep alive 60, no properties, no will. */
  static byte[] connect(int version, String clientId) {
    return connect(version, 0x02, 60, "", text(clientId));
  }

  /**
   * @param properties of MQTT 5, in hexadecimal, without their length
   */
  static byte[] connect(
      int version, int flags, int keepAlive, String properties, byte[]... payload) {
    byte[] head = {
      (byte) version, (byte) flags, (byte) (keepAlive >> 8), (byte) keepAlive,
    };
    byte[] name = text(version == 3 ? "MQIsdp" : "MQTT");
    byte[] list = hex(properties);
    byte[] counted = version >= 5 ? join(new byte[] {(byte) list.length}, list) : new byte[0];
    return packet(0x10, name, head, counted, join(payload));
  }

  static byte[] publish(int version, int flags, String topic, int packetId, byte[] payload) {
    byte[] id =
        (flags & 6) == 0 ? new byte[0] : new byte[] {(byte) (packetId >> 8), (byte) packetId};
    return packet(0x30 | flags, text(topic), id, version == 5 ? new byte[1] : new byte[0], payload);
  }

  static byte[] subscribe(int version, int packetId, String filter, int options) {
    return packet(
        0x82,
        new byte[] {(byte) (packetId >> 8), (byte) packetId},
        version == 5 ? new byte[1] : new byte[0],
        text(filter),
        new byte[] {(byte) options});
  }
}
