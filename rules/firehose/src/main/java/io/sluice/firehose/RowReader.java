package io.sluice.firehose;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Reads what {@link RowWriter} wrote. Confined to one thread. */
final class RowReader {
  private final ByteBuffer in;
  private final String kind;

  RowReader(byte[] row, int version, String kind) {
    this.in = ByteBuffer.wrap(row);
    this.kind = kind;
    int found = in.get();
    if (found != version) {
      throw new IllegalStateException(
          "%s row has version %d, this gateway reads %d; start the version that wrote the data directory"
              .formatted(kind, found, version));
    }
  }

  long number() {
    return in.getLong();
  }

  String text() {
    String text = optionalText();
    if (text == null) {
      throw new IllegalStateException(kind + " row lacks a text; restore the data directory");
    }
    return text;
  }

  @Nullable String optionalText() {
    int length = in.getInt();
    if (length < 0) {
      return null;
    }
    byte[] utf8 = new byte[length];
    in.get(utf8);
    return new String(utf8, StandardCharsets.UTF_8);
  }
}
