/**
 * Buffered delivery of records to objects, with the semantics of Firehose.
 *
 * <p>It does not know who puts or how requests arrive. Read first: DeliveryStreams, Buffer,
 * ObjectTarget.
 */
@NullMarked
package io.sluice.firehose;

import org.jspecify.annotations.NullMarked;
