package io.sluice.queue;

import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A queue as its row holds it, or the mark that one was deleted here a moment ago.
 *
 * @param incarnation names the queue's rows; a purge takes a new one, so the old rows can go slowly
 * @param created milliseconds since the epoch; of a deleted queue, when it was deleted
 * @param purged when it was purged last, 0 for never
 */
record QueueRow(
    boolean deleted,
    long incarnation,
    long created,
    long modified,
    long purged,
    QueueAttributes attributes,
    SortedMap<String, String> tags) {
  private static final int VERSION = 1;
  private static final int DELETED = 1;
  private static final int FIFO = 2;

  static QueueRow tombstone(long now) {
    return new QueueRow(true, 0, now, now, 0, QueueAttributes.of(false, Map.of()), new TreeMap<>());
  }

  QueueRow with(QueueAttributes changed, long now) {
    return new QueueRow(deleted, incarnation, created, now, purged, changed, tags);
  }

  QueueRow withTags(SortedMap<String, String> changed) {
    return new QueueRow(deleted, incarnation, created, modified, purged, attributes, changed);
  }

  QueueRow purgedAt(long now, long newIncarnation) {
    return new QueueRow(deleted, newIncarnation, created, modified, now, attributes, tags);
  }

  byte[] encode() {
    RowWriter row =
        new RowWriter(128)
            .u8(VERSION)
            .u8((deleted ? DELETED : 0) | (attributes.isFifo() ? FIFO : 0))
            .u64(incarnation)
            .u64(created)
            .u64(modified)
            .u64(purged);
    texts(row, attributes.given());
    texts(row, tags);
    return row.done();
  }

  static QueueRow decode(byte[] bytes) {
    RowReader row = new RowReader(bytes, VERSION, "queue");
    int flags = row.u8();
    long incarnation = row.u64();
    long created = row.u64();
    long modified = row.u64();
    long purged = row.u64();
    SortedMap<String, String> given = texts(row);
    SortedMap<String, String> tags = texts(row);
    return new QueueRow(
        (flags & DELETED) != 0,
        incarnation,
        created,
        modified,
        purged,
        QueueAttributes.of((flags & FIFO) != 0, given),
        tags);
  }

  private static void texts(RowWriter row, SortedMap<String, String> texts) {
    row.u32(texts.size());
    texts.forEach((name, value) -> row.text(name).text(value));
  }

  private static SortedMap<String, String> texts(RowReader row) {
    SortedMap<String, String> texts = new TreeMap<>();
    int count = row.u32();
    for (int i = 0; i < count; i++) {
      texts.put(row.text(), row.text());
    }
    return texts;
  }
}
