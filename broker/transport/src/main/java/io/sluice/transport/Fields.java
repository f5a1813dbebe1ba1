package io.sluice.transport;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Reads the data types of section 1.5 from one packet, and refuses what is cut short or is no
 * UTF-8. Borrows the buffer, which ends where the packet ends.
 */
final class Fields {
  private static final int VARIABLE_DIGITS_MAX = 4;

  private final ByteBuf in;
  private final String where;

  Fields(ByteBuf in, String where) {
    this.in = in;
    this.where = where;
  }

  int position() {
    return in.readerIndex();
  }

  boolean isAtEnd() {
    return !in.isReadable();
  }

  int oneByte(String what) throws ConnectRefused {
    need(1, what);
    return in.readUnsignedByte();
  }

  int twoBytes(String what) throws ConnectRefused {
    need(2, what);
    return in.readUnsignedShort();
  }

  long fourBytes(String what) throws ConnectRefused {
    need(4, what);
    return in.readUnsignedInt();
  }

  /** A variable byte integer (section 1.5.5). */
  int variable(String what) throws ConnectRefused {
    int value = 0;
    for (int digits = 0; digits < VARIABLE_DIGITS_MAX; digits++) {
      int digit = oneByte(what);
      value |= (digit & 0x7F) << 7 * digits;
      if ((digit & 0x80) == 0) {
        if (digit == 0 && digits > 0) {
          throw ConnectRefused.malformed(
              "%s: %s has more bytes than it needs [MQTT-1.5.5-1]".formatted(where, what));
        }
        return value;
      }
    }
    throw ConnectRefused.malformed("%s: %s has more than four bytes".formatted(where, what));
  }

  /** Valid UTF-8 [MQTT-1.5.4-1] without U+0000 [MQTT-1.5.4-2]. */
  String text(String what) throws ConnectRefused {
    int length = twoBytes(what);
    need(length, what);
    ByteBuffer bytes = in.nioBuffer(in.readerIndex(), length);
    String text;
    try {
      text = StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
    } catch (CharacterCodingException invalid) {
      throw ConnectRefused.malformed(
          "%s: %s is not valid UTF-8 [MQTT-1.5.4-1]".formatted(where, what));
    }
    if (text.indexOf('\u0000') >= 0) {
      throw ConnectRefused.malformed("%s: %s holds U+0000 [MQTT-1.5.4-2]".formatted(where, what));
    }
    in.skipBytes(length);
    return text;
  }

  byte[] binary(String what) throws ConnectRefused {
    int length = twoBytes(what);
    need(length, what);
    byte[] bytes = new byte[length];
    in.readBytes(bytes);
    return bytes;
  }

  private void need(int bytes, String what) throws ConnectRefused {
    if (in.readableBytes() < bytes) {
      throw ConnectRefused.malformed("%s ends inside its %s".formatted(where, what));
    }
  }
}
