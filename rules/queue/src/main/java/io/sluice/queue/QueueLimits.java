package io.sluice.queue;

/**
 * Bounds of the queues, each with what happens beyond it.
 *
 * @param inFlightMax of one queue; beyond it a standard queue's receive without wait is refused
 *     with {@code OverLimit}, all others answer with no message
 * @param waitingReceivesMax long polls of one queue; one more is refused with {@code OverLimit}
 * @param entriesMax messages of one standard queue that the memory knows: received or delayed;
 *     beyond it delayed sends are refused with {@code OverLimit} and returned messages are received
 *     first
 * @param windowMax messages of one FIFO queue that the memory knows; groups that only have messages
 *     behind it wait
 * @param queuesMax of one partition; one more is refused with {@code OverLimit}
 * @param recreateAfterMillis how long the name of a deleted queue stays taken
 * @param purgeEveryMillis the least time between two purges
 */
public record QueueLimits(
    int inFlightMax,
    int waitingReceivesMax,
    int entriesMax,
    int windowMax,
    int queuesMax,
    long recreateAfterMillis,
    long purgeEveryMillis) {

  /** Those of SQS where it has them. */
  public static final QueueLimits STANDARD =
      new QueueLimits(120_000, 1_000, 1_000_000, 120_000, 10_000, 60_000, 60_000);
}
