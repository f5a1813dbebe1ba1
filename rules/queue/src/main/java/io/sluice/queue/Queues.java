package io.sluice.queue;

import io.sluice.store.Keys;
import io.sluice.store.Partitions;
import io.sluice.store.Request;
import io.sluice.store.Table;
import io.sluice.store.Turn;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Durable queues with the semantics of SQS, standard and FIFO. A queue lives whole on the partition
 * of its name.
 *
 * <p>Threads: every method may be called from any thread and none blocks; {@link #send(Turn,
 * String, SendMessage, UUID)} belongs to a turn. Futures complete when the effects are on disk, on
 * the store's or the owner's thread: do little there. They fail with {@link QueueError} for what a
 * caller can cause, and with the store's failures.
 *
 * <p>Queues are named by their bare names; the API turns URLs and ARNs into names.
 */
public final class Queues {
  /** All rows of this room, for whoever opens the store. */
  public static final Set<Table> TABLES = QueueTables.ALL;

  private static final String ONLY = "only"; // the entry of a batch of one

  private final Partitions partitions;
  private final QueueNames names;
  private final QueueCounters counters = new QueueCounters();
  private final QueuePartition[] owned;
  private final Sending[] sending;
  private final Redrive redrive;
  private final DeadLetterRule deadLetters;
  private CompletableFuture<?> loading = CompletableFuture.completedFuture(true);

  /** Registers everything with the partitions; they must not have started. */
  public Queues(Partitions partitions, String region, String account, QueueLimits limits) {
    this.partitions = partitions;
    this.names = new QueueNames(region, account);
    this.owned = new QueuePartition[partitions.count()];
    this.sending = new Sending[partitions.count()];
    Receiving[] receiving = new Receiving[partitions.count()];
    partitions.onStart(this::load); // before the conveyor's start: it needs the queues
    this.deadLetters = new DeadLetterRule(names, this::describe);
    this.redrive = new Redrive(partitions, names, counters, p -> owned[p]);
    for (int p = 0; p < owned.length; p++) {
      owned[p] = new QueuePartition(p, partitions, names, limits, counters);
      sending[p] = new Sending(owned[p]);
      receiving[p] = new Receiving(owned[p], redrive);
    }
    registerQueues();
    registerMessages(receiving);
    partitions.onTimer(
        QueuePartition.WAKE, (turn, key, due) -> owner(turn).wakeDue(Keys.textAt(key, 0), due));
    partitions.onTimer(
        QueuePartition.SWEEP,
        (turn, key, due) -> owner(turn).sweepDue(turn, Keys.textAt(key, 0), due));
    partitions.onTimer(QueuePartition.CLEAR, (turn, key, due) -> Clearing.continueAt(turn, key));
    partitions.onTimer(QueuePartition.FORGET, (turn, key, due) -> owner(turn).forget(turn, key));
  }

  private void registerQueues() {
    partitions.register(QueueRequests.Load.class, (turn, q) -> owner(turn).load(turn));
    partitions.register(QueueRequests.Create.class, (turn, q) -> owner(turn).create(turn, q));
    partitions.register(
        QueueRequests.Delete.class, (turn, q) -> owner(turn).delete(turn, q.name()));
    partitions.register(QueueRequests.Purge.class, (turn, q) -> owner(turn).purge(turn, q.name()));
    partitions.register(
        QueueRequests.Describe.class, (turn, q) -> owner(turn).describe(turn, q.name()));
    partitions.register(
        QueueRequests.SetAttributes.class, (turn, q) -> owner(turn).setAttributes(turn, q));
    partitions.register(QueueRequests.Tag.class, (turn, q) -> owner(turn).tag(turn, q));
    partitions.register(QueueRequests.Names.class, (turn, q) -> owner(turn).names(q));
    partitions.register(
        QueueRequests.SourcesOf.class, (turn, q) -> owner(turn).sourcesOf(q.deadLetterArn()));
  }

