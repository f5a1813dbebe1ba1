package io.sluice.stream;

import io.sluice.store.Table;

/** Rows of this room; drawn in {@code docs/formats/stream.md}. */
final class StreamTables {
  /** {@code stream name -> Stream}. */
  static final Table STREAMS = new Table("streams");

  /** {@code stream number | shard -> Shard}. */
  static final Table SHARDS = new Table("stream-shards");

  /** {@code stream number | shard | counter -> StoredRecord}. */
  static final Table RECORDS = new Table("stream-records");

  private StreamTables() {}
}
