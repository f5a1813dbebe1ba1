package io.sluice.firehose;

import io.sluice.store.Keys;
import io.sluice.store.Row;
import io.sluice.store.Turn;
import java.util.List;

/**
 * The rows that belong to one delivery stream: how they make its memory again, and how they go with
 * it. Owner thread of the partition only.
 */
final class StoredDeliveries {
  private static final int PAGE_ROWS_MAX = 512;
  private static final int PAGE_BYTES = 4 << 20;
  private static final int FIRST_PAGE_ROWS = 8; // of unknown size: at most 8 MiB

  private StoredDeliveries() {}

  /** Everything but the delivery stream's own row, which was read to get here. */
  static void load(Turn turn, DeliveryStream stream) {
    byte[] number = DeliveryStream.numberKey(stream.number);
    byte[] totals = turn.get(DeliveryTables.TOTALS, number);
    if (totals != null) {
      stream.totals = Totals.decode(totals);
    }
    for (Row row : turn.prefix(DeliveryTables.PARCELS, number, Integer.MAX_VALUE)) {
      Parcel parcel = Parcel.decode(row.value());
      stream.waiting.add(parcel);
      stream.waitingBytes += parcel.bytes;
    }
    for (Row row : turn.prefix(DeliveryTables.DELIVERED, number, DeliveryStream.RECENT_MAX)) {
      stream.recent.add(DeliveredObject.decode(row.value()));
    }
    loadOpen(turn, stream);
  }

  private static void loadOpen(Turn turn, DeliveryStream stream) {
    byte[] end = DeliveryStream.recordKey(stream.number, Long.MAX_VALUE);
    stream.next = stream.totals.cutTo();
    int rows = FIRST_PAGE_ROWS;
    while (true) {
      byte[] from = DeliveryStream.recordKey(stream.number, stream.next);
      List<Row> page = turn.range(DeliveryTables.RECORDS, from, end, rows);
      for (Row row : page) {
        if (stream.isOpenEmpty()) {
          stream.openOldestMillis = BufferedRecord.arrivalMillis(row.value());
        }
        stream.next = Keys.numberAt(row.key(), Long.BYTES) + 1;
        stream.openBytes += row.value().length - BufferedRecord.DATA_AT;
      }
      if (page.size() < rows) {
        return;
      }
      long rowBytes = stream.openBytes / (stream.next - stream.totals.cutTo()) + 1;
      rows = (int) Math.max(1, Math.min(PAGE_ROWS_MAX, PAGE_BYTES / rowBytes));
    }
  }

  /** All of it, the records little by little. */
  static void delete(Turn turn, DeliveryStream stream) {
    byte[] number = DeliveryStream.numberKey(stream.number);
    turn.delete(DeliveryTables.STREAMS, DeliveryStream.rowKey(stream.name));
    turn.delete(DeliveryTables.TOTALS, number);
    for (Row row : turn.prefix(DeliveryTables.DELIVERED, number, Integer.MAX_VALUE)) {
      turn.delete(DeliveryTables.DELIVERED, row.key());
    }
    for (Parcel parcel : stream.waiting) {
      turn.delete(DeliveryTables.PARCELS, Parcel.rowKey(stream.number, parcel.number));
    }
    Parcel first = stream.waiting.peekFirst();
    long from = first == null ? stream.totals.cutTo() : first.from;
    Purge.start(turn, stream.number, from, stream.next);
  }
}
