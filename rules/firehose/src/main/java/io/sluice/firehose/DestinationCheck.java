package io.sluice.firehose;

import io.sluice.firehose.FirehoseRequests.BufferingHints;
import io.sluice.firehose.FirehoseRequests.ProcessingConfiguration;
import io.sluice.firehose.FirehoseRequests.Processor;
import io.sluice.firehose.FirehoseRequests.ProcessorParameter;
import io.sluice.firehose.FirehoseRequests.S3Destination;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Turns the wire's destination into ours, or says what is wrong with it. What we cannot do is
 * refused by name: a delivery stream that silently did not encrypt, convert or partition would be
 * worse than none.
 */
final class DestinationCheck {
  static final String APPEND_DELIMITER = "AppendDelimiterToRecord";
  private static final int SIZE_MIB_DEFAULT = 5;
  private static final int SIZE_MIB_MAX = 128;
  private static final int INTERVAL_SECONDS_DEFAULT = 300;
  private static final int INTERVAL_SECONDS_MAX = 900;
  private static final int EVALUATED_PREFIX_MAX = 512;
  private static final int PART_BYTES_MAX = 255; // of a file's name
  private static final String RANDOM_STRING_SAMPLE = "AAAAAAAAAAA";

  private DestinationCheck() {}

  static Destination created(String stream, S3Destination wire) {
    refuseWhatWeLack(wire);
    if (wire.bucketARN() == null) {
      throw FirehoseError.missing("extendedS3DestinationConfiguration.bucketARN");
    }
    BufferingHints hints = wire.bufferingHints();
    return checked(
        stream,
        new Destination(
            bucket(wire.bucketARN()),
            wire.roleARN(),
            blankToNull(wire.prefix()),
            blankToNull(wire.errorOutputPrefix()),
            hints == null ? SIZE_MIB_DEFAULT : size(hints),
            hints == null ? INTERVAL_SECONDS_DEFAULT : interval(hints),
            Compression.parse(wire.compressionFormat()),
            extension(wire.fileExtension()),
            zone(wire.customTimeZone()),
            delimiter(wire.processingConfiguration())));
  }

  /** Members left out stay as they were: Firehose API Reference, "UpdateDestination". */
  static Destination updated(String stream, Destination old, S3Destination wire) {
    refuseWhatWeLack(wire);
    BufferingHints hints = wire.bufferingHints();
    return checked(
        stream,
        new Destination(
            wire.bucketARN() == null ? old.bucket() : bucket(wire.bucketARN()),
            wire.roleARN() == null ? old.roleArn() : wire.roleARN(),
            wire.prefix() == null ? old.prefix() : blankToNull(wire.prefix()),
            wire.errorOutputPrefix() == null
                ? old.errorOutputPrefix()
                : blankToNull(wire.errorOutputPrefix()),
            hints == null ? old.sizeMiB() : size(hints),
            hints == null ? old.intervalSeconds() : interval(hints),
            wire.compressionFormat() == null
                ? old.compression()
                : Compression.parse(wire.compressionFormat()),
            wire.fileExtension() == null ? old.fileExtension() : extension(wire.fileExtension()),
            wire.customTimeZone() == null ? old.timeZone() : zone(wire.customTimeZone()),
            wire.processingConfiguration() == null
                ? old.delimiter()
                : delimiter(wire.processingConfiguration())));
  }

  private static Destination checked(String stream, Destination destination) {
    String prefix = destination.prefix();
    String errorPrefix = destination.errorOutputPrefix();
    if (prefix != null && PrefixExpression.hasExpressions(prefix) && errorPrefix == null) {
      throw FirehoseError.invalid(
          "Prefix '%s' has expressions, so ErrorOutputPrefix must be given too; for instance"
              + " 'errors/!{firehose:error-output-type}/'.",
          prefix);
    }
    ZonedDateTime sample = ZonedDateTime.of(2026, 12, 31, 23, 59, 59, 0, ZoneOffset.UTC);
    if (errorPrefix != null) {
      checkLength(PrefixExpression.ofErrorOutputPrefix(errorPrefix), sample, "ErrorOutputPrefix");
    }
    String evaluated =
        checkLength(PrefixExpression.ofPrefix(prefix == null ? "" : prefix), sample, "Prefix");
    String key = evaluated + ObjectName.sample(stream, destination);
    for (String part : key.split("/", -1)) {
      int bytes = part.getBytes(StandardCharsets.UTF_8).length;
      if (bytes > PART_BYTES_MAX) {
        throw FirehoseError.invalid(
            "Prefix '%s' makes a part of %d bytes between two slashes; a file's name holds %d.",
            prefix, bytes, PART_BYTES_MAX);
      }
    }
    return destination;
  }

