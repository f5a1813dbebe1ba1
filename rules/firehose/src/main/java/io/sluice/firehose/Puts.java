package io.sluice.firehose;

import io.sluice.firehose.FirehoseReplies.PutRecordBatchReply;
import io.sluice.firehose.FirehoseReplies.PutRecordBatchResponseEntry;
import io.sluice.firehose.FirehoseReplies.PutRecordReply;
import io.sluice.firehose.FirehoseRequests.FirehoseRecord;
import io.sluice.firehose.FirehoseRequests.PutRecord;
import io.sluice.firehose.FirehoseRequests.PutRecordBatch;
import io.sluice.firehose.PartitionDeliveries.PutOutcome;
import java.util.ArrayList;
import java.util.List;

/** PutRecord and PutRecordBatch between the wire and the partition. Any thread. */
final class Puts {
  private static final int BATCH_RECORDS_MAX = 500;

  private final DeliveryLimits limits;

  Puts(DeliveryLimits limits) {
    this.limits = limits;
  }

  List<byte[]> records(PutRecord request) {
    return List.of(data(DeliveryStreams.present(request.record(), "record")));
  }

  List<byte[]> records(PutRecordBatch request) {
    List<FirehoseRecord> records = DeliveryStreams.present(request.records(), "records");
    if (records.isEmpty() || records.size() > BATCH_RECORDS_MAX) {
      throw FirehoseError.constraint(
          "records",
          "(of " + records.size() + " entries)",
          "Member must have length of 1 to " + BATCH_RECORDS_MAX);
    }
    List<byte[]> all = new ArrayList<>(records.size());
    long bytes = 0;
    for (FirehoseRecord record : records) {
      byte[] data = data(record);
      bytes += data.length;
      all.add(data);
    }
    if (bytes > limits.batchBytesMax()) {
      throw FirehoseError.invalid(
          "Records hold %d bytes; one PutRecordBatch takes %d. Send fewer at a time.",
          bytes, limits.batchBytesMax());
    }
    return all;
  }

  private byte[] data(FirehoseRecord record) {
    byte[] data = DeliveryStreams.present(record.data(), "record.data");
    checkSize(data);
    return data;
  }

  void checkSize(byte[] data) {
    if (data.length > limits.recordBytesMax()) {
      throw FirehoseError.constraint(
          "record.data",
          "(of " + data.length + " bytes)",
          "Member must have length less than or equal to " + limits.recordBytesMax());
    }
  }

  /**
   * @param outcomes of one record
   */
  static PutRecordReply reply(List<PutOutcome> outcomes) {
    PutOutcome outcome = outcomes.get(0);
    if (outcome.recordId() == null) {
      throw DeliveryStreams.present(outcome.error(), "error");
    }
    return new PutRecordReply(outcome.recordId(), false);
  }

  static PutRecordBatchReply replies(List<PutOutcome> outcomes) {
    int failed = 0;
    List<PutRecordBatchResponseEntry> entries = new ArrayList<>(outcomes.size());
    for (PutOutcome outcome : outcomes) {
      FirehoseError error = outcome.error();
      failed += error == null ? 0 : 1;
      entries.add(
          new PutRecordBatchResponseEntry(
              outcome.recordId(),
              error == null ? null : error.code().shape(),
              error == null ? null : error.sentence()));
    }
    return new PutRecordBatchReply(failed, false, entries);
  }
}
