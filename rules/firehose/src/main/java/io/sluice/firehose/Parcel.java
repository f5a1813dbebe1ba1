package io.sluice.firehose;

import io.sluice.store.Keys;
import io.sluice.store.Turn;
import org.jspecify.annotations.Nullable;

/**
 * Records that were cut off the buffer to become one object. Everything that decides the object's
 * name and bytes is in here and never changes, so however often it is carried, it is the same
 * object. Immutable but for what went wrong, which belongs to the owner thread.
 */
final class Parcel {
  private static final int VERSION = 1;

  final long number;
  final long from; // sequence of its first record
  final long to; // sequence behind its last
  final long bytes;
  final long oldestMillis;
  final String bucket;
  final String key;
  final Compression compression;
  final @Nullable String delimiter;
  int failedAttempts;
  @Nullable String lastError;
  long lastErrorMillis;

  Parcel(
      long number,
      long from,
      long to,
      long bytes,
      long oldestMillis,
      String bucket,
      String key,
      Compression compression,
      @Nullable String delimiter) {
    this.number = number;
    this.from = from;
    this.to = to;
    this.bytes = bytes;
    this.oldestMillis = oldestMillis;
    this.bucket = bucket;
    this.key = key;
    this.compression = compression;
    this.delimiter = delimiter;
  }

  static byte[] rowKey(long stream, long number) {
    return Keys.of().number(stream).number(number).bytes();
  }

  void write(Turn turn, long stream) {
    turn.put(DeliveryTables.PARCELS, rowKey(stream, number), encode());
  }

  byte[] encode() {
    return new RowWriter(VERSION)
        .number(number)
        .number(from)
        .number(to)
        .number(bytes)
        .number(oldestMillis)
        .text(bucket)
        .text(key)
        .text(compression.name())
        .text(delimiter)
        .number(failedAttempts)
        .text(lastError)
        .number(lastErrorMillis)
        .row();
  }

  static Parcel decode(byte[] row) {
    RowReader in = new RowReader(row, VERSION, "parcel");
    Parcel parcel =
        new Parcel(
            in.number(),
            in.number(),
            in.number(),
            in.number(),
            in.number(),
            in.text(),
            in.text(),
            Compression.valueOf(in.text()),
            in.optionalText());
    parcel.failedAttempts = (int) in.number();
    parcel.lastError = in.optionalText();
    parcel.lastErrorMillis = in.number();
    return parcel;
  }
}
