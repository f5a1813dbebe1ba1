package io.sluice.transport;

import static io.netty.handler.codec.ByteToMessageDecoder.MERGE_CUMULATOR;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Cuts the first bytes of a connection into packets, before anybody knows who sends them: the size
 * is checked before the body is waited for, and all connections that are not let in yet share one
 * budget of bytes. Event loop only.
 */
final class FirstPackets {
  private static final int LENGTH_DIGITS_MAX = 4;

  private static final int CONNECT = 0x10;

  /** How the CONNECT of MQTT 5 goes on behind its fixed header. */
  private static final byte[] PROTOCOL = {0, 4, 'M', 'Q', 'T', 'T', 5};

  private final int packetBytesMax;
  private final Vestibule vestibule;
  private @Nullable ByteBuf bytes;
  private int counted; // bytes that the vestibule knows of
  private int level;

  FirstPackets(int packetBytesMax, Vestibule vestibule) {
    this.packetBytesMax = packetBytesMax;
    this.vestibule = vestibule;
  }

  /**
   * One packet.
   *
   * @param first the first byte: type and flags
   * @param body what follows the fixed header; a slice that lives until the next call here
   */
  record Raw(int first, ByteBuf body) {}

  /** Takes the bytes. */
  void add(ByteBufAllocator allocator, ByteBuf more) throws ConnectRefused {
    bytes = bytes == null ? more : MERGE_CUMULATOR.cumulate(allocator, bytes, more);
    if (!count(bytes.readableBytes())) {
      throw new ConnectRefused(
          ConnectRefused.Fault.BUSY,
          "unadmitted_bytes",
          "connections that are not let in yet hold too many bytes; try again later");
    }
  }

  private boolean count(int held) {
    boolean granted = vestibule.hold(held - counted);
    counted = held;
    return granted;
  }

  /** What may be answered to a packet that was refused unread: 5, or 0 when that is not known. */
  int answerLevel() {
    return level;
  }

  /**
   * The next packet, or null when more bytes must come first.
   *
   * @throws ConnectRefused as soon as the first byte or the length shows that nothing good can come
   */
  @Nullable Raw next(boolean connectExpected) throws ConnectRefused {
    ByteBuf in = bytes;
    if (in == null || !in.isReadable()) {
      return null;
    }
    int start = in.readerIndex();
    int first = in.getUnsignedByte(start);
    if (connectExpected && first != CONNECT) {
      String why = "the first byte was 0x%02X, CONNECT is 0x10 [MQTT-3.1.0-1]".formatted(first);
      throw first >> 4 == CONNECT >> 4
          ? ConnectRefused.malformed(why)
          : new ConnectRefused(ConnectRefused.Fault.PROTOCOL_ERROR, "no_connect", why);
    }
    int length = 0;
    int at = start + 1;
    for (int digits = 0; ; digits++) {
      if (digits == LENGTH_DIGITS_MAX) {
        throw ConnectRefused.malformed("the remaining length has more than four bytes");
      }
      if (at == in.writerIndex()) {
        return null;
      }
      int digit = in.getUnsignedByte(at++);
      length |= (digit & 0x7F) << 7 * digits;
      if ((digit & 0x80) == 0) {
        break;
      }
    }
    int there = in.writerIndex() - at;
    if (length > packetBytesMax) {
      level = there >= PROTOCOL.length && isVersion5(in, at) ? 5 : 0;
      throw new ConnectRefused(
          ConnectRefused.Fault.PACKET_TOO_LARGE,
          "connect_too_large",
          "a packet of %d bytes before CONNACK; at most %d are read"
              .formatted(length, packetBytesMax));
    }
    if (there < length) {
      return null;
    }
    in.readerIndex(at + length);
    return new Raw(first, in.slice(at, length));
  }

  private static boolean isVersion5(ByteBuf in, int at) {
    for (int i = 0; i < PROTOCOL.length; i++) {
      if (in.getByte(at + i) != PROTOCOL[i]) {
        return false;
      }
    }
    return true;
  }

  /** Whether a packet has begun and not ended. */
  boolean isInside() {
    return bytes != null && bytes.isReadable();
  }

  /** Hands out what follows the packets that were read, to be released by the caller, or null. */
  @Nullable ByteBuf rest() {
    ByteBuf rest = bytes;
    bytes = null;
    count(0);
    if (rest != null && !rest.isReadable()) {
      rest.release();
      return null;
    }
    return rest;
  }

  void release() {
    ByteBuf rest = rest();
    if (rest != null) {
      rest.release();
    }
  }
}
