package io.sluice.queue;

import io.sluice.queue.BatchResult.Failure;
import io.sluice.queue.BatchResult.Success;
import io.sluice.queue.QueueError.Code;
import io.sluice.store.Turn;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Hands messages out, takes receipts back, and keeps the long polls of one partition. Owner thread
 * only. Nothing is handed out before the row that makes it invisible is on disk.
 */
final class Receiving {
  private static final int SERVE_MAX = 64; // long polls in one turn: others first, then the rest
  private static final int PASSED_OVER_MAX = 1_000; // expired or redriven in one receive

  private final QueuePartition partition;
  private final Redrive redrive;

  Receiving(QueuePartition partition, Redrive redrive) {
    this.partition = partition;
    this.redrive = redrive;
  }

  boolean receive(Turn turn, ReceiveCall call) {
    if (call.reply.isDone()) {
      return false; // the client went before its turn came
    }
    Queue queue = partition.live(call.queue);
    Integer asked = call.request.waitTimeSeconds();
    int waitSeconds = asked == null ? queue.row.attributes().receiveWaitSeconds() : asked;
    queue.backlog.advance(turn.now());
    if (isFull(queue) && waitSeconds == 0 && !queue.isFifo()) {
      throw new QueueError(
          Code.OVER_LIMIT,
          "Too many messages in flight for queue %s: delete some.".formatted(queue.name));
    }
    Taken taken = take(turn, queue, call);
    if (!taken.messages().isEmpty() || waitSeconds == 0) {
      answer(turn, queue, call, taken.messages());
    } else if (queue.waiting.size() >= partition.limits.waitingReceivesMax()) {
      QueueError refused =
          new QueueError(
              Code.OVER_LIMIT,
              "Too many receives wait for queue %s: lower the number of consumers."
                  .formatted(queue.name));
      turn.afterDurable(() -> call.reply.completeExceptionally(refused));
    } else {
      call.deadline = turn.now() + waitSeconds * 1000L;
      queue.waiting.add(call);
      partition.planWake(turn, queue, Math.min(call.deadline, queue.backlog.nextEvent()));
    }
    if (taken.more() || !taken.messages().isEmpty()) {
      partition.serveLater(queue);
    }
    return true;
  }

  boolean abandon(ReceiveCall call) {
    Queue queue = partition.find(call.queue);
    return queue != null && queue.waiting.remove(call);
  }

  /** One turn for those who wait. */
  boolean serve(Turn turn, QueueRequests.Serve request) {
    Queue queue = partition.find(request.name());
    if (queue == null) {
      return false;
    }
    queue.serveQueued = false;
    queue.backlog.advance(turn.now());
    boolean more = true;
    long deadline = Long.MAX_VALUE;
    Iterator<ReceiveCall> waiting = queue.waiting.iterator();
    while (waiting.hasNext()) {
      ReceiveCall call = waiting.next();
      if (call.reply.isDone()) {
        waiting.remove();
        continue;
      }
      Taken taken = more ? take(turn, queue, call) : Taken.NOTHING;
      if (!taken.messages().isEmpty() || call.deadline <= turn.now()) {
        waiting.remove();
        request.served().add(call);
        answer(turn, queue, call, taken.messages());
      } else {
        deadline = Math.min(deadline, call.deadline);
        more = taken.more();
      }
      if (request.served().size() >= SERVE_MAX) {
        partition.serveLater(queue);
        return true;
      }
    }
    if (more) {
      partition.serveLater(queue);
    }
    if (!queue.waiting.isEmpty()) {
      partition.planWake(turn, queue, Math.min(deadline, queue.backlog.nextEvent()));
    }
    return true;
  }

  private void answer(Turn turn, Queue queue, ReceiveCall call, List<ReceivedMessage> messages) {
    turn.afterDurable(
        () -> {
          if (!call.reply.complete(messages) && !messages.isEmpty()) {
            List<String> handles = messages.stream().map(ReceivedMessage::receiptHandle).toList();
            partition.partitions.apply(
                turn.partition(), new QueueRequests.GiveBack(queue.name, handles));
          }
        });
  }

  /**
   * @param more it stopped early, and a later turn may find messages at once
   */
  private record Taken(List<ReceivedMessage> messages, boolean more) {
    static final Taken NOTHING = new Taken(List.of(), false);
  }

