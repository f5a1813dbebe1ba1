/**
 * Queues with the semantics of SQS, each on the partition of its name.
 *
 * <p>It does not know who sends or how requests arrive. Read first: Queues, Backlog, Receiving.
 */
@NullMarked
package io.sluice.queue;

import org.jspecify.annotations.NullMarked;