  private void registerMessages(Receiving[] receiving) {
    partitions.register(
        QueueRequests.Send.class, (turn, q) -> sending[turn.partition()].send(turn, q));
    partitions.register(
        QueueRequests.Receive.class,
        (turn, q) -> receiving[turn.partition()].receive(turn, q.call()));
    partitions.register(
        QueueRequests.Abandon.class, (turn, q) -> receiving[turn.partition()].abandon(q.call()));
    partitions.register(
        QueueRequests.Serve.class, (turn, q) -> receiving[turn.partition()].serve(turn, q));
    partitions.register(
        QueueRequests.GiveBack.class, (turn, q) -> receiving[turn.partition()].giveBack(turn, q));
    partitions.register(
        QueueRequests.DeleteMessages.class,
        (turn, q) -> receiving[turn.partition()].delete(turn, q));
    partitions.register(
        QueueRequests.ChangeVisibilities.class,
        (turn, q) -> receiving[turn.partition()].changeVisibility(turn, q));
  }

  private QueuePartition owner(Turn turn) {
    return owned[turn.partition()];
  }

  private void load() {
    List<CompletableFuture<Boolean>> loaded = new ArrayList<>();
    for (int p = 0; p < owned.length; p++) {
      loaded.add(partitions.apply(p, new QueueRequests.Load()));
    }
    loading = CompletableFuture.allOf(loaded.toArray(CompletableFuture<?>[]::new));
  }

  /**
   * Completes when the queues of an earlier life are back; fails when their rows are unreadable.
   */
  public CompletableFuture<?> loaded() {
    return loading;
  }

  /** What happened since the start. */
  public QueueCounters counters() {
    return counters;
  }

  /** Whether no message is on its way to a dead-letter queue. */
  public boolean isRedriveIdle() {
    return redrive.isIdle();
  }

  /** The partition whose turns may send to a queue. */
  public int partitionOf(String queueName) {
    return partitions.of(queueName);
  }

  /** The ARN of a queue of this name. */
  public String arn(String queueName) {
    return names.arn(queueName);
  }

  // Queues.

  /**
   * Makes a queue; the same again is a success.
   *
   * @return its name
   */
  public CompletableFuture<String> create(
      String queueName, Map<String, String> attributes, Map<String, String> tags) {
    return guarded(
        () -> {
          boolean fifo = "true".equals(attributes.get(QueueAttributes.FIFO_QUEUE));
          QueueNames.checkNew(queueName, fifo);
          QueueAttributes asked = QueueAttributes.of(fifo, attributes);
          return deadLetters
              .allowed(queueName, asked.redrivePolicy(), attributes)
              .thenCompose(
                  allowed ->
                      partitions.ask(
                          queueName,
                          new QueueRequests.Create(
                              queueName, Map.copyOf(attributes), Map.copyOf(tags))));
        });
  }

  public CompletableFuture<@Nullable Void> delete(String queueName) {
    return nothing(partitions.ask(queueName, new QueueRequests.Delete(queueName)));
  }

  /** Drops all messages, also those in flight and delayed. */
  public CompletableFuture<@Nullable Void> purge(String queueName) {
    return nothing(partitions.ask(queueName, new QueueRequests.Purge(queueName)));
  }

  /** Answers with the name, or fails with {@code QUEUE_DOES_NOT_EXIST}. */
  public CompletableFuture<String> find(String queueName) {
    return describe(queueName).thenApply(found -> queueName);
  }

  /**
   * Lists queues of all partitions.
   *
   * @param maxResults 1 to 1000; without it up to 1000 names and no token, as SQS does
   */
  public CompletableFuture<QueueListing> list(
      @Nullable String queueNamePrefix, @Nullable String nextToken, @Nullable Integer maxResults) {
    return guarded(
        () -> {
          String after = Paging.after(nextToken);
          int max = Paging.max(maxResults);
          String prefix = queueNamePrefix == null ? "" : queueNamePrefix;
          return all(new QueueRequests.Names(prefix, after, max + 1))
              .thenApply(found -> Paging.page(found, max, maxResults != null));
        });
  }

  /** Lists the queues whose dead-letter queue this one is. */
  public CompletableFuture<QueueListing> listDeadLetterSources(
      String queueName, @Nullable String nextToken, @Nullable Integer maxResults) {
    return guarded(
        () -> {
          String after = Paging.after(nextToken);
          int max = Paging.max(maxResults);
          return describe(queueName)
              .thenCompose(found -> all(new QueueRequests.SourcesOf(names.arn(queueName))))
              .thenApply(found -> found.stream().filter(n -> n.compareTo(after) > 0).toList())
              .thenApply(found -> Paging.page(found, max, maxResults != null));
        });
  }