  private Taken take(Turn turn, Queue queue, ReceiveCall call) {
    Backlog backlog = queue.backlog;
    QueueAttributes attributes = queue.row.attributes();
    Integer asked = call.request.visibilityTimeout();
    long now = turn.now();
    int seconds = asked == null ? attributes.visibilityTimeout() : asked;
    // With a timeout of 0 a message is visible again after this receive, not within it.
    long visibleAt = now + Math.max(1, seconds * 1000L);
    List<ReceivedMessage> repeated = repeat(turn, queue, call, visibleAt);
    if (repeated != null) {
      return new Taken(repeated, false);
    }
    if (isFull(queue)) {
      return Taken.NOTHING;
    }
    RedrivePolicy policy = attributes.redrivePolicy();
    int max = call.request.max();
    List<ReceivedMessage> messages = new ArrayList<>(max);
    List<Entry> taken = new ArrayList<>(max);
    long headBefore = backlog.head;
    int passedOver = 0;
    Backlog.Cursor cursor = backlog.cursor(turn, now, max);
    while (messages.size() < max && passedOver < PASSED_OVER_MAX) {
      Backlog.Candidate candidate = cursor.next();
      if (candidate == null) {
        break;
      }
      Entry entry = candidate.entry();
      if (entry.sent + attributes.retentionMillis() <= now) {
        backlog.remove(turn, entry);
        partition.counters.expired.increment();
        passedOver++;
      } else if (policy != null && entry.receives >= policy.maxReceiveCount()) {
        backlog.remove(turn, entry);
        redrive.giveUp(turn, queue, policy, entry, candidate.message());
        passedOver++;
      } else {
        backlog.take(turn, entry, now, visibleAt);
        messages.add(received(queue, entry, candidate.message()));
        taken.add(entry);
      }
    }
    if (passedOver > 0 || !messages.isEmpty() || backlog.head != headBefore) {
      backlog.save(turn);
    }
    partition.counters.received.add(messages.size());
    String attempt = call.request.receiveRequestAttemptId();
    if (queue.isFifo() && attempt != null && !taken.isEmpty()) {
      queue.attempts.remember(attempt, now, taken, false);
    }
    return new Taken(messages, passedOver >= PASSED_OVER_MAX || cursor.stoppedEarly());
  }

  /** The answer of an earlier attempt of the same name, or null. */
  private @Nullable List<ReceivedMessage> repeat(
      Turn turn, Queue queue, ReceiveCall call, long visibleAt) {
    String attempt = call.request.receiveRequestAttemptId();
    List<Entry> entries =
        queue.isFifo() && attempt != null ? queue.attempts.find(attempt, turn.now()) : null;
    if (attempt == null || entries == null) {
      return null;
    }
    List<ReceivedMessage> messages = new ArrayList<>();
    for (Entry entry : entries) {
      byte[] row = turn.get(QueueTables.MESSAGES, queue.backlog.key(entry.sequence));
      if (row == null) {
        return null;
      }
      messages.add(received(queue, entry, QueueMessage.decode(row)));
    }
    entries.forEach(entry -> queue.backlog.hide(turn, entry, turn.now(), visibleAt));
    queue.attempts.remember(attempt, turn.now(), entries, true);
    return messages;
  }

  private boolean isFull(Queue queue) {
    return queue.backlog.inFlight.size() >= partition.limits.inFlightMax();
  }

  private ReceivedMessage received(Queue queue, Entry entry, QueueMessage message) {
    Map<String, String> attributes = new HashMap<>();
    attributes.put("SentTimestamp", Long.toString(message.sent()));
    attributes.put(
        "ApproximateReceiveCount", Integer.toString(message.receivesBefore() + entry.receives));
    attributes.put(
        "ApproximateFirstReceiveTimestamp",
        Long.toString(
            message.receivesBefore() > 0 ? message.firstReceivedBefore() : entry.firstReceived));
    putIfThere(attributes, "SenderId", message.senderId());
    putIfThere(attributes, "AWSTraceHeader", message.traceHeader());
    putIfThere(attributes, "MessageGroupId", message.groupId());
    putIfThere(attributes, "MessageDeduplicationId", message.deduplicationId());
    putIfThere(attributes, "DeadLetterQueueSourceArn", message.sourceArn());
    if (queue.isFifo()) {
      attributes.put("SequenceNumber", sequenceNumber(entry.sequence));
    }
    return new ReceivedMessage(
        message.messageId().toString(),
        new ReceiptHandle(queue.backlog.incarnation, entry.sequence, entry.receives).text(),
        MessageDigests.hex(message.bodyMd5()),
        new String(message.body(), StandardCharsets.UTF_8),
        attributes,
        message.attributes());
  }

