package io.sluice.firehose;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a delivery stream is doing.
 *
 * @param acceptedRecords put since it was created
 * @param bufferedRecords of these, not delivered yet
 * @param waitingObjects cut off the buffer and not delivered yet
 * @param failedAttempts of the object that is next, 0 when all is well
 * @param lastError why, in a sentence
 * @param recent the newest last, at most {@value DeliveryStream#RECENT_MAX}
 */
public record DeliveryState(
    String deliveryStreamName,
    long acceptedRecords,
    long bufferedRecords,
    long bufferedBytes,
    int waitingObjects,
    long deliveredObjects,
    long deliveredRecords,
    long deliveredBytes,
    int failedAttempts,
    @Nullable String lastError,
    @Nullable Instant lastErrorAt,
    List<DeliveredObject> recent) {}
