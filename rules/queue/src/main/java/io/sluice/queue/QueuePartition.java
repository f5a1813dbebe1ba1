package io.sluice.queue;

import io.sluice.queue.QueueError.Code;
import io.sluice.queue.QueueRequests.Description;
import io.sluice.store.Keys;
import io.sluice.store.Partitions;
import io.sluice.store.Row;
import io.sluice.store.Turn;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The queues of one partition and what is done to a queue as a whole. Owner thread only; what is in
 * memory is made again from rows by {@link #load}.
 */
final class QueuePartition {
  static final String WAKE = "queue-wake";
  static final String SWEEP = "queue-sweep";
  static final String CLEAR = "queue-clear";
  static final String FORGET = "queue-forget";

  private static final int PAGE = 256;
  private static final int PARTITION_BITS = 16;
  private static final int SWEEP_MAX = 1_000;
  private static final long SWEEP_PAUSE_MILLIS = 1_000;
  private static final int TAGS_MAX = 50;
  private static final long INCARNATIONS = 0; // the row in HEADS that holds the next one

  final Partitions partitions;
  final QueueNames names;
  final QueueLimits limits;
  final QueueCounters counters;
  private final int partition;
  private final TreeMap<String, Queue> queues = new TreeMap<>();

  QueuePartition(
      int partition,
      Partitions partitions,
      QueueNames names,
      QueueLimits limits,
      QueueCounters counters) {
    this.partition = partition;
    this.partitions = partitions;
    this.names = names;
    this.limits = limits;
    this.counters = counters;
  }

  boolean load(Turn turn) {
    byte[] from = new byte[0];
    byte[] end = Keys.after(new byte[] {(byte) 0xFF});
    while (true) {
      List<Row> page = turn.range(QueueTables.QUEUES, from, end, PAGE);
      for (Row found : page) {
        QueueRow row = QueueRow.decode(found.value());
        if (!row.deleted()) {
          Queue queue = open(Keys.textAt(found.key(), 0), row);
          queue.backlog.load(turn);
          queues.put(queue.name, queue);
          planSweep(turn, queue, turn.now());
        }
        from = Keys.of().raw(found.key()).raw(new byte[1]).bytes();
      }
      if (page.size() < PAGE) {
        return true;
      }
    }
  }

  private Queue open(String name, QueueRow row) {
    return new Queue(
        name,
        row,
        row.attributes().isFifo()
            ? new FifoBacklog(row.incarnation(), limits, row.attributes().delayMillis())
            : new StandardBacklog(row.incarnation(), limits),
        row.attributes().isFifo() ? new Deduplication(row.incarnation()) : null);
  }

  /**
   * @throws QueueError when there is none
   */
  Queue live(String name) {
    Queue queue = queues.get(name);
    if (queue == null) {
      throw QueueError.noQueue();
    }
    return queue;
  }

  @Nullable Queue find(String name) {
    return queues.get(name);
  }

  String create(Turn turn, QueueRequests.Create request) {
    String name = request.name();
    boolean fifo = QueueNames.isFifo(name);
    Queue present = queues.get(name);
    QueueAttributes asked = QueueAttributes.of(fifo, request.attributes());
    if (present != null) {
      String differing = present.row.attributes().differing(request.attributes());
      if (differing != null) {
        throw new QueueError(
            Code.QUEUE_NAME_EXISTS,
            "A queue already exists with the same name and a different value for attribute "
                + differing);
      }
      return name;
    }
    byte[] before = turn.get(QueueTables.QUEUES, QueueTables.queue(name));
    if (before != null
        && QueueRow.decode(before).created() + limits.recreateAfterMillis() > turn.now()) {
      throw new QueueError(
          Code.QUEUE_DELETED_RECENTLY,
          "You must wait 60 seconds after deleting a queue before you can create another with the"
              + " same name.");
    }
    if (queues.size() >= limits.queuesMax()) {
      throw new QueueError(
          Code.OVER_LIMIT, "Too many queues: delete some, or start with more partitions.");
    }
    checkTags(request.tags());
    QueueRow row =
        new QueueRow(
            false,
            newIncarnation(turn),
            turn.now(),
            turn.now(),
            0,
            asked,
            new TreeMap<>(request.tags()));
    queues.put(name, open(name, row));
    turn.put(QueueTables.QUEUES, QueueTables.queue(name), row.encode());
    return name;
  }

  /** Unique in the house, so that a receipt handle fits one queue only. */
  private long newIncarnation(Turn turn) {
    byte[] key = QueueTables.head(INCARNATIONS);
    byte[] last = turn.get(QueueTables.HEADS, key);
    long count = last == null ? 1 : Keys.numberAt(last, 0) + 1;
    turn.put(QueueTables.HEADS, key, Keys.of().number(count).bytes());
    return count << PARTITION_BITS | partition;
  }

  boolean delete(Turn turn, String name) {
    Queue queue = live(name);
    queues.remove(name);
    turn.put(QueueTables.QUEUES, QueueTables.queue(name), QueueRow.tombstone(turn.now()).encode());
    turn.schedule(FORGET, turn.now() + limits.recreateAfterMillis(), QueueTables.queue(name));
    clearLater(turn, queue.row.incarnation());
    for (ReceiveCall call : queue.waiting) {
      turn.afterDurable(() -> call.reply.completeExceptionally(QueueError.noQueue()));
    }
    queue.waiting.clear();
    return true;
  }

  /** The mark of a deleted queue goes, unless a new one has its name. */
  void forget(Turn turn, byte[] key) {
    byte[] row = turn.get(QueueTables.QUEUES, key);
    if (row != null && QueueRow.decode(row).deleted()) {
      turn.delete(QueueTables.QUEUES, key);
    }
  }

  boolean purge(Turn turn, String name) {
    Queue queue = live(name);
    QueueRow row = queue.row;
    if (row.purged() != 0 && row.purged() + limits.purgeEveryMillis() > turn.now()) {
      throw new QueueError(
          Code.PURGE_QUEUE_IN_PROGRESS,
          "Only one PurgeQueue operation on %s is allowed every 60 seconds.".formatted(name));
    }
    clearLater(turn, row.incarnation());
    Queue emptied = open(name, row.purgedAt(turn.now(), newIncarnation(turn)));
    emptied.backlog.follow(queue.backlog);
    queue.row = emptied.row;
    queue.backlog = emptied.backlog;
    queue.deduplication = emptied.deduplication;
    queue.attempts = emptied.attempts;
    save(turn, queue);
    queue.backlog.save(turn);
    return true;
  }

  private static void clearLater(Turn turn, long incarnation) {
    turn.schedule(CLEAR, turn.now(), Clearing.firstStep(incarnation));
  }

  Description describe(Turn turn, String name) {
    Queue queue = live(name);
    sweep(turn, queue);
    QueueRow row = queue.row;
    Backlog.Counts counts = queue.backlog.counts(turn, turn.now());
    Map<String, String> attributes = new TreeMap<>(row.attributes().shown());
    attributes.put("QueueArn", names.arn(name));
    attributes.put("CreatedTimestamp", Long.toString(row.created() / 1000));
    attributes.put("LastModifiedTimestamp", Long.toString(row.modified() / 1000));
    attributes.put("ApproximateNumberOfMessages", Long.toString(counts.visible()));
    attributes.put("ApproximateNumberOfMessagesNotVisible", Long.toString(counts.notVisible()));
    attributes.put("ApproximateNumberOfMessagesDelayed", Long.toString(counts.delayed()));
    return new Description(queue.isFifo(), attributes, new TreeMap<>(row.tags()));
  }

  boolean setAttributes(Turn turn, QueueRequests.SetAttributes request) {
    Queue queue = live(request.name());
    QueueAttributes changed = queue.row.attributes().with(request.attributes());
    queue.row = queue.row.with(changed, turn.now());
    if (queue.backlog instanceof FifoBacklog fifo) {
      fifo.setDelay(changed.delayMillis());
    }
    save(turn, queue);
    planSweep(turn, queue, turn.now()); // a shorter retention holds for what is there
    serveLater(queue);
    return true;
  }

  boolean tag(Turn turn, QueueRequests.Tag request) {
    Queue queue = live(request.name());
    SortedMap<String, String> tags = new TreeMap<>(queue.row.tags());
    tags.keySet().removeAll(request.remove());
    tags.putAll(request.add());
    checkTags(tags);
    queue.row = queue.row.withTags(tags);
    save(turn, queue);
    return true;
  }

  private static void checkTags(Map<String, String> tags) {
    if (tags.size() > TAGS_MAX) {
      throw QueueError.badParameter(
          "Too many tags added for queue: at most %d.".formatted(TAGS_MAX));
    }
    tags.forEach(
        (key, value) -> {
          if (key.isEmpty() || key.length() > 128 || value.length() > 256) {
            throw QueueError.badParameter(
                "Tag keys must be between 1 and 128 characters in length, tag values at most 256.");
          }
        });
  }

  List<String> names(QueueRequests.Names request) {
    List<String> found = new ArrayList<>();
    String from = request.after().isEmpty() ? request.prefix() : request.after();
    for (String name : queues.tailMap(from, request.after().isEmpty()).keySet()) {
      if (found.size() == request.max()) {
        break;
      }
      if (name.startsWith(request.prefix())) {
        found.add(name);
      } else if (name.compareTo(request.prefix()) > 0) {
        break;
      }
    }
    return found;
  }

  List<String> sourcesOf(String deadLetterArn) {
    List<String> sources = new ArrayList<>();
    queues.forEach(
        (name, queue) -> {
          RedrivePolicy policy = queue.row.attributes().redrivePolicy();
          if (policy != null && policy.deadLetterTargetArn().equals(deadLetterArn)) {
            sources.add(name);
          }
        });
    return sources;
  }

  private static void save(Turn turn, Queue queue) {
    turn.put(QueueTables.QUEUES, QueueTables.queue(queue.name), queue.row.encode());
  }

  /** Ends a turn that changed messages of a queue. */
  void changed(Turn turn, Queue queue) {
    queue.backlog.save(turn);
    if (queue.sweepAt == Long.MAX_VALUE && queue.backlog.total > 0) {
      planSweep(turn, queue, turn.now() + queue.row.attributes().retentionMillis());
    }
    serveLater(queue);
  }

  /** Asks for a turn of its own that serves the waiting: this one may still be refused. */
  void serveLater(Queue queue) {
    if (queue.waiting.isEmpty() || queue.serveQueued) {
      return;
    }
    queue.serveQueued = true;
    QueueRequests.Serve request = new QueueRequests.Serve(queue.name, new ArrayList<>());
    CompletableFuture<Boolean> reply = partitions.ask(partition, request);
    if (reply
        .isCompletedExceptionally()) { // too much waits for the owner; one turn more is bounded
      reply = partitions.apply(partition, request);
    }
    reply.whenComplete(
        (done, failure) -> {
          if (failure != null) {
            request.served().forEach(call -> call.reply.completeExceptionally(failure));
            partitions.owner(partition).execute(() -> failWaiting(queue, failure));
          }
        });
  }

  /** Our mistake or a failed disk: nobody is left to wait for what does not come. */
  private static void failWaiting(Queue queue, Throwable failure) {
    queue.waiting.forEach(call -> call.reply.completeExceptionally(failure));
    queue.waiting.clear();
  }

  /** Drops what is too old and plans the next time. */
  void sweep(Turn turn, Queue queue) {
    Backlog backlog = queue.backlog;
    long total = backlog.total;
    long head = backlog.head;
    long again =
        backlog.sweep(
            turn,
            turn.now(),
            queue.row.attributes().retentionMillis(),
            SWEEP_MAX,
            counters.expired::increment);
    if (queue.deduplication != null) {
      again = Math.min(again, queue.deduplication.sweep(turn, SWEEP_MAX));
    }
    if (backlog.total != total || backlog.head != head) {
      backlog.save(turn);
    }
    if (again != Long.MAX_VALUE) {
      planSweep(turn, queue, Math.max(again, turn.now() + SWEEP_PAUSE_MILLIS));
    }
  }

  void sweepDue(Turn turn, String name, long due) {
    Queue queue = queues.get(name);
    if (queue != null) {
      if (due >= queue.sweepAt) {
        queue.sweepAt = Long.MAX_VALUE;
      }
      sweep(turn, queue);
    }
  }

  void planSweep(Turn turn, Queue queue, long at) {
    if (at < queue.sweepAt) {
      byte[] key = QueueTables.queue(queue.name);
      if (queue.sweepAt != Long.MAX_VALUE) {
        turn.cancel(SWEEP, queue.sweepAt, key);
      }
      turn.schedule(SWEEP, at, key);
      queue.sweepAt = at;
    }
  }

  /** The waiting receives are looked after again at {@code at}, at the latest. */
  void planWake(Turn turn, Queue queue, long at) {
    if (at < queue.wakeAt) {
      byte[] key = QueueTables.queue(queue.name);
      if (queue.wakeAt != Long.MAX_VALUE) {
        turn.cancel(WAKE, queue.wakeAt, key);
      }
      turn.schedule(WAKE, at, key);
      queue.wakeAt = at;
    }
  }

  void wakeDue(String name, long due) {
    Queue queue = queues.get(name);
    if (queue != null) {
      if (due >= queue.wakeAt) {
        queue.wakeAt = Long.MAX_VALUE;
      }
      serveLater(queue);
    }
  }
}