  private static void putIfThere(
      Map<String, String> attributes, String name, @Nullable String value) {
    if (value != null) {
      attributes.put(name, value);
    }
  }

  /** Twenty digits, as clients know them. */
  static String sequenceNumber(long sequence) {
    return "1%019d".formatted(sequence);
  }

  boolean giveBack(Turn turn, QueueRequests.GiveBack request) {
    Queue queue = partition.find(request.name());
    if (queue == null) {
      return false;
    }
    queue.backlog.advance(turn.now());
    for (String text : request.receiptHandles()) {
      ReceiptHandle handle = ReceiptHandle.parse(text);
      Entry entry = entry(queue, handle);
      if (entry != null && entry.receives == handle.receives()) {
        queue.backlog.giveBack(turn, entry, turn.now());
      }
    }
    partition.changed(turn, queue);
    return true;
  }

  BatchResult<Boolean> delete(Turn turn, QueueRequests.DeleteMessages request) {
    Queue queue = partition.live(request.name());
    queue.backlog.advance(turn.now());
    return each(turn, queue, request.receiptHandles(), handle -> deleteOne(turn, queue, handle));
  }

  private void deleteOne(Turn turn, Queue queue, String text) {
    ReceiptHandle handle = ReceiptHandle.parse(text);
    Entry entry = entry(queue, handle);
    if (entry == null) {
      return; // deleted, expired or purged before: a success
    }
    boolean latest = entry.receives == handle.receives();
    if (queue.isFifo() && !(latest && entry.place == Entry.Place.IN_FLIGHT)) {
      throw ReceiptHandle.expired(text);
    }
    if (latest) { // else it belongs to who received it since
      queue.backlog.remove(turn, entry);
      partition.counters.deleted.increment();
    }
  }

  BatchResult<Boolean> changeVisibility(Turn turn, QueueRequests.ChangeVisibilities request) {
    Queue queue = partition.live(request.name());
    queue.backlog.advance(turn.now());
    return each(turn, queue, request.changes(), change -> changeOne(turn, queue, change));
  }

  private void changeOne(Turn turn, Queue queue, ChangeVisibility change) {
    ReceiptHandle handle = ReceiptHandle.parse(change.receiptHandle());
    Entry entry = entry(queue, handle);
    if (entry == null || entry.sent + queue.row.attributes().retentionMillis() <= turn.now()) {
      throw ReceiptHandle.gone(change.receiptHandle());
    }
    boolean latest = entry.receives == handle.receives();
    if (queue.isFifo() && !(latest && entry.place == Entry.Place.IN_FLIGHT)) {
      throw ReceiptHandle.expired(change.receiptHandle());
    }
    long visibleAt = turn.now() + change.visibilityTimeout() * 1000L;
    if (visibleAt - entry.received > ChangeVisibility.SECONDS_MAX * 1000L) {
      throw QueueError.outOfRange(
          "VisibilityTimeout",
          change.visibilityTimeout(),
          "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]");
    }
    if (latest) {
      queue.backlog.hide(turn, entry, turn.now(), visibleAt);
    }
  }

  private static @Nullable Entry entry(Queue queue, ReceiptHandle handle) {
    return handle.incarnation() == queue.backlog.incarnation
        ? queue.backlog.entries.get(handle.sequence())
        : null;
  }

  /** Changes nothing when it throws. */
  @FunctionalInterface
  private interface One<T> {
    void apply(T request);
  }

  private <T> BatchResult<Boolean> each(
      Turn turn, Queue queue, List<BatchEntry<T>> entries, One<T> one) {
    List<Success<Boolean>> successful = new ArrayList<>();
    List<Failure> failed = new ArrayList<>();
    for (BatchEntry<T> entry : entries) {
      try {
        one.apply(entry.request());
        successful.add(new Success<>(entry.id(), true));
      } catch (QueueError refused) {
        failed.add(new Failure(entry.id(), refused));
      }
    }
    if (!successful.isEmpty()) {
      partition.changed(turn, queue);
    }
    return new BatchResult<>(successful, failed);
  }
}
