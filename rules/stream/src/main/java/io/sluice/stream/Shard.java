package io.sluice.stream;

import io.sluice.store.Keys;
import io.sluice.store.Turn;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * A shard of a stream: its part of the hash space, its ancestry, and where its records begin and
 * end. Records count from 1 and their counters rise by one; {@code first} is the oldest that is
 * kept, {@code next} the one that the next record gets, so they are equal in an empty shard.
 *
 * <p>On disk are all fields but {@code next} and {@code lastArrivalMillis} of an open shard, which
 * a start finds again from the last record: a put then writes one row, not two. The row is written
 * when the shard is made, trimmed and closed.
 *
 * <p>Owner thread of the stream's partition only.
 */
final class Shard {
  static final int NONE = -1;
  private static final byte VERSION = 1;
  private static final String PREFIX = "shardId-";
  private static final int DIGITS = 12;

  final long stream;
  final int index;
  final HashRange range;
  final int parent;
  final int adjacentParent;
  final long createdMillis;
  long closedMillis; // 0: open
  long first;
  long next;
  long lastArrivalMillis;
  long retentionDueMillis; // of the one timer that counts; 0: none known in this life
  final WriteRate writeRate = new WriteRate();

  Shard(
      long stream, int index, HashRange range, int parent, int adjacentParent, long createdMillis) {
    this.stream = stream;
    this.index = index;
    this.range = range;
    this.parent = parent;
    this.adjacentParent = adjacentParent;
    this.createdMillis = createdMillis;
    this.first = 1;
    this.next = 1;
    this.lastArrivalMillis = createdMillis;
  }

  static String id(int index) {
    String digits = Integer.toString(index);
    return PREFIX + "0".repeat(DIGITS - digits.length()) + digits;
  }

  /** The index in a shard's identifier; empty when no shard can be called so. */
  static Optional<Integer> index(String id) {
    if (id.length() != PREFIX.length() + DIGITS || !id.startsWith(PREFIX)) {
      return Optional.empty();
    }
    String digits = id.substring(PREFIX.length());
    if (!digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return Optional.empty();
    }
    long index = Long.parseLong(digits);
    return index <= Integer.MAX_VALUE ? Optional.of((int) index) : Optional.empty();
  }

  String id() {
    return id(index);
  }

  boolean isOpen() {
    return closedMillis == 0;
  }

  boolean isEmpty() {
    return first == next;
  }

  SequenceNumber sequenceNumber(long counter, long arrivalMillis) {
    return new SequenceNumber(createdMillis / 1000, index, counter, arrivalMillis / 1000);
  }

  void write(Turn turn) {
    turn.put(StreamTables.SHARDS, rowKey(), encode());
  }

  void delete(Turn turn) {
    turn.delete(StreamTables.SHARDS, rowKey());
  }

  private byte[] rowKey() {
    return Keys.of().number(stream).number(index).bytes();
  }

  /**
   * {@code version(1) | index(4) | rangeFirst(16) | rangeLast(16) | parent(4) | adjacentParent(4) |
   * createdMillis(8) | closedMillis(8) | first(8) | next(8) | lastArrivalMillis(8)}.
   */
  byte[] encode() {
    return ByteBuffer.allocate(85)
        .put(VERSION)
        .putInt(index)
        .putLong(range.first().high())
        .putLong(range.first().low())
        .putLong(range.last().high())
        .putLong(range.last().low())
        .putInt(parent)
        .putInt(adjacentParent)
        .putLong(createdMillis)
        .putLong(closedMillis)
        .putLong(first)
        .putLong(next)
        .putLong(lastArrivalMillis)
        .array();
  }

  static Shard decode(long stream, byte[] row) {
    ByteBuffer in = ByteBuffer.wrap(row);
    byte version = in.get();
    if (version != VERSION) {
      throw new IllegalStateException(
          "shard row has version %d, this gateway reads %d; start the version that wrote the data directory"
              .formatted(version, VERSION));
    }
    int index = in.getInt();
    HashRange range =
        new HashRange(
            new HashKey(in.getLong(), in.getLong()), new HashKey(in.getLong(), in.getLong()));
    Shard shard = new Shard(stream, index, range, in.getInt(), in.getInt(), in.getLong());
    shard.closedMillis = in.getLong();
    shard.first = in.getLong();
    shard.next = in.getLong();
    shard.lastArrivalMillis = in.getLong();
    return shard;
  }

  /** What others may know of it; immutable. */
  ShardView view() {
    return new ShardView(
        index,
        range,
        parent,
        adjacentParent,
        createdMillis,
        closedMillis,
        sequenceNumber(0, createdMillis).toString(),
        isOpen() ? null : sequenceNumber(next, closedMillis).toString());
  }
}
