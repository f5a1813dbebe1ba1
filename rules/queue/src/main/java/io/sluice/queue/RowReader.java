package io.sluice.queue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Reads what {@link RowWriter} wrote. Confined to one thread. */
final class RowReader {
  private final ByteBuffer buffer;

  /**
   * @throws IllegalStateException when the row begins with another version
   */
  RowReader(byte[] row, int version, String kind) {
    this.buffer = ByteBuffer.wrap(row);
    int found = u8();
    if (found != version) {
      throw new IllegalStateException(
          "%s row has version %d, this program reads %d; start the version that wrote the data directory"
              .formatted(kind, found, version));
    }
  }

  int u8() {
    return buffer.get() & 0xFF;
  }

  int u32() {
    return buffer.getInt();
  }

  long u64() {
    return buffer.getLong();
  }

  byte[] raw(int length) {
    byte[] bytes = new byte[length];
    buffer.get(bytes);
    return bytes;
  }

  byte[] bytes() {
    return raw(u32());
  }

  void skip(int length) {
    buffer.position(buffer.position() + length);
  }

  void skipBytes() {
    int length = u32();
    skip(Math.max(0, length));
  }

  String text() {
    String text = optionalText();
    if (text == null) {
      throw new IllegalStateException("a text that must be there is absent");
    }
    return text;
  }

  @Nullable String optionalText() {
    int length = u32();
    if (length < 0) {
      return null;
    }
    String text =
        new String(
            buffer.array(),
            buffer.arrayOffset() + buffer.position(),
            length,
            StandardCharsets.UTF_8);
    skip(length);
    return text;
  }
}
