package io.sluice.firehose;

import io.sluice.firehose.FirehoseRequests.BufferingHints;
import io.sluice.firehose.FirehoseRequests.ProcessingConfiguration;
import io.sluice.firehose.FirehoseRequests.Tag;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The operations' outputs, each component named as its member on the wire but for the case of the
 * first letter. A null component is left out on the wire. Operations that answer with an empty
 * object have no record here. Source: the service model of Firehose.
 */
public final class FirehoseReplies {
  private FirehoseReplies() {}

  public record CreateDeliveryStreamReply(String deliveryStreamARN) {}

  public record EncryptionConfiguration(String noEncryptionConfig) {}

  public record S3DestinationDescription(
      @Nullable String roleARN,
      String bucketARN,
      @Nullable String prefix,
      @Nullable String errorOutputPrefix,
      BufferingHints bufferingHints,
      String compressionFormat,
      EncryptionConfiguration encryptionConfiguration) {}

  public record ExtendedS3DestinationDescription(
      @Nullable String roleARN,
      String bucketARN,
      @Nullable String prefix,
      @Nullable String errorOutputPrefix,
      BufferingHints bufferingHints,
      String compressionFormat,
      EncryptionConfiguration encryptionConfiguration,
      @Nullable ProcessingConfiguration processingConfiguration,
      String s3BackupMode,
      @Nullable String fileExtension,
      String customTimeZone) {}

  public record DestinationDescription(
      String destinationId,
      S3DestinationDescription s3DestinationDescription,
      ExtendedS3DestinationDescription extendedS3DestinationDescription) {}

  /** Why the target refuses objects at the moment; they are kept and tried again. */
  public record FailureDescription(String type, String details) {}

  public record DeliveryStreamDescription(
      String deliveryStreamName,
      String deliveryStreamARN,
      String deliveryStreamStatus,
      @Nullable FailureDescription failureDescription,
      String deliveryStreamType,
      String versionId,
      Instant createTimestamp,
      @Nullable Instant lastUpdateTimestamp,
      List<DestinationDescription> destinations,
      boolean hasMoreDestinations) {}

  public record DescribeDeliveryStreamReply(DeliveryStreamDescription deliveryStreamDescription) {}

  public record ListDeliveryStreamsReply(
      List<String> deliveryStreamNames, boolean hasMoreDeliveryStreams) {}

  public record PutRecordReply(String recordId, boolean encrypted) {}

  /** Either an identifier or an error. */
  public record PutRecordBatchResponseEntry(
      @Nullable String recordId, @Nullable String errorCode, @Nullable String errorMessage) {}

  public record PutRecordBatchReply(
      int failedPutCount, boolean encrypted, List<PutRecordBatchResponseEntry> requestResponses) {}

  public record ListTagsForDeliveryStreamReply(List<Tag> tags, boolean hasMoreTags) {}
}
