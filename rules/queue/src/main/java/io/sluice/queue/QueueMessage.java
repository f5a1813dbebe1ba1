package io.sluice.queue;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A message as its row holds it; the row never changes while the message is in its queue. Drawn in
 * {@code docs/formats/queue.md}.
 *
 * @param sent milliseconds since the epoch; retention counts from here
 * @param moved came from another queue and kept its age, so it has a row in the table of ages
 * @param sourceArn the queue that gave it up, of a message in a dead-letter queue
 * @param receivesBefore how often it was received in the queues before this one
 */
record QueueMessage(
    UUID messageId,
    long sent,
    boolean moved,
    byte[] bodyMd5,
    byte[] body,
    Map<String, MessageAttribute> attributes,
    @Nullable String senderId,
    @Nullable String traceHeader,
    @Nullable String groupId,
    @Nullable String deduplicationId,
    @Nullable String sourceArn,
    int receivesBefore,
    long firstReceivedBefore) {

  private static final int VERSION = 1;
  private static final int MOVED = 1;
  private static final int MD5_BYTES = 16;

  static QueueMessage of(Draft draft, long sent, @Nullable String deduplicationId) {
    return new QueueMessage(
        draft.messageId(),
        sent,
        false,
        draft.bodyMd5(),
        draft.body(),
        draft.attributes(),
        draft.senderId(),
        draft.traceHeader(),
        draft.groupId(),
        deduplicationId,
        null,
        0,
        0);
  }

  byte[] encode() {
    RowWriter row =
        new RowWriter(128 + body.length + 64 * attributes.size())
            .u8(VERSION)
            .u8(moved ? MOVED : 0)
            .u64(sent)
            .text(groupId)
            .u64(messageId.getMostSignificantBits())
            .u64(messageId.getLeastSignificantBits())
            .raw(bodyMd5)
            .bytes(body)
            .text(senderId)
            .text(traceHeader)
            .text(deduplicationId)
            .text(sourceArn)
            .u32(receivesBefore)
            .u64(firstReceivedBefore)
            .u8(attributes.size());
    attributes.forEach(
        (name, value) -> {
          byte[] binary = value.binaryValue();
          row.text(name).text(value.dataType()).u8(binary == null ? 1 : 2);
          if (binary == null) {
            row.text(value.stringValue());
          } else {
            row.bytes(binary);
          }
        });
    return row.done();
  }

  static QueueMessage decode(byte[] bytes) {
    RowReader row = new RowReader(bytes, VERSION, "queue message");
    boolean moved = (row.u8() & MOVED) != 0;
    long sent = row.u64();
    String groupId = row.optionalText();
    UUID messageId = new UUID(row.u64(), row.u64());
    byte[] md5 = row.raw(MD5_BYTES);
    byte[] body = row.bytes();
    String senderId = row.optionalText();
    String traceHeader = row.optionalText();
    String deduplicationId = row.optionalText();
    String sourceArn = row.optionalText();
    int receivesBefore = row.u32();
    long firstReceivedBefore = row.u64();
    int count = row.u8();
    Map<String, MessageAttribute> attributes = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      String name = row.text();
      String type = row.text();
      attributes.put(
          name,
          row.u8() == 1
              ? new MessageAttribute(type, row.text(), null)
              : new MessageAttribute(type, null, row.bytes()));
    }
    return new QueueMessage(
        messageId,
        sent,
        moved,
        md5,
        body,
        attributes,
        senderId,
        traceHeader,
        groupId,
        deduplicationId,
        sourceArn,
        receivesBefore,
        firstReceivedBefore);
  }

  /** The time of sending in an encoded message, without reading the rest. */
  static long sentOf(byte[] bytes) {
    RowReader row = new RowReader(bytes, VERSION, "queue message");
    row.skip(1);
    return row.u64();
  }

  static boolean movedOf(byte[] bytes) {
    RowReader row = new RowReader(bytes, VERSION, "queue message");
    return (row.u8() & MOVED) != 0;
  }

  static @Nullable String groupOf(byte[] bytes) {
    RowReader row = new RowReader(bytes, VERSION, "queue message");
    row.skip(1 + Long.BYTES);
    return row.optionalText();
  }
}
