package io.sluice.queue;

import io.sluice.store.Clock;
import io.sluice.store.Conveyor;
import io.sluice.store.DataDirectory;
import io.sluice.store.OwnerThreads;
import io.sluice.store.Partitions;
import io.sluice.store.RocksStore;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/**
 * Messages per second through one queue, every answer after its fsync: a number of clients of which
 * each waits for its answer before it asks again.
 *
 * <p>{@code java ... io.sluice.queue.QueueBenchmark FOLDER SECONDS CLIENTS}
 */
public final class QueueBenchmark {
  private static final int BODY_BYTES = 256;
  private static final int ROUNDS = 3;
  private static final Object NOTHING_LEFT = new Object();

  private final Queues queues;
  private final int clients;
  private final long nanos;

  private QueueBenchmark(Queues queues, int clients, long nanos) {
    this.queues = queues;
    this.clients = clients;
    this.nanos = nanos;
  }

  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[0]);
    long nanos = Long.parseLong(arguments[1]) * 1_000_000_000L;
    int clients = Integer.parseInt(arguments[2]);
    try (RocksStore store = RocksStore.open(DataDirectory.open(folder), Queues.TABLES);
        OwnerThreads owners = new OwnerThreads(1)) {
      Partitions partitions = new Partitions(store, Clock.SYSTEM, owners);
      Conveyor.register(partitions);
      Queues queues = new Queues(partitions, "local", "000000000000", QueueLimits.STANDARD);
      partitions.start();
      owners.startTicking(partitions);
      queues.loaded().join();
      QueueBenchmark benchmark = new QueueBenchmark(queues, clients, nanos);
      for (String queue : List.of("bench", "bench.fifo")) {
        Map<String, String> attributes =
            queue.endsWith(".fifo") ? Map.of("FifoQueue", "true") : Map.of();
        queues.create(queue, attributes, Map.of()).join();
        benchmark.phases(queue);
      }
    }
  }

  private void phases(String queue) throws InterruptedException {
    String body = "x".repeat(BODY_BYTES);
    LongAdder groups = new LongAdder();
    Supplier<SendMessage> message =
        () -> {
          if (!queue.endsWith(".fifo")) {
            return SendMessage.of(body);
          }
          groups.increment();
          long n = groups.sum();
          return SendMessage.of(body)
              .withGroup("g" + n % 100_000, java.util.UUID.randomUUID().toString());
        };
    for (int round = 1; round <= ROUNDS; round++) { // the first warms the JVM up
      String name = "%s round %d ".formatted(queue, round);
      for (int max : List.of(1, 10)) {
        LongAdder sent = new LongAdder();
        run(name + "send", sent, () -> queues.send(queue, message.get()).thenRun(sent::increment));
        LongAdder handled = new LongAdder();
        run(
            name + "receive " + max + ", delete",
            handled,
            () ->
                queues
                    .receive(queue, ReceiveMessage.now(max))
                    .thenCompose(received -> deleteAll(queue, received, handled)));
      }
    }
    Map<String, String> left =
        queues.attributes(queue, List.of("ApproximateNumberOfMessages")).join();
    System.out.printf(
        Locale.ROOT,
        "%s: sent %,d, deleted %,d, left %s%n",
        queue,
        queues.counters().sent(),
        queues.counters().deleted(),
        left.get("ApproximateNumberOfMessages"));
  }

  private CompletableFuture<?> deleteAll(
      String queue, List<ReceivedMessage> received, LongAdder count) {
    if (received.isEmpty()) {
      return CompletableFuture.completedFuture(NOTHING_LEFT);
    }
    count.add(received.size());
    if (received.size() == 1) {
      return queues.deleteMessage(queue, received.get(0).receiptHandle());
    }
    List<BatchEntry<String>> entries = new ArrayList<>();
    received.forEach(m -> entries.add(new BatchEntry<>("e" + entries.size(), m.receiptHandle())));
    return queues.deleteMessageBatch(queue, entries);
  }

  private void run(String name, LongAdder count, Supplier<CompletableFuture<?>> client)
      throws InterruptedException {
    long begin = System.nanoTime();
    long beginMillis = System.currentTimeMillis();
    long cpu = cpuNanos();
    CountDownLatch done = new CountDownLatch(clients);
    for (int i = 0; i < clients; i++) {
      again(client, begin + nanos, done);
    }
    done.await();
    double seconds = (System.nanoTime() - begin) / 1e9;
    System.out.printf(
        Locale.ROOT,
        "%-40s %,9d messages in %5.2f s (wall clock %5.2f s): %,9.0f/s, %5.1f us of CPU each%n",
        name,
        count.sum(),
        seconds,
        (System.currentTimeMillis() - beginMillis) / 1e3,
        count.sum() / seconds,
        (cpuNanos() - cpu) / 1e3 / Math.max(1, count.sum()));
  }

  /** Of the whole process: says more than the rate on a machine that is shared. */
  private static long cpuNanos() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  private static void again(
      Supplier<CompletableFuture<?>> client, long until, CountDownLatch done) {
    client
        .get()
        .whenComplete(
            (answer, failure) -> {
              if (failure != null) {
                failure.printStackTrace();
              }
              if (failure != null || answer == NOTHING_LEFT || System.nanoTime() >= until) {
                done.countDown();
              } else {
                again(client, until, done);
              }
            });
  }
}
