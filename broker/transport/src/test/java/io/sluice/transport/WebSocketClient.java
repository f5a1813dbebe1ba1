package io.sluice.transport;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;

/**
 * The client's side of WebSocket, as small as RFC 6455 allows: what is written leaves in one masked
 * binary frame, or in frames of a chosen size; what is read is the content of binary frames.
 */
final class WebSocketClient {
  static final int CONTINUATION = 0;
  static final int TEXT = 1;
  static final int BINARY = 2;
  static final int CLOSE = 8;
  static final int PING = 9;
  static final int PONG = 10;

  private static final byte[] MASK = {1, 2, 3, 4};

  private WebSocketClient() {}

  /** Asks for the upgrade; answers the whole head of the response. */
  static String upgrade(InputStream in, OutputStream out, String path, String subprotocol)
      throws IOException {
    String key =
        Base64.getEncoder().encodeToString("sixteen bytes ok".getBytes(StandardCharsets.UTF_8));
    String request =
        "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n%sSec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\n\r\n"
            .formatted(
                path,
                subprotocol.isEmpty() ? "" : "Sec-WebSocket-Protocol: " + subprotocol + "\r\n",
                key);
    out.write(request.getBytes(StandardCharsets.US_ASCII));
    out.flush();
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      if (next < 0) {
        break;
      }
      head.append((char) next);
    }
    return head.toString();
  }

  static boolean isUpgraded(String head) {
    return head.startsWith("HTTP/1.1 101")
        && head.toLowerCase(Locale.ROOT).contains("sec-websocket-protocol: mqtt\r\n");
  }

  static byte[] frame(boolean last, int opcode, byte[] content) {
    int length = content.length;
    byte[] head =
        length < 126
            ? new byte[] {(byte) (0x80 | length)}
            : length < 65_536
                ? new byte[] {(byte) (0x80 | 126), (byte) (length >> 8), (byte) length}
                : new byte[] {
                  (byte) (0x80 | 127),
                  0,
                  0,
                  0,
                  0,
                  (byte) (length >> 24),
                  (byte) (length >> 16),
                  (byte) (length >> 8),
                  (byte) length
                };
    byte[] masked = content.clone();
    for (int i = 0; i < length; i++) {
      masked[i] ^= MASK[i % 4];
    }
    return RawClient.join(new byte[] {(byte) ((last ? 0x80 : 0) | opcode)}, head, MASK, masked);
  }

  static OutputStream output(OutputStream wire) {
    return new OutputStream() {
      @Override
      public void write(int one) throws IOException {
        write(new byte[] {(byte) one}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int from, int length) throws IOException {
        wire.write(frame(true, BINARY, java.util.Arrays.copyOfRange(bytes, from, from + length)));
        wire.flush();
      }
    };
  }

  static InputStream input(InputStream wire, OutputStream back) {
    return new Frames(new DataInputStream(wire), back);
  }

  /** The bytes inside of the frames that arrive. */
  private static final class Frames extends InputStream {
    private final DataInputStream wire;
    private final OutputStream back;
    private byte[] content = {};
    private int at;
    private boolean closed;

    Frames(DataInputStream wire, OutputStream back) {
      this.wire = wire;
      this.back = back;
    }

    @Override
    public int read() throws IOException {
      while (at == content.length) {
        if (closed || !next()) {
          return -1;
        }
      }
      return content[at++] & 0xFF;
    }

    @Override
    public int read(byte[] into, int from, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      int first = read();
      if (first < 0) {
        return -1;
      }
      into[from] = (byte) first;
      int more = Math.min(length - 1, content.length - at);
      System.arraycopy(content, at, into, from + 1, more);
      at += more;
      return 1 + more;
    }

    private boolean next() throws IOException {
      int first = wire.read();
      if (first < 0) {
        closed = true;
        return false;
      }
      int length = wire.readUnsignedByte();
      if (length > 127) {
        throw new IOException("a server must not mask");
      }
      if (length == 126) {
        length = wire.readUnsignedShort();
      } else if (length == 127) {
        length = Math.toIntExact(wire.readLong());
      }
      byte[] bytes = wire.readNBytes(length);
      switch (first & 0x0F) {
        case CONTINUATION, BINARY -> {
          content = bytes;
          at = 0;
        }
        case PING -> back.write(frame(true, PONG, bytes));
        case PONG -> {}
        case CLOSE -> closed = true;
        default -> throw new IOException("MQTT came in a frame with opcode " + (first & 0x0F));
      }
      return !closed;
    }
  }
}
