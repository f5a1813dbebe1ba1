/**
 * Streams with the semantics of Kinesis, each on its partition.
 *
 * <p>It does not know who puts or how requests arrive: the wire's operations come as records of
 * {@link io.sluice.stream.StreamRequests}, the dispatcher's puts inside a turn. Read first: {@link
 * io.sluice.stream.Streams}, {@link io.sluice.stream.Shard}, {@link
 * io.sluice.stream.SequenceNumber}.
 */
@NullMarked
package io.sluice.stream;

import org.jspecify.annotations.NullMarked;
