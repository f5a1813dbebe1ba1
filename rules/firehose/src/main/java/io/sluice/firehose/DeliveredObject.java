package io.sluice.firehose;

import java.time.Instant;

/**
 * An object that the target has.
 *
 * @param location where a person finds it: the path of the file
 * @param records how many are in it
 * @param bytes of the records, before compression
 * @param oldestArrival of its first record
 */
public record DeliveredObject(
    String bucket,
    String key,
    String location,
    long records,
    long bytes,
    Instant oldestArrival,
    Instant deliveredAt) {
  private static final int VERSION = 1;

  byte[] encode() {
    return new RowWriter(VERSION)
        .text(bucket)
        .text(key)
        .text(location)
        .number(records)
        .number(bytes)
        .number(oldestArrival.toEpochMilli())
        .number(deliveredAt.toEpochMilli())
        .row();
  }

  static DeliveredObject decode(byte[] row) {
    RowReader in = new RowReader(row, VERSION, "delivered object");
    return new DeliveredObject(
        in.text(),
        in.text(),
        in.text(),
        in.number(),
        in.number(),
        Instant.ofEpochMilli(in.number()),
        Instant.ofEpochMilli(in.number()));
  }
}
