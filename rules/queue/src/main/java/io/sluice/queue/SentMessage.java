package io.sluice.queue;

import org.jspecify.annotations.Nullable;

/**
 * The answer to an accepted message; fields as on the wire.
 *
 * @param sequenceNumber of FIFO queues only
 */
public record SentMessage(
    String messageId,
    String md5OfMessageBody,
    @Nullable String md5OfMessageAttributes,
    @Nullable String md5OfMessageSystemAttributes,
    @Nullable String sequenceNumber) {}
