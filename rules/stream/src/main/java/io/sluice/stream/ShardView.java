package io.sluice.stream;

import io.sluice.stream.StreamReplies.ChildShard;
import io.sluice.stream.StreamReplies.HashKeyRange;
import io.sluice.stream.StreamReplies.SequenceNumberRange;
import io.sluice.stream.StreamReplies.ShardDescription;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A shard as it was at one instant; any thread. */
record ShardView(
    int index,
    HashRange range,
    int parent,
    int adjacentParent,
    long createdMillis,
    long closedMillis,
    String startingSequenceNumber,
    @Nullable String endingSequenceNumber) {

  boolean isOpen() {
    return closedMillis == 0;
  }

  /** Whether it took records at that time. */
  boolean wasOpenAt(long millis) {
    return createdMillis <= millis && wasOpenAfter(millis);
  }

  /** Whether it took records later than that. */
  boolean wasOpenAfter(long millis) {
    return isOpen() || closedMillis > millis;
  }

  ShardDescription description() {
    return new ShardDescription(
        Shard.id(index),
        parent == Shard.NONE ? null : Shard.id(parent),
        adjacentParent == Shard.NONE ? null : Shard.id(adjacentParent),
        hashKeyRange(),
        new SequenceNumberRange(startingSequenceNumber, endingSequenceNumber));
  }

  ChildShard child() {
    List<String> parents =
        adjacentParent == Shard.NONE
            ? List.of(Shard.id(parent))
            : List.of(Shard.id(parent), Shard.id(adjacentParent));
    return new ChildShard(Shard.id(index), parents, hashKeyRange());
  }

  private HashKeyRange hashKeyRange() {
    return new HashKeyRange(range.first().toString(), range.last().toString());
  }
}