  /** The names that every partition answers with. */
  private CompletableFuture<List<String>> all(Request<List<String>> request) {
    List<CompletableFuture<List<String>>> replies = new ArrayList<>();
    for (int p = 0; p < owned.length; p++) {
      replies.add(partitions.ask(p, request));
    }
    return CompletableFuture.allOf(replies.toArray(CompletableFuture<?>[]::new))
        .thenApply(
            done -> replies.stream().flatMap(reply -> reply.join().stream()).sorted().toList());
  }

  /**
   * @param attributeNames {@code All} or names; none asks for none
   */
  public CompletableFuture<Map<String, String>> attributes(
      String queueName, Collection<String> attributeNames) {
    return describe(queueName)
        .thenApply(
            found -> {
              Map<String, String> asked = new TreeMap<>();
              for (String name : attributeNames) {
                if (name.equals("All")) {
                  asked.putAll(found.attributes());
                } else if (!QueueAttributes.isKnown(name)) {
                  throw QueueAttributes.unknown(name);
                } else {
                  String value = found.attributes().get(name);
                  if (value != null) {
                    asked.put(name, value);
                  }
                }
              }
              return asked;
            });
  }

  /** Changes attributes; an empty text takes one away. */
  public CompletableFuture<@Nullable Void> setAttributes(
      String queueName, Map<String, String> attributes) {
    return nothing(
        guarded(
            () -> {
              String policy = attributes.getOrDefault(QueueAttributes.REDRIVE_POLICY, "");
              return deadLetters
                  .allowed(
                      queueName, policy.isEmpty() ? null : RedrivePolicy.parse(policy), attributes)
                  .thenCompose(
                      allowed ->
                          partitions.ask(
                              queueName,
                              new QueueRequests.SetAttributes(queueName, Map.copyOf(attributes))));
            }));
  }

  private CompletableFuture<QueueRequests.Description> describe(String queueName) {
    return partitions.ask(queueName, new QueueRequests.Describe(queueName));
  }

  public CompletableFuture<Map<String, String>> tags(String queueName) {
    return describe(queueName).thenApply(QueueRequests.Description::tags);
  }

  public CompletableFuture<@Nullable Void> tag(String queueName, Map<String, String> tags) {
    return nothing(
        partitions.ask(queueName, new QueueRequests.Tag(queueName, Map.copyOf(tags), Set.of())));
  }

  public CompletableFuture<@Nullable Void> untag(String queueName, Collection<String> tagKeys) {
    return nothing(
        partitions.ask(queueName, new QueueRequests.Tag(queueName, Map.of(), Set.copyOf(tagKeys))));
  }

  // Messages.

  public CompletableFuture<SentMessage> send(String queueName, SendMessage message) {
    return guarded(
        () -> {
          Draft draft = MessageChecks.draft(ONLY, message, UUID.randomUUID());
          return only(
              partitions.ask(queueName, new QueueRequests.Send(queueName, List.of(draft), false)));
        });
  }

  public CompletableFuture<BatchResult<SentMessage>> sendBatch(
      String queueName, List<BatchEntry<SendMessage>> entries) {
    return guarded(
        () -> {
          MessageChecks.batch(entries);
          MessageChecks.batchSize(entries);
          List<Draft> drafts = new ArrayList<>();
          List<BatchResult.Failure> illegal = new ArrayList<>();
          for (BatchEntry<SendMessage> entry : entries) {
            try {
              drafts.add(MessageChecks.draft(entry.id(), entry.request(), UUID.randomUUID()));
            } catch (QueueError refused) {
              illegal.add(new BatchResult.Failure(entry.id(), refused));
            }
          }
          return partitions
              .ask(queueName, new QueueRequests.Send(queueName, drafts, true))
              .thenApply(result -> result.andFailed(illegal));
        });
  }

