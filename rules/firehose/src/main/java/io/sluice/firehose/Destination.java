package io.sluice.firehose;

import io.sluice.firehose.FirehoseReplies.DestinationDescription;
import io.sluice.firehose.FirehoseReplies.EncryptionConfiguration;
import io.sluice.firehose.FirehoseReplies.ExtendedS3DestinationDescription;
import io.sluice.firehose.FirehoseReplies.S3DestinationDescription;
import io.sluice.firehose.FirehoseRequests.BufferingHints;
import io.sluice.firehose.FirehoseRequests.ProcessingConfiguration;
import io.sluice.firehose.FirehoseRequests.Processor;
import io.sluice.firehose.FirehoseRequests.ProcessorParameter;
import java.time.ZoneId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where and how a delivery stream delivers; one that exists was checked by {@link
 * DestinationCheck}.
 *
 * @param sizeMiB buffering hint, before compression
 * @param intervalSeconds buffering hint; 0: within about a second
 * @param delimiter behind every record; null: none, as without the processor
 */
record Destination(
    String bucket,
    @Nullable String roleArn,
    @Nullable String prefix,
    @Nullable String errorOutputPrefix,
    int sizeMiB,
    int intervalSeconds,
    Compression compression,
    @Nullable String fileExtension,
    ZoneId timeZone,
    @Nullable String delimiter) {
  static final String BUCKET_ARN = "arn:aws:s3:::";
  static final String ID = "destinationId-000000000001";
  private static final long INTERVAL_MILLIS_MIN = 1_000; // else every few records were an object

  long sizeBytes() {
    return (long) sizeMiB << 20;
  }

  long intervalMillis() {
    return Math.max(INTERVAL_MILLIS_MIN, intervalSeconds * 1_000L);
  }

  void write(RowWriter row) {
    row.text(bucket)
        .text(roleArn)
        .text(prefix)
        .text(errorOutputPrefix)
        .number(sizeMiB)
        .number(intervalSeconds)
        .text(compression.name())
        .text(fileExtension)
        .text(timeZone.getId())
        .text(delimiter);
  }

  static Destination read(RowReader row) {
    return new Destination(
        row.text(),
        row.optionalText(),
        row.optionalText(),
        row.optionalText(),
        (int) row.number(),
        (int) row.number(),
        Compression.valueOf(row.text()),
        row.optionalText(),
        ZoneId.of(row.text()),
        row.optionalText());
  }

  DestinationDescription description() {
    BufferingHints hints = new BufferingHints(sizeMiB, intervalSeconds);
    EncryptionConfiguration encryption = new EncryptionConfiguration("NoEncryption");
    return new DestinationDescription(
        ID,
        new S3DestinationDescription(
            roleArn,
            BUCKET_ARN + bucket,
            prefix,
            errorOutputPrefix,
            hints,
            compression.name(),
            encryption),
        new ExtendedS3DestinationDescription(
            roleArn,
            BUCKET_ARN + bucket,
            prefix,
            errorOutputPrefix,
            hints,
            compression.name(),
            encryption,
            processing(),
            "Disabled",
            fileExtension,
            timeZone.getId()));
  }

  private @Nullable ProcessingConfiguration processing() {
    if (delimiter == null) {
      return null;
    }
    String written = delimiter.replace("\n", "\\n");
    return new ProcessingConfiguration(
        true,
        List.of(
            new Processor(
                DestinationCheck.APPEND_DELIMITER,
                List.of(new ProcessorParameter("Delimiter", written)))));
  }
}
