package io.sluice.firehose;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The operations' inputs, each component named as its member on the wire but for the case of the
 * first letter. A member that the wire may leave out is nullable, also where the operation requires
 * it: {@link DeliveryStreams} says then what is missing. Source: the service model of Firehose.
 */
public final class FirehoseRequests {
  private FirehoseRequests() {}

  /** Size before compression, in MiB. Given both or none. */
  public record BufferingHints(@Nullable Integer sizeInMBs, @Nullable Integer intervalInSeconds) {}

  public record ProcessorParameter(
      @Nullable String parameterName, @Nullable String parameterValue) {}

  public record Processor(@Nullable String type, @Nullable List<ProcessorParameter> parameters) {}

  public record ProcessingConfiguration(
      @Nullable Boolean enabled, @Nullable List<Processor> processors) {}

  /**
   * Of ExtendedS3DestinationConfiguration, ExtendedS3DestinationUpdate and their older forms
   * without "Extended". In an update, null means "as it was".
   *
   * @param encryptionConfiguration as on the wire, read only to refuse what we do not do; likewise
   *     {@code dynamicPartitioningConfiguration} and {@code dataFormatConversionConfiguration}
   */
  public record S3Destination(
      @Nullable String roleARN,
      @Nullable String bucketARN,
      @Nullable String prefix,
      @Nullable String errorOutputPrefix,
      @Nullable BufferingHints bufferingHints,
      @Nullable String compressionFormat,
      @Nullable Map<String, Object> encryptionConfiguration,
      @Nullable ProcessingConfiguration processingConfiguration,
      @Nullable String s3BackupMode,
      @Nullable Map<String, Object> dataFormatConversionConfiguration,
      @Nullable Map<String, Object> dynamicPartitioningConfiguration,
      @Nullable String fileExtension,
      @Nullable String customTimeZone) {

    /** A folder or bucket with everything else left to the defaults. */
    public static S3Destination of(String bucketARN, @Nullable BufferingHints hints) {
      return new S3Destination(
          null, bucketARN, null, null, hints, null, null, null, null, null, null, null, null);
    }

    public S3Destination withCompressionFormat(String format) {
      return new S3Destination(
          roleARN,
          bucketARN,
          prefix,
          errorOutputPrefix,
          bufferingHints,
          format,
          encryptionConfiguration,
          processingConfiguration,
          s3BackupMode,
          dataFormatConversionConfiguration,
          dynamicPartitioningConfiguration,
          fileExtension,
          customTimeZone);
    }

    public S3Destination withPrefix(String newPrefix, @Nullable String newErrorOutputPrefix) {
      return new S3Destination(
          roleARN,
          bucketARN,
          newPrefix,
          newErrorOutputPrefix,
          bufferingHints,
          compressionFormat,
          encryptionConfiguration,
          processingConfiguration,
          s3BackupMode,
          dataFormatConversionConfiguration,
          dynamicPartitioningConfiguration,
          fileExtension,
          customTimeZone);
    }
  }

  public record Tag(@Nullable String key, @Nullable String value) {}

  public record CreateDeliveryStream(
      @Nullable String deliveryStreamName,
      @Nullable String deliveryStreamType,
      @Nullable S3Destination extendedS3DestinationConfiguration,
      @Nullable S3Destination s3DestinationConfiguration,
      @Nullable List<Tag> tags) {}

  public record DeleteDeliveryStream(
      @Nullable String deliveryStreamName, @Nullable Boolean allowForceDelete) {}

  public record DescribeDeliveryStream(
      @Nullable String deliveryStreamName,
      @Nullable Integer limit,
      @Nullable String exclusiveStartDestinationId) {}

  public record ListDeliveryStreams(
      @Nullable Integer limit,
      @Nullable String deliveryStreamType,
      @Nullable String exclusiveStartDeliveryStreamName) {}

  public record UpdateDestination(
      @Nullable String deliveryStreamName,
      @Nullable String currentDeliveryStreamVersionId,
      @Nullable String destinationId,
      @Nullable S3Destination extendedS3DestinationUpdate,
      @Nullable S3Destination s3DestinationUpdate) {}

  /** Record on the wire. */
  public record FirehoseRecord(byte @Nullable [] data) {}

  public record PutRecord(@Nullable String deliveryStreamName, @Nullable FirehoseRecord record) {}

  public record PutRecordBatch(
      @Nullable String deliveryStreamName, @Nullable List<FirehoseRecord> records) {}

  public record TagDeliveryStream(@Nullable String deliveryStreamName, @Nullable List<Tag> tags) {}

  public record UntagDeliveryStream(
      @Nullable String deliveryStreamName, @Nullable List<String> tagKeys) {}

  public record ListTagsForDeliveryStream(
      @Nullable String deliveryStreamName,
      @Nullable String exclusiveStartTagKey,
      @Nullable Integer limit) {}
}
