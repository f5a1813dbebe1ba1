/**
 * Buffered delivery of records to objects, with the semantics of Firehose.
 *
 * <p>It does not know who puts or how requests arrive: the wire's operations come as records of
 * {@link io.sluice.firehose.FirehoseRequests}, the dispatcher's puts inside a turn. Read first:
 * {@link io.sluice.firehose.DeliveryStreams}, {@link io.sluice.firehose.Parcel}, {@link
 * io.sluice.firehose.ObjectTarget}.
 */
@NullMarked
package io.sluice.firehose;

import org.jspecify.annotations.NullMarked;
