package io.sluice.firehose;

/**
 * What a delivery stream has done so far, on disk.
 *
 * @param nextParcel number of the next parcel
 * @param cutTo sequence of the first record that is in no parcel
 * @param objects delivered; likewise records and bytes
 */
record Totals(long nextParcel, long cutTo, long objects, long records, long bytes) {
  static final Totals NONE = new Totals(1, 1, 0, 0, 0);
  private static final int VERSION = 1;

  Totals cut(long to) {
    return new Totals(nextParcel + 1, to, objects, records, bytes);
  }

  Totals delivered(long moreRecords, long moreBytes) {
    return new Totals(nextParcel, cutTo, objects + 1, records + moreRecords, bytes + moreBytes);
  }

  byte[] encode() {
    return new RowWriter(VERSION)
        .number(nextParcel)
        .number(cutTo)
        .number(objects)
        .number(records)
        .number(bytes)
        .row();
  }

  static Totals decode(byte[] row) {
    RowReader in = new RowReader(row, VERSION, "delivery totals");
    return new Totals(in.number(), in.number(), in.number(), in.number(), in.number());
  }
}
