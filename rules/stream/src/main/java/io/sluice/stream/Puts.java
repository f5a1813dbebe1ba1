package io.sluice.stream;

import io.sluice.stream.StreamReplies.PutRecordReply;
import io.sluice.stream.StreamReplies.PutRecordsReply;
import io.sluice.stream.StreamReplies.PutRecordsResultEntry;
import io.sluice.stream.StreamRequests.PutRecord;
import io.sluice.stream.StreamRequests.PutRecords;
import io.sluice.stream.StreamRequests.PutRecordsRequestEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** PutRecord and PutRecords between the wire and the partition. Any thread. */
final class Puts {
  private static final int ENTRIES_MAX = 500;

  private final StreamSettings settings;

  Puts(StreamSettings settings) {
    this.settings = settings;
  }

  List<PartitionStreams.Entry> entries(PutRecord request) {
    String ordering = request.sequenceNumberForOrdering();
    if (ordering != null && SequenceNumber.parse(ordering).isEmpty()) {
      throw StreamError.invalid(
          "SequenceNumberForOrdering is not a sequence number of this gateway; leave it out, all"
              + " puts are ordered here.");
    }
    return List.of(
        Check.entry(
            request.partitionKey(), request.explicitHashKey(), request.data(), settings.limits()));
  }

  List<PartitionStreams.Entry> entries(PutRecords request) {
    List<PutRecordsRequestEntry> records = Check.present(request.records(), "records");
    if (records.isEmpty() || records.size() > ENTRIES_MAX) {
      throw StreamError.constraint(
          "records",
          "(of " + records.size() + " entries)",
          "Member must have length of 1 to " + ENTRIES_MAX);
    }
    List<PartitionStreams.Entry> entries = new ArrayList<>(records.size());
    long bytes = 0;
    for (PutRecordsRequestEntry record : records) {
      PartitionStreams.Entry entry =
          Check.entry(
              record.partitionKey(), record.explicitHashKey(), record.data(), settings.limits());
      bytes += entry.bytes();
      entries.add(entry);
    }
    if (bytes > settings.limits().requestBytesMax()) {
      throw StreamError.invalid(
          "Records hold %d bytes with their partition keys; one PutRecords takes %d. Send fewer at"
              + " a time.",
          bytes, settings.limits().requestBytesMax());
    }
    return entries;
  }

  /**
   * @param outcomes of one record
   */
  PutRecordReply reply(List<Optional<Placed>> outcomes, String stream) {
    Placed placed =
        outcomes
            .get(0)
            .orElseThrow(
                () ->
                    new StreamError(
                        StreamError.Code.PROVISIONED_THROUGHPUT_EXCEEDED, "%s", exceeded(stream)));
    return new PutRecordReply(
        placed.shardId(), placed.sequenceNumber().toString(), Streams.NOT_ENCRYPTED);
  }

  PutRecordsReply replies(List<Optional<Placed>> outcomes, String stream) {
    PutRecordsResultEntry refused =
        new PutRecordsResultEntry(
            null, null, StreamError.Code.PROVISIONED_THROUGHPUT_EXCEEDED.shape(), exceeded(stream));
    List<PutRecordsResultEntry> results = new ArrayList<>(outcomes.size());
    int failed = 0;
    for (Optional<Placed> outcome : outcomes) {
      failed += outcome.isEmpty() ? 1 : 0;
      results.add(
          outcome
              .map(
                  placed ->
                      new PutRecordsResultEntry(
                          placed.sequenceNumber().toString(), placed.shardId(), null, null))
              .orElse(refused));
    }
    return new PutRecordsReply(failed, results, Streams.NOT_ENCRYPTED);
  }

  private String exceeded(String stream) {
    return "Rate exceeded for a shard of stream %s under account %s; try again in the next second."
        .formatted(stream, settings.account());
  }
}
