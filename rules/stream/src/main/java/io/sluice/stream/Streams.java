package io.sluice.stream;

import io.sluice.store.Partitions;
import io.sluice.store.Request;
import io.sluice.store.Table;
import io.sluice.store.Turn;
import io.sluice.stream.StreamReplies.DescribeStreamReply;
import io.sluice.stream.StreamReplies.DescribeStreamSummaryReply;
import io.sluice.stream.StreamReplies.GetRecordsReply;
import io.sluice.stream.StreamReplies.GetShardIteratorReply;
import io.sluice.stream.StreamReplies.ListShardsReply;
import io.sluice.stream.StreamReplies.ListStreamsReply;
import io.sluice.stream.StreamReplies.ListTagsForStreamReply;
import io.sluice.stream.StreamReplies.PutRecordReply;
import io.sluice.stream.StreamReplies.PutRecordsReply;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * All streams. A stream with all its shards lives on the partition of its name, so a PutRecords is
 * one write and the order of puts is one order.
 *
 * <p>Threads: every method but {@link #put} may be called from any thread and none blocks. The
 * futures complete when the effects are on disk, and a read answers only what is on disk; they fail
 * with {@link StreamError} for what the caller can mend. They complete on the store's or the
 * owner's thread: do little there.
 */
public final class Streams {
  /** The tables that the store must open for this room. */
  public static final Set<Table> TABLES =
      Set.of(StreamTables.STREAMS, StreamTables.SHARDS, StreamTables.RECORDS);

  static final String NOT_ENCRYPTED = "NONE";
  private static final int PAGE_MAX = 10_000;
  private static final int DESCRIBED_SHARDS = 100;
  private static final int LISTED_STREAMS = 100;
  private static final int LISTED_SHARDS_MAX = 1_000;
  private static final int LISTED_TAGS_MAX = 50;

  private record Load() implements Request<Boolean> {}

  private record Create(String stream, int shards, StreamMode mode, Map<String, String> tags)
      implements Request<Boolean> {}

  private record Delete(String stream) implements Request<Boolean> {}

  private record Look(String stream) implements Request<StreamView> {}

  private record LookAtAll() implements Request<List<StreamView>> {}

  private record Put(String stream, List<PartitionStreams.Entry> entries)
      implements Request<List<Optional<Placed>>> {}

  private record Locate(String stream, int shard, Start start) implements Request<Position> {}

  private record Read(Position position, int recordsMax) implements Request<ShardReader.Page> {}

  private record Split(String stream, int shard, HashKey at) implements Request<Boolean> {}

  private record Merge(String stream, int shard, int adjacent) implements Request<Boolean> {}

  private record Retain(String stream, int hours, boolean increase) implements Request<Boolean> {}

  private record Label(String stream, Map<String, String> add, List<String> remove)
      implements Request<Boolean> {}

  private final Partitions partitions;
  private final StreamSettings settings;
  private final ShardListeners listeners = new ShardListeners();
  private final Seal seal;
  private final ShardIterators iterators;
  private final Descriptions descriptions;
  private final Puts puts;
  private final PartitionStreams[] owned;

  /** Registers the room; made before {@link Partitions#start}. */
  public Streams(Partitions partitions, StreamSettings settings) {
    this.partitions = partitions;
    this.settings = settings;
    this.seal = new Seal(settings.sealKey());
    this.iterators = new ShardIterators(seal);
    this.descriptions = new Descriptions(settings);
    this.puts = new Puts(settings);
    this.owned = new PartitionStreams[partitions.count()];
    for (int p = 0; p < owned.length; p++) {
      owned[p] = new PartitionStreams(settings, listeners);
    }
    register();
  }

  private void register() {
    partitions.register(Load.class, (turn, q) -> of(turn).load(turn));
    partitions.register(
        Create.class,
        (turn, q) -> of(turn).create(turn, q.stream(), q.shards(), q.mode(), q.tags()));
    partitions.register(Delete.class, (turn, q) -> of(turn).delete(turn, q.stream()));
    partitions.register(Look.class, (turn, q) -> of(turn).view(q.stream()));
    partitions.register(LookAtAll.class, (turn, q) -> of(turn).views());
    partitions.register(Put.class, (turn, q) -> of(turn).putAll(turn, q.stream(), q.entries()));
    partitions.register(
        Locate.class, (turn, q) -> of(turn).locate(turn, q.stream(), q.shard(), q.start()));
    partitions.register(Read.class, (turn, q) -> of(turn).read(turn, q.position(), q.recordsMax()));
    partitions.register(
        Split.class, (turn, q) -> of(turn).split(turn, q.stream(), q.shard(), q.at()));
    partitions.register(
        Merge.class, (turn, q) -> of(turn).merge(turn, q.stream(), q.shard(), q.adjacent()));
    partitions.register(
        Retain.class, (turn, q) -> of(turn).retain(turn, q.stream(), q.hours(), q.increase()));
    partitions.register(
        Label.class, (turn, q) -> of(turn).tag(turn, q.stream(), q.add(), q.remove()));
    partitions.onTimer(Retention.TIMER, (turn, key, due) -> of(turn).retentionDue(turn, key, due));
    Purge.register(partitions);
    partitions.onStart(this::load);
  }

  private void load() {
    for (int p = 0; p < owned.length; p++) {
      partitions.apply(p, new Load()); // requests queue behind it
    }
  }

  private PartitionStreams of(Turn turn) {
    return owned[turn.partition()];
  }

  // ---- for the dispatcher

  /** The partition whose turns may {@link #put} into the stream. */
  public int partitionOf(String stream) {
    return partitions.of("stream/" + stream);
  }

  /**
   * Puts a record inside a turn of {@link #partitionOf}: it is written with the turn's other
   * effects. Owner thread of that partition. No rate refuses it: its publication was acknowledged.
   *
   * @param data kept, not copied
   * @throws StreamError when the stream is not there, or key or data are out of bounds; the turn is
   *     untouched then
   */
  public Placed put(Turn turn, String stream, String partitionKey, byte[] data) {
    return of(turn).put(turn, stream, Check.entry(partitionKey, null, data, settings.limits()));
  }

  /**
   * Calls {@code listener} after each durable put into a shard, until the answer is closed. On the
   * store's thread: it must return at once, and reads with {@link #getRecords} like anybody.
   */
  public AutoCloseable listen(String stream, String shardId, Runnable listener) {
    return listeners.add(stream, Check.shard(shardId, "shardId"), listener);
  }

  // ---- streams

  public CompletableFuture<?> createStream(StreamRequests.CreateStream request) {
    return checked(
        () -> {
          String name = settings.streamOf(Check.present(request.streamName(), "streamName"), null);
          StreamMode mode = StreamMode.of(request);
          int shards = mode.shards(request);
          Map<String, String> tags = request.tags() == null ? Map.of() : Map.copyOf(request.tags());
          return ask(name, new Create(name, shards, mode, tags));
        });
  }

  /** Gone at once; its records' rows are deleted afterwards, little by little. */
  public CompletableFuture<?> deleteStream(StreamRequests.DeleteStream request) {
    return checked(
        () -> {
          String name = settings.streamOf(request.streamName(), request.streamARN());
          return ask(name, new Delete(name));
        });
  }

  public CompletableFuture<DescribeStreamReply> describeStream(
      StreamRequests.DescribeStream request) {
    return checked(
        () -> {
          int max = Check.within(request.limit(), DESCRIBED_SHARDS, 1, PAGE_MAX, "limit");
          int after =
              request.exclusiveStartShardId() == null
                  ? -1
                  : Check.shard(request.exclusiveStartShardId(), "exclusiveStartShardId");
          return look(request.streamName(), request.streamARN())
              .thenApply(view -> descriptions.describe(view, after, max));
        });
  }

  public CompletableFuture<DescribeStreamSummaryReply> describeStreamSummary(
      StreamRequests.DescribeStreamSummary request) {
    return checked(
        () -> look(request.streamName(), request.streamARN()).thenApply(descriptions::summarise));
  }

  public CompletableFuture<ListStreamsReply> listStreams(StreamRequests.ListStreams request) {
    return checked(
        () -> {
          int max = Check.within(request.limit(), LISTED_STREAMS, 1, PAGE_MAX, "limit");
          String after =
              request.nextToken() != null
                  ? request.nextToken()
                  : request.exclusiveStartStreamName();
          List<CompletableFuture<List<StreamView>>> parts = new ArrayList<>();
          for (int p = 0; p < owned.length; p++) {
            parts.add(partitions.ask(p, new LookAtAll()));
          }
          return CompletableFuture.allOf(parts.toArray(CompletableFuture<?>[]::new))
              .thenApply(
                  all -> {
                    TreeMap<String, StreamView> views = new TreeMap<>();
                    parts.forEach(part -> part.join().forEach(v -> views.put(v.name(), v)));
                    return descriptions.list(views, after, max);
                  });
        });
  }

  public CompletableFuture<ListShardsReply> listShards(StreamRequests.ListShards request) {
    return checked(
        () -> {
          int max =
              Math.min(
                  LISTED_SHARDS_MAX,
                  Check.within(request.maxResults(), LISTED_SHARDS_MAX, 1, PAGE_MAX, "maxResults"));
          ShardListing listing = ShardListing.of(request, settings, seal, now());
          return ask(listing.stream(), new Look(listing.stream()))
              .thenApply(view -> listing.page(view, max, seal, now()));
        });
  }

  // ---- records

  public CompletableFuture<PutRecordReply> putRecord(StreamRequests.PutRecord request) {
    return checked(
        () -> {
          String name = settings.streamOf(request.streamName(), request.streamARN());
          return ask(name, new Put(name, puts.entries(request)))
              .thenApply(outcomes -> puts.reply(outcomes, name));
        });
  }

  /** All or none are well formed; then each is placed or refused by its shard's rate alone. */
  public CompletableFuture<PutRecordsReply> putRecords(StreamRequests.PutRecords request) {
    return checked(
        () -> {
          String name = settings.streamOf(request.streamName(), request.streamARN());
          return ask(name, new Put(name, puts.entries(request)))
              .thenApply(outcomes -> puts.replies(outcomes, name));
        });
  }

  public CompletableFuture<GetShardIteratorReply> getShardIterator(
      StreamRequests.GetShardIterator request) {
    return checked(
        () -> {
          String name = settings.streamOf(request.streamName(), request.streamARN());
          int shard = Check.shard(request.shardId(), "shardId");
          Start start =
              Start.parse(
                  request.shardIteratorType(),
                  request.startingSequenceNumber(),
                  request.timestamp());
          return ask(name, new Locate(name, shard, start))
              .thenApply(at -> new GetShardIteratorReply(iterators.issue(at, now())));
        });
  }

  /** Answers at once, also with nothing. */
  public CompletableFuture<GetRecordsReply> getRecords(StreamRequests.GetRecords request) {
    return checked(
        () -> {
          int max =
              Check.within(
                  request.limit(), ShardReader.RECORDS_MAX, 1, ShardReader.RECORDS_MAX, "limit");
          Position position =
              iterators.read(Check.present(request.shardIterator(), "shardIterator"), now());
          return ask(position.stream(), new Read(position, max)).thenApply(this::reply);
        });
  }

  private GetRecordsReply reply(ShardReader.Page page) {
    Position next = page.next();
    return new GetRecordsReply(
        page.records(),
        next == null ? null : iterators.issue(next, now()),
        page.millisBehindLatest(),
        next == null ? page.children() : null);
  }

  // ---- settings of a stream

  public CompletableFuture<?> splitShard(StreamRequests.SplitShard request) {
    return checked(
        () -> {
          String name = settings.streamOf(request.streamName(), request.streamARN());
          HashKey at =
              HashKey.parse(
                  Check.present(request.newStartingHashKey(), "newStartingHashKey"),
                  "NewStartingHashKey");
          int shard = Check.shard(request.shardToSplit(), "shardToSplit");
          return ask(name, new Split(name, shard, at));
        });
  }

  public CompletableFuture<?> mergeShards(StreamRequests.MergeShards request) {
    return checked(
        () -> {
          String name = settings.streamOf(request.streamName(), request.streamARN());
          int shard = Check.shard(request.shardToMerge(), "shardToMerge");
          int adjacent = Check.shard(request.adjacentShardToMerge(), "adjacentShardToMerge");
          return ask(name, new Merge(name, shard, adjacent));
        });
  }

  public CompletableFuture<?> increaseStreamRetentionPeriod(
      StreamRequests.StreamRetentionPeriod request) {
    return retain(request, true);
  }

  public CompletableFuture<?> decreaseStreamRetentionPeriod(
      StreamRequests.StreamRetentionPeriod request) {
    return retain(request, false);
  }

  private CompletableFuture<?> retain(
      StreamRequests.StreamRetentionPeriod request, boolean increase) {
    return checked(
        () -> {
          String name = settings.streamOf(request.streamName(), request.streamARN());
          int hours = Check.present(request.retentionPeriodHours(), "retentionPeriodHours");
          return ask(name, new Retain(name, hours, increase));
        });
  }

  public CompletableFuture<?> addTagsToStream(StreamRequests.AddTagsToStream request) {
    return checked(
        () -> {
          String name = settings.streamOf(request.streamName(), request.streamARN());
          Map<String, String> tags = Map.copyOf(Check.present(request.tags(), "tags"));
          return ask(name, new Label(name, tags, List.of()));
        });
  }

  public CompletableFuture<?> removeTagsFromStream(StreamRequests.RemoveTagsFromStream request) {
    return checked(
        () -> {
          String name = settings.streamOf(request.streamName(), request.streamARN());
          List<String> keys = List.copyOf(Check.present(request.tagKeys(), "tagKeys"));
          return ask(name, new Label(name, Map.of(), keys));
        });
  }

  public CompletableFuture<ListTagsForStreamReply> listTagsForStream(
      StreamRequests.ListTagsForStream request) {
    return checked(
        () -> {
          int max = Check.within(request.limit(), LISTED_TAGS_MAX, 1, LISTED_TAGS_MAX, "limit");
          return look(request.streamName(), request.streamARN())
              .thenApply(view -> descriptions.tags(view, request.exclusiveStartTagKey(), max));
        });
  }

  // ---- ways to the partition

  private CompletableFuture<StreamView> look(
      @Nullable String streamName, @Nullable String streamArn) {
    String name = settings.streamOf(streamName, streamArn);
    return ask(name, new Look(name));
  }

  private <R> CompletableFuture<R> ask(String stream, Request<R> request) {
    return partitions.ask(partitionOf(stream), request);
  }

  private long now() {
    return partitions.clock().millis();
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
    } catch (StreamError refused) {
      reply.completeExceptionally(refused);
    }
    return reply;
  }

  private static Throwable unwrapped(Throwable failure) {
    Throwable cause = failure.getCause();
    return failure instanceof CompletionException && cause != null ? cause : failure;
  }
}
