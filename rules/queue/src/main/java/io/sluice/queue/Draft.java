package io.sluice.queue;

import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A message to send whose contents are legal; what depends on its queue is not checked yet.
 *
 * @param id of the batch entry, empty outside a batch
 * @param size what counts against {@code MaximumMessageSize}
 */
record Draft(
    String id,
    UUID messageId,
    byte[] body,
    byte[] bodyMd5,
    int size,
    @Nullable Integer delaySeconds,
    Map<String, MessageAttribute> attributes,
    @Nullable String traceHeader,
    @Nullable String groupId,
    @Nullable String deduplicationId,
    @Nullable String senderId) {

  SentMessage sent(UUID messageId, @Nullable String sequenceNumber) {
    return new SentMessage(
        messageId.toString(),
        MessageDigests.hex(bodyMd5),
        MessageDigests.ofAttributes(attributes),
        MessageDigests.ofTraceHeader(traceHeader),
        sequenceNumber);
  }
}
