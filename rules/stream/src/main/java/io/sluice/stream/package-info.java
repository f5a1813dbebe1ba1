/**
 * Streams with the semantics of Kinesis on their partition.
 *
 * <p>It does not know who puts or how requests arrive. Read first: Streams, Shard, SequenceNumber.
 */
@NullMarked
package io.sluice.stream;

import org.jspecify.annotations.NullMarked;
