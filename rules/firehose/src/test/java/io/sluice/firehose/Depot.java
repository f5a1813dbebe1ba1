package io.sluice.firehose;

import io.sluice.firehose.FirehoseReplies.PutRecordReply;
import io.sluice.firehose.FirehoseRequests.BufferingHints;
import io.sluice.firehose.FirehoseRequests.CreateDeliveryStream;
import io.sluice.firehose.FirehoseRequests.FirehoseRecord;
import io.sluice.firehose.FirehoseRequests.PutRecord;
import io.sluice.firehose.FirehoseRequests.S3Destination;
import io.sluice.store.Request;
import io.sluice.store.SimulatedPartitions;
import io.sluice.store.SimulatedStore;
import io.sluice.store.Turn;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Delivery streams on a simulated store and target, on the test's thread and clock. */
final class Depot {
  static final long START = 1_767_225_600_000L; // 2026-01-01T00:00:00Z
  static final String ACCOUNT = "000000000000";

  final SimulatedStore store;
  final FakeTarget target;
  final SimulatedPartitions simulation;
  final DeliveryStreams streams;
  final Queue<Runnable> deliveries = new ArrayDeque<>(); // of the executor, done by the test
  private final DeliveryLimits limits;

  private record InTurn(Consumer<Turn> work) implements Request<Boolean> {}

  Depot() {
    this(DeliveryLimits.standard());
  }

  Depot(DeliveryLimits limits) {
    this(new SimulatedStore(2), new FakeTarget(), START, limits);
  }

  private Depot(SimulatedStore store, FakeTarget target, long now, DeliveryLimits limits) {
    this.store = store;
    this.target = target;
    this.limits = limits;
    this.simulation = new SimulatedPartitions(store, now);
    this.streams =
        new DeliveryStreams(
            simulation.partitions(),
            new DeliverySettings(ACCOUNT, "local", limits),
            target,
            deliveries::add);
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

  /** What a new process finds after this one was killed; the target keeps what it has. */
  Depot afterCrash(Random random) {
    return new Depot(store.crash(random), target, simulation.now(), limits);
  }

  <R> R await(CompletableFuture<R> reply) {
    simulation.run();
    store.sync();
    simulation.run();
    try {
      return reply.orTimeout(0, TimeUnit.MILLISECONDS).join();
    } catch (CompletionException refused) {
      if (refused.getCause() instanceof FirehoseError error) {
        throw error;
      }
      throw refused;
    }
  }

  /** Fires what is due and delivers what is cut, until nothing is left to do. */
  void settle() {
    for (int quiet = 0; quiet < 3; quiet++) {
      simulation.advance(0);
      store.sync();
      simulation.run();
      if (deliver()) {
        quiet = -1;
      }
    }
  }

  /** Does one delivery, if one waits. */
  boolean deliver() {
    Runnable delivery = deliveries.poll();
    if (delivery == null) {
      return false;
    }
    delivery.run();
    simulation.run();
    store.sync();
    simulation.run();
    return true;
  }

  void advance(long millis) {
    simulation.advance(millis);
    settle();
  }

  /** 1 MiB or a minute, uncompressed, into bucket {@code lake}. */
  void create(String name) {
    create(name, destination());
  }

  void create(String name, S3Destination destination) {
    await(
        streams.createDeliveryStream(
            new CreateDeliveryStream(name, null, destination, null, null)));
  }

  static S3Destination destination() {
    return S3Destination.of("arn:aws:s3:::lake", new BufferingHints(1, 60));
  }

  PutRecordReply put(String name, String data) {
    return await(streams.putRecord(putRequest(name, data)));
  }

  static PutRecord putRequest(String name, String data) {
    return new PutRecord(name, new FirehoseRecord(data.getBytes(StandardCharsets.UTF_8)));
  }

  void inTurn(String name, Consumer<Turn> work) {
    await(simulation.partitions().ask(streams.partitionOf(name), new InTurn(work)));
  }

  DeliveryState state(String name) {
    return await(streams.state(name));
  }
}
