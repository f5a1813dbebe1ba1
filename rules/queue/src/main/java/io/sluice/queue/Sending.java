package io.sluice.queue;

import io.sluice.queue.BatchResult.Failure;
import io.sluice.queue.BatchResult.Success;
import io.sluice.queue.QueueError.Code;
import io.sluice.store.Turn;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Accepts messages into the queues of one partition. Owner thread only. */
final class Sending {
  private final QueuePartition partition;

  Sending(QueuePartition partition) {
    this.partition = partition;
  }

  /** Each draft is accepted or refused by itself, but what FIFO demands is asked of all first. */
  BatchResult<SentMessage> send(Turn turn, QueueRequests.Send request) {
    Queue queue = partition.live(request.name());
    if (queue.isFifo()) {
      for (Draft draft : request.drafts()) {
        checkFifo(queue, draft, request.batch());
      }
    }
    List<Success<SentMessage>> successful = new ArrayList<>();
    List<Failure> failed = new ArrayList<>();
    for (Draft draft : request.drafts()) {
      QueueError refused = refusal(queue, draft);
      if (refused == null) {
        successful.add(new Success<>(draft.id(), accept(turn, queue, draft)));
      } else {
        failed.add(new Failure(draft.id(), refused));
      }
    }
    if (!successful.isEmpty()) {
      partition.changed(turn, queue);
    }
    return new BatchResult<>(successful, failed);
  }

  /**
   * Accepts one message in a turn that has other effects too; changes nothing when it throws.
   *
   * @throws QueueError when the queue is not there or refuses
   */
  SentMessage sendOne(Turn turn, String name, Draft draft) {
    Queue queue = partition.live(name);
    if (queue.isFifo()) {
      checkFifo(queue, draft, false);
    }
    QueueError refused = refusal(queue, draft);
    if (refused != null) {
      throw refused;
    }
    SentMessage sent = accept(turn, queue, draft);
    partition.changed(turn, queue);
    return sent;
  }

  private static void checkFifo(Queue queue, Draft draft, boolean batch) {
    if (draft.groupId() == null) {
      throw new QueueError(
          batch ? Code.INVALID_PARAMETER_VALUE : Code.MISSING_PARAMETER,
          "The request must contain the parameter MessageGroupId.");
    }
    if (draft.deduplicationId() == null && !queue.row.attributes().contentBasedDeduplication()) {
      throw new QueueError(
          Code.INVALID_PARAMETER_VALUE,
          "The queue should either have ContentBasedDeduplication enabled or"
              + " MessageDeduplicationId provided explicitly");
    }
  }

  private static @Nullable QueueError refusal(Queue queue, Draft draft) {
    QueueAttributes attributes = queue.row.attributes();
    if (draft.size() > attributes.maximumMessageSize()) {
      return MessageChecks.tooLong(attributes.maximumMessageSize());
    }
    Integer delay = draft.delaySeconds();
    if (queue.isFifo() && delay != null && delay > 0) {
      return QueueError.outOfRange(
          "DelaySeconds",
          delay,
          "The request include parameter that is not valid for this queue type.");
    }
    if (!queue.isFifo() && draft.deduplicationId() != null) {
      return QueueError.outOfRange(
          "MessageDeduplicationId",
          draft.deduplicationId(),
          "The request includes a parameter that is not valid for this queue type.");
    }
    if (queue.backlog instanceof StandardBacklog standard
        && delayMillis(attributes, draft) > 0
        && !standard.hasRoomForDelayed()) {
      return new QueueError(
          Code.OVER_LIMIT,
          "Queue %s holds as many delayed and received messages as it may: receive and delete some,"
                  .formatted(queue.name)
              + " or send without delay.");
    }
    return null;
  }

  private static long delayMillis(QueueAttributes attributes, Draft draft) {
    Integer delay = draft.delaySeconds();
    return delay == null ? attributes.delayMillis() : delay * 1000L;
  }

  private SentMessage accept(Turn turn, Queue queue, Draft draft) {
    Backlog backlog = queue.backlog;
    QueueAttributes attributes = queue.row.attributes();
    long sent = backlog.sentAt(turn.now());
    Deduplication deduplication = queue.deduplication;
    if (deduplication == null) {
      long visibleAt = sent + delayMillis(attributes, draft);
      backlog.append(turn, QueueMessage.of(draft, sent, null), visibleAt);
      partition.counters.sent.increment();
      return draft.sent(draft.messageId(), null);
    }
    String id = draft.deduplicationId();
    if (id == null) {
      id = Deduplication.ofBody(draft.body());
    }
    String scope = attributes.deduplicatesPerGroup() ? String.valueOf(draft.groupId()) : "";
    Deduplication.First first = deduplication.find(turn, scope, id);
    if (first == null) {
      long sequence = backlog.append(turn, QueueMessage.of(draft, sent, id), sent);
      first = new Deduplication.First(draft.messageId(), sequence);
      deduplication.remember(turn, scope, id, first);
      partition.counters.sent.increment();
    } else {
      partition.counters.duplicates.increment();
    }
    return draft.sent(first.messageId(), Receiving.sequenceNumber(first.sequence()));
  }
}
