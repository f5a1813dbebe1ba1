package io.sluice.firehose;

import io.sluice.firehose.FirehoseReplies.CreateDeliveryStreamReply;
import io.sluice.firehose.FirehoseReplies.DeliveryStreamDescription;
import io.sluice.firehose.FirehoseReplies.DescribeDeliveryStreamReply;
import io.sluice.firehose.FirehoseReplies.FailureDescription;
import io.sluice.firehose.FirehoseReplies.ListDeliveryStreamsReply;
import io.sluice.firehose.FirehoseReplies.ListTagsForDeliveryStreamReply;
import io.sluice.firehose.FirehoseReplies.PutRecordBatchReply;
import io.sluice.firehose.FirehoseReplies.PutRecordReply;
import io.sluice.firehose.FirehoseRequests.S3Destination;
import io.sluice.firehose.FirehoseRequests.Tag;
import io.sluice.store.Partitions;
import io.sluice.store.Request;
import io.sluice.store.Table;
import io.sluice.store.Turn;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * All delivery streams. Each lives on the partition of its name; its records wait there as rows
 * until an object with them is durable at the target. A crash loses none, and repeats at most the
 * last object of each, under the same name.
 *
 * <p>Threads: every method but {@link #put} may be called from any thread and none blocks. The
 * futures complete when the effects are on disk; they fail with {@link FirehoseError} for what the
 * caller can mend. They complete on the store's or the owner's thread: do little there. Objects are
 * written on the executor given, never on an owner's thread.
 */
public final class DeliveryStreams {
  /** The tables that the store must open for this room. */
  public static final Set<Table> TABLES =
      Set.of(
          DeliveryTables.STREAMS,
          DeliveryTables.TOTALS,
          DeliveryTables.RECORDS,
          DeliveryTables.PARCELS,
          DeliveryTables.DELIVERED);

  private static final int DELIVERIES_WAITING_MAX = 1_024;
  private static final int LISTED_NAMES = 10;
  private static final int LISTED_NAMES_MAX = 10_000;
  private static final int LISTED_TAGS_MAX = 50;

  private record Load() implements Request<Boolean> {}

  private record Create(String stream, Destination destination, Map<String, String> tags)
      implements Request<Boolean> {}

  private record Delete(String stream) implements Request<Boolean> {}

  private record Look(String stream) implements Request<DeliveryView> {}

  private record Names() implements Request<List<String>> {}

  private record Update(String stream, String expectedVersion, S3Destination wanted)
      implements Request<Boolean> {}

  private record Label(String stream, Map<String, String> add, List<String> remove)
      implements Request<Boolean> {}

  private record Put(String stream, List<byte[]> records)
      implements Request<List<PartitionDeliveries.PutOutcome>> {}

  private record Flush(String stream) implements Request<CompletableFuture<Boolean>> {}

  private final Partitions partitions;
  private final DeliverySettings settings;
  private final Puts puts;
  private final PartitionDeliveries[] owned;

  /**
   * Registers the room; made before {@link Partitions#start}.
   *
   * @param executor where objects are written; may block and may refuse. See {@link #executor}.
   */
  public DeliveryStreams(
      Partitions partitions, DeliverySettings settings, ObjectTarget target, Executor executor) {
    this.partitions = partitions;
    this.settings = settings;
    this.puts = new Puts(settings.limits());
    this.owned = new PartitionDeliveries[partitions.count()];
    Courier courier = new Courier(partitions, target, executor);
    for (int p = 0; p < owned.length; p++) {
      owned[p] = new PartitionDeliveries(settings, courier);
    }
    register();
  }

  /** Threads for deliveries, with a bounded queue before them; the caller shuts them down. */
  public static ExecutorService executor(int threads) {
    ThreadPoolExecutor executor =
        new ThreadPoolExecutor(
            threads,
            threads,
            30,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(DELIVERIES_WAITING_MAX),
            work -> {
              Thread thread = new Thread(work, "delivery");
              thread.setDaemon(true);
              return thread;
            });
    executor.allowCoreThreadTimeOut(true);
    return executor;
  }

  private void register() {
    partitions.register(Load.class, (turn, q) -> of(turn).load(turn));
    partitions.register(
        Create.class, (turn, q) -> of(turn).create(turn, q.stream(), q.destination(), q.tags()));
    partitions.register(Delete.class, (turn, q) -> of(turn).delete(turn, q.stream()));
    partitions.register(Look.class, (turn, q) -> of(turn).view(q.stream()));
    partitions.register(Names.class, (turn, q) -> of(turn).names());
    partitions.register(
        Update.class,
        (turn, q) -> of(turn).update(turn, q.stream(), q.expectedVersion(), q.wanted()));
    partitions.register(
        Label.class, (turn, q) -> of(turn).tag(turn, q.stream(), q.add(), q.remove()));
    partitions.register(Put.class, (turn, q) -> of(turn).putAll(turn, q.stream(), q.records()));
    partitions.register(Flush.class, (turn, q) -> of(turn).flush(turn, q.stream()));
    partitions.register(Courier.Carried.class, (turn, q) -> of(turn).carried(turn, q));
    partitions.register(Courier.Failed.class, (turn, q) -> of(turn).failed(turn, q));
    partitions.onTimer(
        PartitionDeliveries.CUT_TIMER, (turn, key, due) -> of(turn).cutDue(turn, key));
    partitions.onTimer(
        PartitionDeliveries.RETRY_TIMER, (turn, key, due) -> of(turn).retryDue(turn, key));
    Purge.register(partitions);
    partitions.onStart(this::load);
  }

  private void load() {
    for (int p = 0; p < owned.length; p++) {
      partitions.apply(p, new Load()); // requests queue behind it
    }
  }

  private PartitionDeliveries of(Turn turn) {
    return owned[turn.partition()];
  }

  // ---- for the dispatcher

  /** The partition whose turns may {@link #put} into the delivery stream. */
  public int partitionOf(String deliveryStream) {
    return partitions.of("delivery/" + deliveryStream);
  }

  /**
   * Puts a record inside a turn of {@link #partitionOf}: it is written with the turn's other
   * effects. Owner thread of that partition.
   *
   * @param data kept, not copied
   * @return the record's identifier
   * @throws FirehoseError when the delivery stream is not there, the record is too large, or too
   *     much waits for the target; the turn is untouched then
   */
  public String put(Turn turn, String deliveryStream, byte[] data) {
    puts.checkSize(data);
    return of(turn).put(turn, deliveryStream, data);
  }

  // ---- delivery streams

  public CompletableFuture<CreateDeliveryStreamReply> createDeliveryStream(
      FirehoseRequests.CreateDeliveryStream request) {
    return checked(
        () -> {
          String name = DeliverySettings.checkedName(request.deliveryStreamName());
          checkType(request.deliveryStreamType());
          Destination destination =
              DestinationCheck.created(
                  name,
                  oneOf(
                      request.extendedS3DestinationConfiguration(),
                      request.s3DestinationConfiguration()));
          return ask(name, new Create(name, destination, Tags.of(request.tags())))
              .thenApply(done -> new CreateDeliveryStreamReply(settings.arn(name)));
        });
  }

  private static void checkType(@Nullable String type) {
    if (type != null && !type.equals("DirectPut")) {
      throw FirehoseError.invalid(
          "DeliveryStreamType %s is not supported by this gateway; use DirectPut, and a rule with"
              + " a firehose action to fill it.",
          type);
    }
  }

  private static S3Destination oneOf(
      @Nullable S3Destination extended, @Nullable S3Destination plain) {
    if (extended != null && plain == null) {
      return extended;
    }
    if (plain != null && extended == null) {
      return plain;
    }
    throw FirehoseError.invalid(
        "Exactly one destination must be given, as ExtendedS3DestinationConfiguration or"
            + " S3DestinationConfiguration; this gateway delivers to no other kind.");
  }

  /** Gone at once, with what is buffered; {@link #flush} first to have that delivered. */
  public CompletableFuture<?> deleteDeliveryStream(FirehoseRequests.DeleteDeliveryStream request) {
    return checked(
        () -> {
          String name = DeliverySettings.checkedName(request.deliveryStreamName());
          return ask(name, new Delete(name));
        });
  }

  public CompletableFuture<DescribeDeliveryStreamReply> describeDeliveryStream(
      FirehoseRequests.DescribeDeliveryStream request) {
    return checked(() -> look(request.deliveryStreamName()).thenApply(this::describe));
  }

  private DescribeDeliveryStreamReply describe(DeliveryView view) {
    String error = view.state().lastError();
    return new DescribeDeliveryStreamReply(
        new DeliveryStreamDescription(
            view.name(),
            settings.arn(view.name()),
            "ACTIVE", // nothing here takes long enough to be CREATING
            error == null ? null : new FailureDescription("UNKNOWN_ERROR", error),
            "DirectPut",
            Long.toString(view.version()),
            Instant.ofEpochMilli(view.createdMillis()),
            view.updatedMillis() == 0 ? null : Instant.ofEpochMilli(view.updatedMillis()),
            List.of(view.destination().description()),
            false));
  }

  /** How a delivery stream is doing, with the objects it delivered lately. */
  public CompletableFuture<DeliveryState> state(String deliveryStream) {
    return checked(() -> look(deliveryStream).thenApply(DeliveryView::state));
  }

  public CompletableFuture<ListDeliveryStreamsReply> listDeliveryStreams(
      FirehoseRequests.ListDeliveryStreams request) {
    return checked(
        () -> {
          int max = limit(request.limit(), LISTED_NAMES, LISTED_NAMES_MAX);
          String after = request.exclusiveStartDeliveryStreamName();
          String type = request.deliveryStreamType();
          return names()
              .thenApply(
                  names -> {
                    List<String> all =
                        type != null && !type.equals("DirectPut")
                            ? List.of()
                            : List.copyOf(after == null ? names : names.tailSet(after, false));
                    return new ListDeliveryStreamsReply(
                        all.subList(0, Math.min(max, all.size())), all.size() > max);
                  });
        });
  }

  private CompletableFuture<NavigableSet<String>> names() {
    List<CompletableFuture<List<String>>> parts = new ArrayList<>();
    for (int p = 0; p < owned.length; p++) {
      parts.add(partitions.ask(p, new Names()));
    }
    return CompletableFuture.allOf(parts.toArray(CompletableFuture<?>[]::new))
        .thenApply(
            all -> {
              NavigableSet<String> names = new TreeSet<>();
              parts.forEach(part -> names.addAll(part.join()));
              return names;
            });
  }

  public CompletableFuture<?> updateDestination(FirehoseRequests.UpdateDestination request) {
    return checked(
        () -> {
          String name = DeliverySettings.checkedName(request.deliveryStreamName());
          String version =
              present(request.currentDeliveryStreamVersionId(), "currentDeliveryStreamVersionId");
          if (!Destination.ID.equals(present(request.destinationId(), "destinationId"))) {
            throw FirehoseError.invalid(
                "DestinationId %s is not one of Firehose %s, which has %s.",
                request.destinationId(), name, Destination.ID);
          }
          S3Destination wanted =
              oneOf(request.extendedS3DestinationUpdate(), request.s3DestinationUpdate());
          return ask(name, new Update(name, version, wanted));
        });
  }

  public CompletableFuture<?> tagDeliveryStream(FirehoseRequests.TagDeliveryStream request) {
    return checked(
        () -> {
          String name = DeliverySettings.checkedName(request.deliveryStreamName());
          return ask(name, new Label(name, Tags.of(request.tags()), List.of()));
        });
  }

  public CompletableFuture<?> untagDeliveryStream(FirehoseRequests.UntagDeliveryStream request) {
    return checked(
        () -> {
          String name = DeliverySettings.checkedName(request.deliveryStreamName());
          List<String> keys = List.copyOf(present(request.tagKeys(), "tagKeys"));
          return ask(name, new Label(name, Map.of(), keys));
        });
  }

  public CompletableFuture<ListTagsForDeliveryStreamReply> listTagsForDeliveryStream(
      FirehoseRequests.ListTagsForDeliveryStream request) {
    return checked(
        () -> {
          int max = limit(request.limit(), LISTED_TAGS_MAX, LISTED_TAGS_MAX);
          String after = request.exclusiveStartTagKey();
          return look(request.deliveryStreamName())
              .thenApply(
                  view -> {
                    TreeMap<String, String> sorted = new TreeMap<>(view.tags());
                    List<Tag> tags = new ArrayList<>();
                    (after == null ? sorted : sorted.tailMap(after, false))
                        .forEach((key, value) -> tags.add(new Tag(key, value)));
                    return new ListTagsForDeliveryStreamReply(
                        tags.subList(0, Math.min(max, tags.size())), tags.size() > max);
                  });
        });
  }

  // ---- records

  public CompletableFuture<PutRecordReply> putRecord(FirehoseRequests.PutRecord request) {
    return checked(
        () -> {
          String name = DeliverySettings.checkedName(request.deliveryStreamName());
          return ask(name, new Put(name, puts.records(request))).thenApply(Puts::reply);
        });
  }

  /** All or none are well formed; then each is taken, or refused because the buffer is full. */
  public CompletableFuture<PutRecordBatchReply> putRecordBatch(
      FirehoseRequests.PutRecordBatch request) {
    return checked(
        () -> {
          String name = DeliverySettings.checkedName(request.deliveryStreamName());
          return ask(name, new Put(name, puts.records(request))).thenApply(Puts::replies);
        });
  }

  /**
   * Delivers what is buffered now, whatever the hints say, and tries a target that refused at once.
   *
   * @return completes when all that was put before is delivered. While the target refuses it does
   *     not: give it a time limit, and look at {@link #state} for the reason.
   */
  public CompletableFuture<?> flush(String deliveryStream) {
    return checked(
        () -> {
          String name = DeliverySettings.checkedName(deliveryStream);
          return ask(name, new Flush(name)).thenCompose(delivered -> delivered);
        });
  }

  /** {@link #flush} for all there are; one that is deleted meanwhile counts as done. */
  public CompletableFuture<?> flushAll() {
    return names()
        .thenCompose(
            names ->
                CompletableFuture.allOf(
                    names.stream()
                        .map(name -> flush(name).exceptionally(gone -> null))
                        .toArray(CompletableFuture<?>[]::new)));
  }

  // ---- checks and ways to the partition

  static <T> T present(@Nullable T value, String member) {
    if (value == null) {
      throw FirehoseError.missing(member);
    }
    return value;
  }

  private static int limit(@Nullable Integer limit, int absent, int max) {
    if (limit != null && (limit < 1 || limit > max)) {
      throw FirehoseError.constraint("limit", limit, "Member must have value of 1 to " + max);
    }
    return limit == null ? absent : limit;
  }

  private CompletableFuture<DeliveryView> look(@Nullable String deliveryStreamName) {
    String name = DeliverySettings.checkedName(deliveryStreamName);
    return ask(name, new Look(name));
  }

  private <R> CompletableFuture<R> ask(String deliveryStream, Request<R> request) {
    return partitions.ask(partitionOf(deliveryStream), request);
  }

  /** Refusals come as they are, not wrapped: whether they were found here or on the partition. */
  private static <R> CompletableFuture<R> checked(Supplier<CompletableFuture<R>> operation) {
    CompletableFuture<R> reply = new CompletableFuture<>();
    try {
      operation
          .get()
          .whenComplete(
              (answer, failure) -> {
                if (failure == null) {
                  reply.complete(answer);
                } else {
                  reply.completeExceptionally(unwrapped(failure));
                }
              });
    } catch (FirehoseError refused) {
      reply.completeExceptionally(refused);
    }
    return reply;
  }

  private static Throwable unwrapped(Throwable failure) {
    Throwable cause = failure.getCause();
    return failure instanceof CompletionException && cause != null ? cause : failure;
  }
}
