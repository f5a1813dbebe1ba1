package io.sluice.stream;

import io.sluice.store.Request;
import io.sluice.store.SimulatedPartitions;
import io.sluice.store.SimulatedStore;
import io.sluice.store.Turn;
import io.sluice.stream.StreamReplies.GetRecordsReply;
import io.sluice.stream.StreamReplies.PutRecordReply;
import io.sluice.stream.StreamReplies.StreamRecord;
import io.sluice.stream.StreamRequests.CreateStream;
import io.sluice.stream.StreamRequests.GetRecords;
import io.sluice.stream.StreamRequests.GetShardIterator;
import io.sluice.stream.StreamRequests.PutRecord;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;

/** Streams on a simulated store, on the test's thread and clock. */
final class House {
  static final long START = 1_767_225_600_000L; // 2026-01-01T00:00:00Z
  static final String ACCOUNT = "000000000000";

  final SimulatedStore store;
  final SimulatedPartitions simulation;
  final Streams streams;
  private final StreamSettings settings;

  private record InTurn(Consumer<Turn> work) implements Request<Boolean> {}

  House() {
    this(StreamLimits.standard());
  }

  House(StreamLimits limits) {
    this(new SimulatedStore(2), START, StreamSettings.of(ACCOUNT, "local", limits));
  }

  private House(SimulatedStore store, long now, StreamSettings settings) {
    this.store = store;
    this.settings = settings;
    this.simulation = new SimulatedPartitions(store, now);
    this.streams = new Streams(simulation.partitions(), settings);
    simulation
        .partitions()
        .register(
            InTurn.class,
            (turn, q) -> {
              q.work().accept(turn);
              return true;
            });
    simulation.partitions().start();
    simulation.run();
  }

  /** What a new process finds after this one was killed. */
  House afterCrash(Random random) {
    return new House(store.crash(random), simulation.now(), settings);
  }

  /** A new process whose seal key is another. */
  House withOtherSealKey() {
    return new House(
        store.crash(new Random(0)),
        simulation.now(),
        StreamSettings.of(ACCOUNT, "local", settings.limits()));
  }

  <R> R await(CompletableFuture<R> reply) {
    simulation.run();
    store.sync();
    simulation.run();
    try {
      return reply.orTimeout(0, java.util.concurrent.TimeUnit.MILLISECONDS).join();
    } catch (CompletionException refused) {
      if (refused.getCause() instanceof StreamError error) {
        throw error;
      }
      throw refused;
    }
  }

  void create(String stream, int shards) {
    await(streams.createStream(new CreateStream(stream, shards, null, null)));
  }

  PutRecordReply put(String stream, String key, String data) {
    return await(streams.putRecord(putRequest(stream, key, data)));
  }

  static PutRecord putRequest(String stream, String key, String data) {
    return new PutRecord(stream, null, data.getBytes(StandardCharsets.UTF_8), key, null, null);
  }

  void inTurn(String stream, Consumer<Turn> work) {
    await(simulation.partitions().ask(streams.partitionOf(stream), new InTurn(work)));
  }

  String iterator(String stream, int shard, String type) {
    return iterator(stream, shard, type, null, null);
  }

  String iterator(String stream, int shard, String type, String sequenceNumber, Instant timestamp) {
    return await(
            streams.getShardIterator(
                new GetShardIterator(
                    stream, null, Shard.id(shard), type, sequenceNumber, timestamp)))
        .shardIterator();
  }

  GetRecordsReply get(String iterator) {
    return await(streams.getRecords(new GetRecords(iterator, null, null)));
  }

  GetRecordsReply get(String iterator, int limit) {
    return await(streams.getRecords(new GetRecords(iterator, limit, null)));
  }

  /** All records of a shard from the trim horizon on, page by page. */
  List<StreamRecord> readAll(String stream, int shard, int limit) {
    List<StreamRecord> all = new ArrayList<>();
    String iterator = iterator(stream, shard, "TRIM_HORIZON");
    while (true) {
      GetRecordsReply page = get(iterator, limit);
      all.addAll(page.records());
      if (page.nextShardIterator() == null || page.records().isEmpty()) {
        return all;
      }
      iterator = page.nextShardIterator();
    }
  }

  List<String> texts(String stream, int shard) {
    return readAll(stream, shard, 10_000).stream().map(House::text).toList();
  }

  static String text(StreamRecord record) {
    return new String(record.data(), StandardCharsets.UTF_8);
  }
}
