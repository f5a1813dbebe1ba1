package io.sluice.queue;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Writes the values of rows: integers big-endian, texts and bytes behind a length of four bytes, an
 * absent text as the length -1. Confined to one thread.
 */
final class RowWriter {
  private byte[] buffer;
  private int length;

  RowWriter(int bytesExpected) {
    buffer = new byte[bytesExpected];
  }

  RowWriter u8(int value) {
    reserve(1);
    buffer[length++] = (byte) value;
    return this;
  }

  RowWriter u32(int value) {
    reserve(4);
    for (int shift = 24; shift >= 0; shift -= 8) {
      buffer[length++] = (byte) (value >>> shift);
    }
    return this;
  }

  RowWriter u64(long value) {
    return u32((int) (value >>> 32)).u32((int) value);
  }

  RowWriter raw(byte[] bytes) {
    reserve(bytes.length);
    System.arraycopy(bytes, 0, buffer, length, bytes.length);
    length += bytes.length;
    return this;
  }

  RowWriter bytes(byte[] bytes) {
    return u32(bytes.length).raw(bytes);
  }

  RowWriter text(@Nullable String text) {
    return text == null ? u32(-1) : bytes(text.getBytes(StandardCharsets.UTF_8));
  }

  /** What was written, a fresh array. */
  byte[] done() {
    return length == buffer.length ? buffer : Arrays.copyOf(buffer, length);
  }

  private void reserve(int more) {
    if (length + more > buffer.length) {
      buffer = Arrays.copyOf(buffer, Math.max(2 * buffer.length, length + more));
    }
  }
}
