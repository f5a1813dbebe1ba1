package io.sluice.firehose;

import io.sluice.store.Table;

/** Rows of this room; drawn in {@code docs/formats/firehose.md}. */
final class DeliveryTables {
  /** {@code delivery stream name -> DeliveryStream}. */
  static final Table STREAMS = new Table("deliveries");

  /** {@code stream number -> Totals}. */
  static final Table TOTALS = new Table("delivery-totals");

  /** {@code stream number | sequence -> BufferedRecord}. */
  static final Table RECORDS = new Table("delivery-records");

  /** {@code stream number | parcel -> Parcel}. */
  static final Table PARCELS = new Table("delivery-parcels");

  /** {@code stream number | parcel -> DeliveredObject}. */
  static final Table DELIVERED = new Table("delivered-objects");

  private DeliveryTables() {}
}
