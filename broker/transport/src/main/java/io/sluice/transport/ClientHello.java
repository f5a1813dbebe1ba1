package io.sluice.transport;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The little of a TLS ClientHello that decides which server it is for (RFC 8446, 4.1.2). */
final class ClientHello {
  private static final int VERSION_AND_RANDOM_BYTES = 34;
  private static final int ALPN = 16; // RFC 7301

  private ClientHello() {}

  /**
   * The protocols that the client offers by ALPN, in its order; empty when it offers none, or when
   * the message is not as it should be: then the TLS engine says so.
   *
   * @param hello the message's body, without its header; borrowed, its indexes do not move
   */
  static List<String> protocols(ByteBuf hello) {
    ByteBuf in = hello.duplicate();
    try {
      in.skipBytes(VERSION_AND_RANDOM_BYTES);
      in.skipBytes(in.readUnsignedByte()); // session id
      in.skipBytes(in.readUnsignedShort()); // cipher suites
      in.skipBytes(in.readUnsignedByte()); // compression methods
      ByteBuf extensions = in.readSlice(in.readUnsignedShort());
      while (extensions.isReadable()) {
        int type = extensions.readUnsignedShort();
        ByteBuf body = extensions.readSlice(extensions.readUnsignedShort());
        if (type == ALPN) {
          return names(body.readSlice(body.readUnsignedShort()));
        }
      }
    } catch (IndexOutOfBoundsException cutShort) { // not ours to complain about
      return List.of();
    }
    return List.of();
  }

  private static List<String> names(ByteBuf list) {
    List<String> names = new ArrayList<>();
    while (list.isReadable()) {
      names.add(
          list.readCharSequence(list.readUnsignedByte(), StandardCharsets.US_ASCII).toString());
    }
    return names;
  }
}
