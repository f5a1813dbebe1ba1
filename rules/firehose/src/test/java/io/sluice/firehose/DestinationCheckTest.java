package io.sluice.firehose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sluice.firehose.FirehoseRequests.BufferingHints;
import io.sluice.firehose.FirehoseRequests.ProcessingConfiguration;
import io.sluice.firehose.FirehoseRequests.Processor;
import io.sluice.firehose.FirehoseRequests.S3Destination;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DestinationCheckTest {
  private static final String LAKE = "arn:aws:s3:::lake";

  @Test
  void leftOutMembersHaveTheDefaultsOfFirehose() {
    Destination destination = DestinationCheck.created("logs", S3Destination.of(LAKE, null));

    assertThat(destination.sizeMiB()).isEqualTo(5);
    assertThat(destination.intervalSeconds()).isEqualTo(300);
    assertThat(destination.compression()).isEqualTo(Compression.UNCOMPRESSED);
    assertThat(destination.timeZone().getId()).isEqualTo("UTC");
    assertThat(destination.delimiter()).isNull();
  }

  @ParameterizedTest(name = "{0} MiB, {1} s")
  @CsvSource(
      nullValues = "-",
      value = {"0, 60", "129, 60", "1, -1", "1, 901", "1, -", "-, 60"})
  void refusesHintsOutOfBoundsOrAlone(Integer size, Integer interval) {
    refused(S3Destination.of(LAKE, new BufferingHints(size, interval)), "BufferingHints");
  }

  @ParameterizedTest(name = "{0} MiB, {1} s")
  @CsvSource({"1, 0", "128, 900"})
  void takesHintsAtTheirBounds(int size, int interval) {
    Destination destination =
        DestinationCheck.created(
            "logs", S3Destination.of(LAKE, new BufferingHints(size, interval)));

    assertThat(destination.sizeMiB()).isEqualTo(size);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "lake",
        "arn:aws:s3:::",
        "arn:aws:s3:::..",
        "arn:aws:s3:::a..b",
        "arn:aws:s3:::a/b",
        "arn:aws:s3:::Lake",
        "arn:aws:sqs:::lake"
      })
  void refusesWhatIsNoBucket(String arn) {
    refused(S3Destination.of(arn, null), "bucketARN");
  }

  @Test
  void aPrefixWithExpressionsNeedsAnErrorPrefix() {
    refused(
        S3Destination.of(LAKE, null).withPrefix("logs/!{timestamp:yyyy}/", null),
        "ErrorOutputPrefix");
  }

  @Test
  void aPrefixThatNoFileSystemTakesIsRefusedAtOnce() {
    refused(S3Destination.of(LAKE, null).withPrefix("x".repeat(400) + "/", null), "255");
    refused(S3Destination.of(LAKE, null).withPrefix("xx/".repeat(200), null), "512");
    refused(S3Destination.of(LAKE, null).withPrefix("x".repeat(1025), null), "1024");
  }

  @Test
  void whatWeDoNotDoIsRefusedByName() {
    refused(encrypted(Map.of("KMSEncryptionConfig", Map.of("AWSKMSKeyARN", "x"))), "KMS");
    refused(withBackup("Enabled"), "S3BackupMode");
    refused(partitioned(Map.of("Enabled", true)), "DynamicPartitioningConfiguration");
    refused(converted(Map.of()), "DataFormatConversionConfiguration");
    refused(processed("Lambda"), "Lambda");
    refused(S3Destination.of(LAKE, null).withCompressionFormat("Snappy"), "Snappy");
    refused(S3Destination.of(LAKE, null).withCompressionFormat("gzip"), "compressionFormat");
  }

  @Test
  void whatIsSwitchedOffIsNoReasonToRefuse() {
    for (S3Destination fine :
        List.of(
            encrypted(Map.of("NoEncryptionConfig", "NoEncryption")),
            withBackup("Disabled"),
            partitioned(Map.of("Enabled", false)),
            converted(Map.of("Enabled", false)))) {
      assertThat(DestinationCheck.created("logs", fine).bucket()).isEqualTo("lake");
    }
  }

  @Test
  void anUnknownTimeZoneIsRefused() {
    refused(destination(null, null, null, null, null, "Mars/Olympus"), "CustomTimeZone");
  }

  private static S3Destination encrypted(Map<String, Object> encryption) {
    return destination(encryption, null, null, null, null, null);
  }

  private static S3Destination withBackup(String mode) {
    return destination(null, null, mode, null, null, null);
  }

  private static S3Destination converted(Map<String, Object> conversion) {
    return destination(null, null, null, conversion, null, null);
  }

  private static S3Destination partitioned(Map<String, Object> partitioning) {
    return destination(null, null, null, null, partitioning, null);
  }

  private static S3Destination processed(String type) {
    return destination(
        null,
        new ProcessingConfiguration(true, List.of(new Processor(type, null))),
        null,
        null,
        null,
        null);
  }

  private static S3Destination destination(
      Map<String, Object> encryption,
      ProcessingConfiguration processing,
      String backup,
      Map<String, Object> conversion,
      Map<String, Object> partitioning,
      String timeZone) {
    return new S3Destination(
        null,
        LAKE,
        null,
        null,
        null,
        null,
        encryption,
        processing,
        backup,
        conversion,
        partitioning,
        null,
        timeZone);
  }

  private static void refused(S3Destination destination, String word) {
    assertThatThrownBy(() -> DestinationCheck.created("logs", destination))
        .isInstanceOf(FirehoseError.class)
        .hasMessageContaining(word);
  }
}
