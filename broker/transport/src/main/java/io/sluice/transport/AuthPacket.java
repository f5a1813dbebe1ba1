package io.sluice.transport;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * An AUTH of a client (section 3.15).
 *
 * @param method null: none
 * @param data empty when there is none
 */
record AuthPacket(int code, @Nullable String method, byte[] data) {
  static final int FIRST_BYTE = 0xF0;
  static final int SUCCESS = 0x00;
  static final int CONTINUE = 0x18;
  static final int AGAIN = 0x19;

  /** Reads an AUTH that comes before CONNACK. Borrows the body. */
  static AuthPacket read(ByteBuf body) throws ConnectRefused {
    if (!body.isReadable()) {
      return new AuthPacket(SUCCESS, null, new byte[0]);
    }
    int code = new Fields(body, "AUTH").oneByte("reason code");
    String method = null;
    byte[] data = new byte[0];
    PropertyCursor property = new PropertyCursor(body, "AUTH");
    while (property.next()) {
      switch (property.id()) {
        case PropertyCursor.AUTHENTICATION_METHOD -> method = property.text();
        case PropertyCursor.AUTHENTICATION_DATA -> data = property.binary();
        case PropertyCursor.REASON_STRING -> property.text();
        case PropertyCursor.USER_PROPERTY -> property.pair();
        default -> throw property.unexpected();
      }
    }
    if (body.isReadable()) {
      throw ConnectRefused.malformed("AUTH has bytes after its properties");
    }
    return new AuthPacket(code, method, data);
  }
}
