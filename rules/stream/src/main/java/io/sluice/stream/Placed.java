package io.sluice.stream;

/** Where a record went. */
public record Placed(int shard, SequenceNumber sequenceNumber) {

  /** The shard's identifier on the wire. */
  public String shardId() {
    return Shard.id(shard);
  }
}
