package io.sluice.firehose;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Writes the values of rows: a version byte, then numbers of eight bytes, big-endian, and bytes or
 * UTF-8 texts behind a length of four; an absent text has the length -1. Confined to one thread.
 */
final class RowWriter {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  RowWriter(int version) {
    out.write(version);
  }

  RowWriter number(long number) {
    out.writeBytes(ByteBuffer.allocate(8).putLong(number).array());
    return this;
  }

  RowWriter bytes(byte[] bytes) {
    out.writeBytes(ByteBuffer.allocate(4).putInt(bytes.length).array());
    out.writeBytes(bytes);
    return this;
  }

  RowWriter text(@Nullable String text) {
    if (text == null) {
      out.writeBytes(ByteBuffer.allocate(4).putInt(-1).array());
      return this;
    }
    return bytes(text.getBytes(StandardCharsets.UTF_8));
  }

  byte[] row() {
    return out.toByteArray();
  }
}
