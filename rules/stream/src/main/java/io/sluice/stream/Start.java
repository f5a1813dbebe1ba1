package io.sluice.stream;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Where an iterator begins. Closed: the types of GetShardIterator. */
sealed interface Start {

  record TrimHorizon() implements Start {}

  record Latest() implements Start {}

  /** At the record of that number, or behind it. */
  record AtSequenceNumber(SequenceNumber sequenceNumber, boolean after) implements Start {}

  record AtTimestamp(long millis) implements Start {}

  static Start parse(
      @Nullable String type, @Nullable String sequenceNumber, @Nullable Instant timestamp) {
    String wanted = Check.present(type, "shardIteratorType");
    return switch (wanted) {
      case "TRIM_HORIZON" -> new TrimHorizon();
      case "LATEST" -> new Latest();
      case "AT_SEQUENCE_NUMBER" -> new AtSequenceNumber(required(sequenceNumber), false);
      case "AFTER_SEQUENCE_NUMBER" -> new AtSequenceNumber(required(sequenceNumber), true);
      case "AT_TIMESTAMP" -> new AtTimestamp(required(timestamp).toEpochMilli());
      default ->
          throw StreamError.constraint(
              "shardIteratorType",
              wanted,
              "Member must satisfy enum value set: [AFTER_SEQUENCE_NUMBER, LATEST, AT_TIMESTAMP,"
                  + " AT_SEQUENCE_NUMBER, TRIM_HORIZON]");
    };
  }

  private static Instant required(@Nullable Instant timestamp) {
    if (timestamp == null) {
      throw StreamError.invalid("Timestamp must be given with AT_TIMESTAMP.");
    }
    return timestamp;
  }

  private static SequenceNumber required(@Nullable String sequenceNumber) {
    if (sequenceNumber == null) {
      throw StreamError.invalid(
          "StartingSequenceNumber must be given with AT_SEQUENCE_NUMBER and"
              + " AFTER_SEQUENCE_NUMBER.");
    }
    return SequenceNumber.parse(sequenceNumber)
        .orElseThrow(
            () ->
                StreamError.invalid(
                    "StartingSequenceNumber is not a sequence number of this gateway; use one that"
                        + " PutRecord, GetRecords or ListShards gave."));
  }
}
