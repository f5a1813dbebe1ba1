package io.sluice.stream;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A record of a shard on disk: {@code version(1) | arrivalMillis(8) | partitionKeyLength(2) |
 * partitionKey | data}. Its counter is in the row's key.
 *
 * @param partitionKey UTF-8
 */
record StoredRecord(long arrivalMillis, byte[] partitionKey, byte[] data) {
  private static final byte VERSION = 1;
  private static final int ARRIVAL_AT = 1;
  private static final int KEY_AT = 11;

  byte[] encode() {
    return ByteBuffer.allocate(KEY_AT + partitionKey.length + data.length)
        .put(VERSION)
        .putLong(arrivalMillis)
        .putShort((short) partitionKey.length)
        .put(partitionKey)
        .put(data)
        .array();
  }

  static StoredRecord decode(byte[] row) {
    ByteBuffer in = ByteBuffer.wrap(row);
    checkVersion(in.get());
    long arrivalMillis = in.getLong();
    int dataAt = KEY_AT + (in.getShort() & 0xFFFF);
    return new StoredRecord(
        arrivalMillis,
        Arrays.copyOfRange(row, KEY_AT, dataAt),
        Arrays.copyOfRange(row, dataAt, row.length));
  }

  /** The arrival alone, for searches by time. */
  static long arrivalMillis(byte[] row) {
    checkVersion(row[0]);
    return ByteBuffer.wrap(row).getLong(ARRIVAL_AT);
  }

  String partitionKeyText() {
    return new String(partitionKey, StandardCharsets.UTF_8);
  }

  private static void checkVersion(byte version) {
    if (version != VERSION) {
      throw new IllegalStateException(
          "stream record has version %d, this gateway reads %d; start the version that wrote the data directory"
              .formatted(version, VERSION));
    }
  }
}
