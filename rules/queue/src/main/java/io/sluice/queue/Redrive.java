package io.sluice.queue;

import io.sluice.store.Conveyor;
import io.sluice.store.LogRecord;
import io.sluice.store.Partitions;
import io.sluice.store.Turn;
import java.util.function.IntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves messages that were received too often to their dead-letter queue, wherever that lives. The
 * message leaves its queue and enters a log in one write; a conveyor carries it on, exactly once. A
 * message whose dead-letter queue is not there comes back the same way, as if it were new there but
 * with its age and its receive count.
 */
final class Redrive {
  private static final Logger LOG = LoggerFactory.getLogger(Redrive.class);
  private static final String LOG_NAME = "queue-redrive";
  private static final int VERSION = 1;

  /** Which way a message goes. */
  enum Way {
    TO_DEAD_LETTERS,
    BACK
  }

  /**
   * A message under way.
   *
   * @param receives how often it was received in its queue
   */
  record Move(
      Way way,
      String source,
      String target,
      int receives,
      long firstReceived,
      QueueMessage message) {

    byte[] encode() {
      byte[] row = message.encode();
      return new RowWriter(64 + row.length)
          .u8(VERSION)
          .u8(way == Way.TO_DEAD_LETTERS ? 0 : 1)
          .text(source)
          .text(target)
          .u32(receives)
          .u64(firstReceived)
          .bytes(row)
          .done();
    }

    static Move decode(byte[] bytes) {
      RowReader row = new RowReader(bytes, VERSION, "queue redrive");
      Way way = row.u8() == 0 ? Way.TO_DEAD_LETTERS : Way.BACK;
      return new Move(
          way, row.text(), row.text(), row.u32(), row.u64(), QueueMessage.decode(row.bytes()));
    }

    /** Whose partition it goes to. */
    String destination() {
      return way == Way.TO_DEAD_LETTERS ? target : source;
    }
  }

  private final Partitions partitions;
  private final QueueNames names;
  private final QueueCounters counters;
  private final Conveyor<Move> conveyor;

  /**
   * @param owned the queues of a partition
   */
  Redrive(
      Partitions partitions,
      QueueNames names,
      QueueCounters counters,
      IntFunction<QueuePartition> owned) {
    this.partitions = partitions;
    this.names = names;
    this.counters = counters;
    this.conveyor =
        new Conveyor<>(
            partitions,
            LOG_NAME,
            LOG_NAME,
            this::route,
            (turn, move) -> arrive(turn, owned.apply(turn.partition()), move),
            0);
  }

  boolean isIdle() {
    return conveyor.isIdle();
  }

  /** Sends a message that was just removed from its queue on its way. */
  void giveUp(Turn turn, Queue source, RedrivePolicy policy, Entry entry, QueueMessage message) {
    String arn = policy.deadLetterTargetArn();
    String target = arn.substring(arn.lastIndexOf(':') + 1);
    Move move =
        new Move(
            Way.TO_DEAD_LETTERS, source.name, target, entry.receives, entry.firstReceived, message);
    turn.append(LOG_NAME, turn.partition(), move.encode());
  }

  private void route(int source, LogRecord record, Conveyor.Sink<Move> sink) {
    Move move;
    try {
      move = Move.decode(record.bytes());
    } catch (RuntimeException unreadable) { // the border: one bad record must not stop the others
      LOG.error(
          "redrive record {} of partition {} cannot be read and is passed over",
          record.offset(),
          source,
          unreadable);
      counters.redriveLost.increment();
      return;
    }
    sink.effect(partitions.of(move.destination()), move);
  }

  private void arrive(Turn turn, QueuePartition partition, Move move) {
    Queue queue = partition.find(move.destination());
    if (queue == null || queue.isFifo() != QueueNames.isFifo(move.source())) {
      if (move.way() == Way.TO_DEAD_LETTERS) {
        Move back =
            new Move(
                Way.BACK,
                move.source(),
                move.target(),
                move.receives(),
                move.firstReceived(),
                move.message());
        turn.append(LOG_NAME, turn.partition(), back.encode());
        counters.redriveReturned.increment();
      } else {
        counters.redriveLost.increment();
      }
      return;
    }
    QueueMessage message = arrived(queue, move, turn.now());
    queue.backlog.append(turn, message, message.sent());
    partition.changed(turn, queue);
    if (message.moved()) { // it may be older than all that the sweep knows of
      partition.planSweep(turn, queue, message.sent() + queue.row.attributes().retentionMillis());
    }
    if (move.way() == Way.TO_DEAD_LETTERS) {
      counters.redriven.increment();
    }
  }

  /** A standard queue keeps the age; a FIFO queue counts it anew, or its order would break. */
  private QueueMessage arrived(Queue queue, Move move, long now) {
    QueueMessage message = move.message();
    boolean fifo = queue.isFifo();
    boolean deadLetter = move.way() == Way.TO_DEAD_LETTERS;
    return new QueueMessage(
        message.messageId(),
        fifo ? queue.backlog.sentAt(now) : message.sent(),
        !fifo,
        message.bodyMd5(),
        message.body(),
        message.attributes(),
        message.senderId(),
        message.traceHeader(),
        message.groupId(),
        fifo && deadLetter ? message.messageId().toString() : message.deduplicationId(),
        deadLetter ? names.arn(move.source()) : message.sourceArn(),
        message.receivesBefore() + move.receives(),
        message.receivesBefore() > 0 ? message.firstReceivedBefore() : move.firstReceived());
  }
}
