package io.sluice.stream;

import io.sluice.store.Turn;
import io.sluice.stream.StreamError.Code;

/**
 * Splits and merges shards. The parent closes and its children open in one turn, so no record goes
 * to a parent after its child took one. Owner thread of the stream's partition only.
 */
final class Resharding {
  private Resharding() {}

  static void split(Turn turn, Stream stream, Shard parent, HashKey at) {
    checkOpen(stream, parent);
    boolean inside =
        at.compareTo(parent.range.first()) > 0
            && at.compareTo(parent.range.first().next()) > 0
            && at.compareTo(parent.range.last()) < 0;
    if (!inside) {
      throw StreamError.invalid(
          "NewStartingHashKey %s must lie inside the range of %s, above %s + 1 and below %s.",
          at, parent.id(), parent.range.first(), parent.range.last());
    }
    close(turn, stream, parent);
    open(turn, stream, new HashRange(parent.range.first(), at.previous()), parent.index);
    open(turn, stream, new HashRange(at, parent.range.last()), parent.index);
    stream.write(turn);
  }

  static void merge(Turn turn, Stream stream, Shard shard, Shard adjacent) {
    checkOpen(stream, shard);
    checkOpen(stream, adjacent);
    boolean below = shard.range.touches(adjacent.range);
    if (!below && !adjacent.range.touches(shard.range)) {
      throw StreamError.invalid(
          "Shards %s and %s of stream %s are not adjacent; their hash ranges must touch.",
          shard.id(), adjacent.id(), stream.name);
    }
    HashRange union =
        below
            ? new HashRange(shard.range.first(), adjacent.range.last())
            : new HashRange(adjacent.range.first(), shard.range.last());
    close(turn, stream, shard);
    close(turn, stream, adjacent);
    Shard child =
        new Shard(stream.number, stream.nextShard, union, shard.index, adjacent.index, turn.now());
    child.write(turn);
    stream.add(child);
    stream.write(turn);
  }

  private static void open(Turn turn, Stream stream, HashRange range, int parent) {
    Shard child = new Shard(stream.number, stream.nextShard, range, parent, Shard.NONE, turn.now());
    child.write(turn);
    stream.add(child);
  }

  private static void close(Turn turn, Stream stream, Shard shard) {
    shard.closedMillis = Math.max(turn.now(), shard.lastArrivalMillis);
    if (shard.isEmpty()) { // else its records have set the timer
      Retention.schedule(turn, stream, shard, shard.closedMillis + stream.retentionMillis());
    }
    shard.write(turn);
    stream.order();
  }

  private static void checkOpen(Stream stream, Shard shard) {
    if (!shard.isOpen()) {
      throw new StreamError(
          Code.INVALID_ARGUMENT,
          "Shard %s of stream %s is closed already; use one of its children.",
          shard.id(),
          stream.name);
    }
  }
}
