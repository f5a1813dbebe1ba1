package io.sluice.firehose;

import java.nio.ByteBuffer;

/**
 * A record that waits for its object, on disk: {@code version(1) | arrivalMillis(8) | data}. Its
 * sequence is in the row's key.
 */
final class BufferedRecord {
  static final int DATA_AT = 9;
  private static final byte VERSION = 1;

  private BufferedRecord() {}

  static byte[] encode(long arrivalMillis, byte[] data) {
    return ByteBuffer.allocate(DATA_AT + data.length)
        .put(VERSION)
        .putLong(arrivalMillis)
        .put(data)
        .array();
  }

  static long arrivalMillis(byte[] row) {
    check(row);
    return ByteBuffer.wrap(row).getLong(1);
  }

  /** The data begins at {@link #DATA_AT}. */
  static void check(byte[] row) {
    if (row[0] != VERSION) {
      throw new IllegalStateException(
          "buffered record has version %d, this gateway reads %d; start the version that wrote the data directory"
              .formatted(row[0], VERSION));
    }
  }
}
