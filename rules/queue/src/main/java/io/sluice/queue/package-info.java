/**
 * Queues with the semantics of SQS on their partition.
 *
 * <p>It does not know who sends or how requests arrive. Read first: Queues, QueueRows,
 * QueueAttributes.
 */
@NullMarked
package io.sluice.queue;

import org.jspecify.annotations.NullMarked;
