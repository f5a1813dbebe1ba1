package io.sluice.shadow;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The parts that rows are made of: numbers are big-endian, texts and documents carry their length
 * in front. {@code docs/formats/shadow.md} draws the rows. Confined to one thread.
 */
final class RowBytes {
  private static final int ABSENT = -1;

  private RowBytes() {}

  /** Writes a row from front to back. */
  static final class Writer {
    private final ByteArrayOutputStream out;

    Writer(int bytesExpected) {
      this.out = new ByteArrayOutputStream(bytesExpected);
    }

    Writer octet(int value) {
      out.write(value);
      return this;
    }

    Writer number(long value) {
      for (int shift = 56; shift >= 0; shift -= 8) {
        out.write((int) (value >>> shift));
      }
      return this;
    }

    Writer block(byte[] bytes) {
      length(bytes.length);
      out.writeBytes(bytes);
      return this;
    }

    Writer text(@Nullable String text) {
      if (text == null) {
        length(ABSENT);
        return this;
      }
      return block(text.getBytes(StandardCharsets.UTF_8));
    }

    byte[] end() {
      return out.toByteArray();
    }

    private void length(int length) {
      for (int shift = 24; shift >= 0; shift -= 8) {
        out.write(length >>> shift);
      }
    }
  }

  /** Reads a row from front to back. Throws {@link UnreadableRow} at what cannot be. */
  static final class Reader {
    private final String what;
    private final ByteBuffer row;

    Reader(String what, byte[] row) {
      this.what = what;
      this.row = ByteBuffer.wrap(row);
    }

    int octet() {
      need(1);
      return row.get() & 0xFF;
    }

    long number() {
      need(Long.BYTES);
      return row.getLong();
    }

    byte[] block() {
      byte[] bytes = blockOrAbsent();
      if (bytes == null) {
        throw unreadable("a missing part");
      }
      return bytes;
    }

    @Nullable String text() {
      byte[] utf8 = blockOrAbsent();
      return utf8 == null ? null : new String(utf8, StandardCharsets.UTF_8);
    }

    void end() {
      if (row.hasRemaining()) {
        throw unreadable(row.remaining() + " bytes too many");
      }
    }

    UnreadableRow unreadable(String found) {
      return new UnreadableRow(what, row.position(), found);
    }

    private byte @Nullable [] blockOrAbsent() {
      need(Integer.BYTES);
      int length = row.getInt();
      if (length == ABSENT) {
        return null;
      }
      if (length < 0) {
        throw unreadable("length " + length);
      }
      need(length);
      byte[] bytes = new byte[length];
      row.get(bytes);
      return bytes;
    }

    private void need(int bytes) {
      if (row.remaining() < bytes) {
        throw unreadable("%d bytes where %d belong".formatted(row.remaining(), bytes));
      }
    }
  }
}
