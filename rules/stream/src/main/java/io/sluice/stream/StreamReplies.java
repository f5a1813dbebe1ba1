package io.sluice.stream;

import io.sluice.stream.StreamRequests.StreamModeDetails;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The operations' outputs, each component named as its member on the wire but for the case of the
 * first letter. A null component is left out on the wire. Operations that answer with an empty body
 * have no record here. Source: the service model of Kinesis.
 */
public final class StreamReplies {
  private StreamReplies() {}

  /** Both ends belong to the range; decimal. */
  public record HashKeyRange(String startingHashKey, String endingHashKey) {}

  /** The ending number is there when the shard is closed. */
  public record SequenceNumberRange(
      String startingSequenceNumber, @Nullable String endingSequenceNumber) {}

  public record ShardDescription(
      String shardId,
      @Nullable String parentShardId,
      @Nullable String adjacentParentShardId,
      HashKeyRange hashKeyRange,
      SequenceNumberRange sequenceNumberRange) {}

  public record EnhancedMetrics(List<String> shardLevelMetrics) {}

  public record StreamDescription(
      String streamName,
      String streamARN,
      String streamStatus,
      StreamModeDetails streamModeDetails,
      List<ShardDescription> shards,
      boolean hasMoreShards,
      int retentionPeriodHours,
      Instant streamCreationTimestamp,
      List<EnhancedMetrics> enhancedMonitoring,
      String encryptionType) {}

  public record DescribeStreamReply(StreamDescription streamDescription) {}

  public record StreamDescriptionSummary(
      String streamName,
      String streamARN,
      String streamStatus,
      StreamModeDetails streamModeDetails,
      int retentionPeriodHours,
      Instant streamCreationTimestamp,
      List<EnhancedMetrics> enhancedMonitoring,
      String encryptionType,
      int openShardCount,
      int consumerCount) {}

  public record DescribeStreamSummaryReply(StreamDescriptionSummary streamDescriptionSummary) {}

  public record StreamSummary(
      String streamName,
      String streamARN,
      String streamStatus,
      StreamModeDetails streamModeDetails,
      Instant streamCreationTimestamp) {}

  public record ListStreamsReply(
      List<String> streamNames,
      boolean hasMoreStreams,
      @Nullable String nextToken,
      List<StreamSummary> streamSummaries) {}

  public record ListShardsReply(List<ShardDescription> shards, @Nullable String nextToken) {}

  public record PutRecordReply(String shardId, String sequenceNumber, String encryptionType) {}

  /** Either a place or an error. */
  public record PutRecordsResultEntry(
      @Nullable String sequenceNumber,
      @Nullable String shardId,
      @Nullable String errorCode,
      @Nullable String errorMessage) {}

  public record PutRecordsReply(
      int failedRecordCount, List<PutRecordsResultEntry> records, String encryptionType) {}

  public record GetShardIteratorReply(String shardIterator) {}

  public record StreamRecord(
      String sequenceNumber,
      Instant approximateArrivalTimestamp,
      byte[] data,
      String partitionKey,
      String encryptionType) {}

  public record ChildShard(String shardId, List<String> parentShards, HashKeyRange hashKeyRange) {}

  /**
   * At the end of a closed shard the iterator is null and the children are there; otherwise the
   * other way round. KCL throws on any other pairing.
   */
  public record GetRecordsReply(
      List<StreamRecord> records,
      @Nullable String nextShardIterator,
      long millisBehindLatest,
      @Nullable List<ChildShard> childShards) {}

  public record Tag(String key, @Nullable String value) {}

  public record ListTagsForStreamReply(List<Tag> tags, boolean hasMoreTags) {}
}
