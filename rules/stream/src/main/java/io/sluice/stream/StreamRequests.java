package io.sluice.stream;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The operations' inputs, each component named as its member on the wire but for the case of the
 * first letter. A member that the wire may leave out is nullable, also where the operation requires
 * it: {@link Streams} says then what is missing. Source: the service model of Kinesis.
 */
public final class StreamRequests {
  private StreamRequests() {}

  /** PROVISIONED or ON_DEMAND. */
  public record StreamModeDetails(@Nullable String streamMode) {}

  public record CreateStream(
      @Nullable String streamName,
      @Nullable Integer shardCount,
      @Nullable StreamModeDetails streamModeDetails,
      @Nullable Map<String, String> tags) {}

  public record DeleteStream(@Nullable String streamName, @Nullable String streamARN) {}

  public record DescribeStream(
      @Nullable String streamName,
      @Nullable String streamARN,
      @Nullable Integer limit,
      @Nullable String exclusiveStartShardId) {}

  public record DescribeStreamSummary(@Nullable String streamName, @Nullable String streamARN) {}

  public record ListStreams(
      @Nullable Integer limit,
      @Nullable String exclusiveStartStreamName,
      @Nullable String nextToken) {}

  public record ShardFilter(
      @Nullable String type, @Nullable String shardId, @Nullable Instant timestamp) {}

  public record ListShards(
      @Nullable String streamName,
      @Nullable String streamARN,
      @Nullable String nextToken,
      @Nullable String exclusiveStartShardId,
      @Nullable Integer maxResults,
      @Nullable Instant streamCreationTimestamp,
      @Nullable ShardFilter shardFilter) {}

  public record PutRecord(
      @Nullable String streamName,
      @Nullable String streamARN,
      byte @Nullable [] data,
      @Nullable String partitionKey,
      @Nullable String explicitHashKey,
      @Nullable String sequenceNumberForOrdering) {}

  public record PutRecordsRequestEntry(
      byte @Nullable [] data, @Nullable String partitionKey, @Nullable String explicitHashKey) {}

  public record PutRecords(
      @Nullable String streamName,
      @Nullable String streamARN,
      @Nullable List<PutRecordsRequestEntry> records) {}

  public record GetShardIterator(
      @Nullable String streamName,
      @Nullable String streamARN,
      @Nullable String shardId,
      @Nullable String shardIteratorType,
      @Nullable String startingSequenceNumber,
      @Nullable Instant timestamp) {}

  public record GetRecords(
      @Nullable String shardIterator, @Nullable Integer limit, @Nullable String streamARN) {}

  public record SplitShard(
      @Nullable String streamName,
      @Nullable String streamARN,
      @Nullable String shardToSplit,
      @Nullable String newStartingHashKey) {}

  public record MergeShards(
      @Nullable String streamName,
      @Nullable String streamARN,
      @Nullable String shardToMerge,
      @Nullable String adjacentShardToMerge) {}

  /** Of IncreaseStreamRetentionPeriod and DecreaseStreamRetentionPeriod. */
  public record StreamRetentionPeriod(
      @Nullable String streamName,
      @Nullable String streamARN,
      @Nullable Integer retentionPeriodHours) {}

  public record AddTagsToStream(
      @Nullable String streamName,
      @Nullable String streamARN,
      @Nullable Map<String, String> tags) {}

  public record RemoveTagsFromStream(
      @Nullable String streamName, @Nullable String streamARN, @Nullable List<String> tagKeys) {}

  public record ListTagsForStream(
      @Nullable String streamName,
      @Nullable String streamARN,
      @Nullable String exclusiveStartTagKey,
      @Nullable Integer limit) {}
}