  private static String checkLength(
      PrefixExpression expression, ZonedDateTime sample, String member) {
    try {
      String evaluated = expression.evaluate(sample, () -> RANDOM_STRING_SAMPLE);
      if (evaluated.length() > EVALUATED_PREFIX_MAX) {
        throw FirehoseError.invalid(
            "%s evaluates to %d characters, at most %d are allowed.",
            member, evaluated.length(), EVALUATED_PREFIX_MAX);
      }
      return evaluated;
    } catch (DateTimeException impossible) { // a pattern that parses but asks for what is not there
      throw FirehoseError.invalid(
          "%s has a timestamp that cannot be written: %s.", member, impossible.getMessage());
    }
  }

  private static void refuseWhatWeLack(S3Destination wire) {
    refuseEnabled(wire.dynamicPartitioningConfiguration(), "DynamicPartitioningConfiguration");
    refuseEnabled(wire.dataFormatConversionConfiguration(), "DataFormatConversionConfiguration");
    if (wire.encryptionConfiguration() != null
        && wire.encryptionConfiguration().containsKey("KMSEncryptionConfig")) {
      throw unsupported("EncryptionConfiguration with KMSEncryptionConfig");
    }
    if ("Enabled".equals(wire.s3BackupMode())) {
      throw unsupported("S3BackupMode Enabled");
    }
  }

  private static void refuseEnabled(@Nullable Map<String, Object> configuration, String member) {
    if (configuration != null && !Boolean.FALSE.equals(configuration.get("Enabled"))) {
      throw unsupported(member);
    }
  }

  private static FirehoseError unsupported(String what) {
    return FirehoseError.invalid(
        "%s is not supported by this gateway; leave it out or disable it.", what);
  }

  private static @Nullable String blankToNull(@Nullable String text) {
    return text == null || text.isEmpty() ? null : text;
  }

  private static String bucket(String arn) {
    String name = arn.startsWith(Destination.BUCKET_ARN) ? arn.substring(13) : "";
    if (!name.matches("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]") || name.contains("..")) {
      throw FirehoseError.constraint(
          "bucketARN",
          arn,
          "Member must be arn:aws:s3:::NAME, where NAME has 3 to 63 of a-z, 0-9, '.', '-'");
    }
    return name;
  }

  private static int size(BufferingHints hints) {
    return hint(
        hints.sizeInMBs(), hints.intervalInSeconds(), 1, SIZE_MIB_MAX, "BufferingHints.SizeInMBs");
  }

  private static int interval(BufferingHints hints) {
    return hint(
        hints.intervalInSeconds(),
        hints.sizeInMBs(),
        0,
        INTERVAL_SECONDS_MAX,
        "BufferingHints.IntervalInSeconds");
  }

  private static int hint(
      @Nullable Integer value, @Nullable Integer other, int min, int max, String member) {
    if (value == null || other == null) {
      throw FirehoseError.invalid(
          "BufferingHints must have both SizeInMBs and IntervalInSeconds when it has one.");
    }
    if (value < min || value > max) {
      throw FirehoseError.invalid("%s must be %d to %d, found %d.", member, min, max, value);
    }
    return value;
  }

  private static @Nullable String extension(@Nullable String extension) {
    if (extension == null || extension.isEmpty()) {
      return null;
    }
    if (!extension.matches("\\.[0-9a-z!\\-_.*'()]{1,127}")) {
      throw FirehoseError.constraint(
          "fileExtension",
          extension,
          "Member must satisfy regular expression pattern: ^$|\\.[0-9a-z!\\-_.*'()]+ and have"
              + " length of at most 128");
    }
    return extension;
  }

  private static ZoneId zone(@Nullable String name) {
    try {
      return ZoneId.of(name == null ? "UTC" : name);
    } catch (DateTimeException unknown) {
      throw FirehoseError.invalid(
          "CustomTimeZone '%s' is not a time zone; use a name such as UTC or Asia/Tokyo.", name);
    }
  }

  private static @Nullable String delimiter(@Nullable ProcessingConfiguration processing) {
    if (processing == null
        || !Boolean.TRUE.equals(processing.enabled())
        || processing.processors() == null) {
      return null;
    }
    String delimiter = null;
    for (Processor processor : processing.processors()) {
      if (!APPEND_DELIMITER.equals(processor.type())) {
        throw unsupported("Processor " + processor.type());
      }
      delimiter = delimiterOf(processor.parameters());
    }
    return delimiter;
  }

  private static String delimiterOf(@Nullable List<ProcessorParameter> parameters) {
    String delimiter = "\n";
    for (ProcessorParameter parameter :
        parameters == null ? List.<ProcessorParameter>of() : parameters) {
      if ("Delimiter".equals(parameter.parameterName()) && parameter.parameterValue() != null) {
        delimiter =
            parameter.parameterValue().replace("\\n", "\n"); // as consoles and SDKs write it
      }
    }
    return delimiter;
  }
}