  /**
   * Sends a message as one effect of a turn of the queue's partition ({@link #partitionOf}); it is
   * there when the turn is, and not when the turn is refused. Never throws on what a peer can
   * cause. The turn must not throw later on either.
   *
   * @param messageId made by the caller from what it acts on, so that a repeat makes the same
   */
  public SendOutcome send(Turn turn, String queueName, SendMessage message, UUID messageId) {
    if (turn.partition() != partitions.of(queueName)) {
      throw new IllegalArgumentException(
          "queue '%s' lives on partition %d, not on %d; ask Queues.partitionOf"
              .formatted(queueName, partitions.of(queueName), turn.partition()));
    }
    try {
      Draft draft = MessageChecks.draft(ONLY, message, messageId);
      return new SendOutcome(sending[turn.partition()].sendOne(turn, queueName, draft), null);
    } catch (QueueError refused) {
      return new SendOutcome(null, refused);
    }
  }

  /**
   * Receives up to ten messages; waits when the request or the queue says so. When the client goes,
   * cancel the future: messages that were on their way to it are visible again.
   *
   * @return empty when there are none
   */
  public CompletableFuture<List<ReceivedMessage>> receive(
      String queueName, ReceiveMessage request) {
    return guarded(
        () -> {
          request.check();
          ReceiveCall call = new ReceiveCall(queueName, request);
          partitions
              .ask(queueName, new QueueRequests.Receive(call))
              .whenComplete(
                  (done, failure) -> {
                    if (failure != null) {
                      call.reply.completeExceptionally(failure);
                    }
                  });
          call.reply.whenComplete(
              (messages, failure) -> {
                if (call.reply.isCancelled()) {
                  partitions.apply(partitions.of(queueName), new QueueRequests.Abandon(call));
                }
              });
          return call.reply;
        });
  }

  /**
   * Makes messages visible again, as if they had not been received: for an answer that could not be
   * handed to its client. What was received again since is left alone.
   */
  public CompletableFuture<@Nullable Void> giveBack(
      String queueName, List<ReceivedMessage> messages) {
    List<String> handles = messages.stream().map(ReceivedMessage::receiptHandle).toList();
    return nothing(partitions.ask(queueName, new QueueRequests.GiveBack(queueName, handles)));
  }

  public CompletableFuture<@Nullable Void> deleteMessage(String queueName, String receiptHandle) {
    return nothing(
        only(
            partitions.ask(
                queueName,
                new QueueRequests.DeleteMessages(
                    queueName, List.of(new BatchEntry<>(ONLY, receiptHandle))))));
  }

  /** Deletes by receipt handle. */
  public CompletableFuture<BatchResult<Boolean>> deleteMessageBatch(
      String queueName, List<BatchEntry<String>> entries) {
    return guarded(
        () -> {
          MessageChecks.batch(entries);
          return partitions.ask(
              queueName, new QueueRequests.DeleteMessages(queueName, List.copyOf(entries)));
        });
  }

  public CompletableFuture<@Nullable Void> changeVisibility(
      String queueName, ChangeVisibility change) {
    return nothing(
        guarded(
            () -> {
              ChangeVisibility.checkSeconds(change.visibilityTimeout());
              return only(
                  partitions.ask(
                      queueName,
                      new QueueRequests.ChangeVisibilities(
                          queueName, List.of(new BatchEntry<>(ONLY, change)))));
            }));
  }

  public CompletableFuture<BatchResult<Boolean>> changeVisibilityBatch(
      String queueName, List<BatchEntry<ChangeVisibility>> entries) {
    return guarded(
        () -> {
          MessageChecks.batch(entries);
          return partitions.ask(
              queueName, new QueueRequests.ChangeVisibilities(queueName, List.copyOf(entries)));
        });
  }

  private static <R> CompletableFuture<R> only(CompletableFuture<BatchResult<R>> reply) {
    return reply.thenApply(
        result -> {
          if (!result.failed().isEmpty()) {
            throw result.failed().get(0).error();
          }
          return result.successful().get(0).result();
        });
  }

  private static CompletableFuture<@Nullable Void> nothing(CompletableFuture<?> reply) {
    return reply.thenApply(done -> null);
  }

  /** A refusal before anything was asked fails the future like one after. */
  private static <R> CompletableFuture<R> guarded(Supplier<CompletableFuture<R>> call) {
    try {
      return call.get();
    } catch (QueueError refused) {
      return CompletableFuture.failedFuture(refused);
    }
  }
}
