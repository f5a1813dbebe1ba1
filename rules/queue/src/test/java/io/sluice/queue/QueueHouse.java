package io.sluice.queue;

import io.sluice.store.SimulatedPartitions;
import io.sluice.store.SimulatedStore;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Queues on a simulated store: the clock stands until it is moved, crashes come on cue. */
final class QueueHouse {
  static final long START = 1_700_000_000_000L;
  static final int PARTITIONS = 4;

  private final QueueLimits limits;
  SimulatedStore store;
  SimulatedPartitions partitions;
  Queues queues;

  QueueHouse() {
    this(QueueLimits.STANDARD);
  }

  QueueHouse(QueueLimits limits) {
    this.limits = limits;
    open(new SimulatedStore(PARTITIONS), START);
  }

  private void open(SimulatedStore opened, long now) {
    store = opened;
    partitions = new SimulatedPartitions(store, now);
    queues = new Queues(partitions.partitions(), "local", "000000000000", limits);
    partitions.partitions().start();
    partitions.run();
    queues.loaded().join();
  }

  /** A new process on what the disk kept. */
  void crash(Random random) {
    open(store.crash(random), partitions.now());
  }

  void restart() {
    crash(new Random(0)); // without manual sync all is durable
  }

  void advanceSeconds(double seconds) {
    partitions.advance((long) (seconds * 1000));
    partitions.advance(0); // timers that turns of this moment set
  }

  /** What a future holds after everything that waits was decided; throws what it failed with. */
  <R> R get(CompletableFuture<R> future) {
    partitions.run();
    if (!future.isDone()) {
      throw new AssertionError("no answer");
    }
    try {
      return future.join();
    } catch (CompletionException failed) {
      if (failed.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw failed;
    }
  }

  QueueHouse create(String name, String... attributes) {
    get(queues.create(name, map(attributes), Map.of()));
    return this;
  }

  static Map<String, String> map(String... namesAndValues) {
    Map<String, String> map = new java.util.TreeMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      map.put(namesAndValues[i], namesAndValues[i + 1]);
    }
    return map;
  }

  SentMessage send(String queue, String body) {
    return get(queues.send(queue, SendMessage.of(body)));
  }

  SentMessage send(String queue, SendMessage message) {
    return get(queues.send(queue, message));
  }

  SentMessage sendFifo(String queue, String group, String body) {
    return get(queues.send(queue, SendMessage.of(body).withGroup(group, body)));
  }

  List<ReceivedMessage> receive(String queue, int max) {
    return get(queues.receive(queue, ReceiveMessage.now(max)));
  }

  List<String> bodies(String queue, int max) {
    return receive(queue, max).stream().map(ReceivedMessage::body).toList();
  }

  ReceivedMessage one(String queue) {
    List<ReceivedMessage> received = receive(queue, 1);
    if (received.size() != 1) {
      throw new AssertionError("expected one message, found " + received.size());
    }
    return received.get(0);
  }

  void delete(String queue, ReceivedMessage message) {
    get(queues.deleteMessage(queue, message.receiptHandle()));
  }

  void changeVisibility(String queue, ReceivedMessage message, int seconds) {
    get(queues.changeVisibility(queue, new ChangeVisibility(message.receiptHandle(), seconds)));
  }

  /** Visible, in flight, delayed. */
  List<Integer> counts(String queue) {
    Map<String, String> attributes = get(queues.attributes(queue, List.of("All")));
    return List.of(
        Integer.valueOf(attributes.get("ApproximateNumberOfMessages")),
        Integer.valueOf(attributes.get("ApproximateNumberOfMessagesNotVisible")),
        Integer.valueOf(attributes.get("ApproximateNumberOfMessagesDelayed")));
  }
}
