package io.sluice.stream;

/**
 * What is refused, and from where on.
 *
 * @param streamsPerPartitionMax how many streams one partition keeps; more are refused with
 *     LimitExceededException
 * @param shardsPerStreamMax open shards of one stream
 * @param recordBytesMax data and partition key of one record
 * @param requestBytesMax data and partition keys of one PutRecords
 * @param shardRecordsPerSecondMax records that the wire may put into a shard in a second; 0: any
 *     number. The dispatcher's puts count but are never refused: they were acknowledged.
 * @param shardBytesPerSecondMax the same for bytes
 */
public record StreamLimits(
    int streamsPerPartitionMax,
    int shardsPerStreamMax,
    int recordBytesMax,
    int requestBytesMax,
    int shardRecordsPerSecondMax,
    int shardBytesPerSecondMax) {
  private static final int MIB = 1 << 20;

  /** Generous: shards are as fast as the disk. */
  public static StreamLimits standard() {
    return new StreamLimits(1_000, 1_000, MIB, 10 * MIB, 0, 0);
  }

  /** What AWS allows. */
  public static StreamLimits aws() {
    return new StreamLimits(1_000, 1_000, MIB, 10 * MIB, 1_000, MIB);
  }
}
