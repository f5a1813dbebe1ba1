package io.sluice.sim;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Load in three phases: warm-up, measurement, drain. Counts run from the first message to the last,
 * so that at the end sent and received can be compared; times, rates and CPU are of the measurement
 * alone. For the bench's own thread; every phase is bounded.
 */
final class TrafficRun {
  private static final Duration LOOK_EVERY = Duration.ofMillis(20);
  private static final Duration DRAIN_STALLED = Duration.ofSeconds(2);
  private static final Duration DRAIN_MAX = Duration.ofSeconds(30);

  private final BenchTarget target;
  private final List<PublisherLink> publishers;
  private final TrafficOptions traffic;
  private final @Nullable Long brokerPid;
  private final TerminalLine progress;

  /** What is counted as one message: a delivery, or an acknowledgement where nobody listens. */
  private final ToLongFunction<LoopStats> messages;

  TrafficRun(
      BenchTarget target,
      List<PublisherLink> publishers,
      TrafficOptions traffic,
      @Nullable Long brokerPid,
      TerminalLine progress,
      ToLongFunction<LoopStats> messages) {
    this.target = target;
    this.publishers = publishers;
    this.traffic = traffic;
    this.brokerPid = brokerPid;
    this.progress = progress;
    this.messages = messages;
  }

  /**
   * What was measured.
   *
   * @param measured counts of the measurement; its histograms hold the measurement only
   * @param end counts from the first message to the end of the drain
   * @param broker null when it was not watched
   */
  record Measured(
      double seconds,
      long messages,
      LoopStats measured,
      LoopStats end,
      @Nullable ProcessCost broker,
      ProcessCost generator) {

    double perSecond() {
      return messages / seconds;
    }

    void describe(ObjectNode into) {
      into.put("seconds", rounded(seconds));
      into.put("messages", messages);
      into.put("messagesPerSecond", rounded(perSecond()));
      into.set("deliveryLatencyMicros", summary(LatencySummary.ofNanos(measured.delivery)));
      into.set(
          "acknowledgementLatencyMicros",
          summary(LatencySummary.ofNanos(measured.acknowledgement)));
      if (broker != null) {
        into.put("brokerCpuMicrosPerMessage", perMessage(broker));
        into.put("brokerCpuCores", rounded(broker.cpuMicros() / 1e6 / seconds));
      }
      into.put("generatorCpuMicrosPerMessage", perMessage(generator));
    }

    private double perMessage(ProcessCost cost) {
      return messages == 0 ? 0 : rounded((double) cost.cpuMicros() / messages);
    }

    private static @Nullable ObjectNode summary(LatencySummary latency) {
      return latency.count() == 0 ? null : PayloadTemplate.JSON.valueToTree(latency);
    }
  }

  static double rounded(double value) {
    return Math.round(value * 1_000) / 1_000.0;
  }

  Measured run() {
    publishers.forEach(publisher -> publisher.onLoop(publisher::start));
    await("warm-up", traffic.warmUp, 0);
    target.onEachLoop(
        stats -> {
          stats.resetTimes();
          return stats;
        });
    long countBefore = count();
    ProcessCost brokerBefore = brokerPid == null ? null : ProcessCost.of(brokerPid);
    ProcessCost generatorBefore = ProcessCost.ofThisProcess();
    long startNanos = System.nanoTime();
    await(
        "measuring", traffic.duration, traffic.messages == 0 ? 0 : countBefore + traffic.messages);
    double seconds = (System.nanoTime() - startNanos) / 1e9;
    long counted = count() - countBefore;
    ProcessCost generator = ProcessCost.ofThisProcess().since(generatorBefore);
    ProcessCost broker =
        brokerPid == null || brokerBefore == null
            ? null
            : ProcessCost.of(brokerPid).since(brokerBefore);
    LoopStats measured = target.total();
    publishers.forEach(publisher -> publisher.onLoop(publisher::stop));
    drain();
    progress.end();
    return new Measured(seconds, counted, measured, target.total(), broker, generator);
  }

  /** Whatever moves: at QoS 2 a message is delivered long before its flow has ended. */
  private long movement() {
    return target.onEachLoop(stats -> stats.delivered + stats.acknowledged).stream()
        .mapToLong(Long::longValue)
        .sum();
  }

  private long count() {
    return target.onEachLoop(messages::applyAsLong).stream().mapToLong(Long::longValue).sum();
  }

  /** Waits for a time, or until so many messages were counted. */
  private void await(String phase, Duration max, long countMax) {
    long startNanos = System.nanoTime();
    long endNanos = startNanos + max.toNanos();
    while (System.nanoTime() < endNanos && (countMax == 0 || count() < countMax)) {
      pause(Duration.ofNanos(Math.min(LOOK_EVERY.toNanos(), endNanos - System.nanoTime())));
      long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - startNanos);
      progress.show("%s: %d s of %d s".formatted(phase, seconds, max.toSeconds()));
    }
  }

  /** Waits until nothing is under way, or nothing moves any more. */
  private void drain() {
    long endNanos = System.nanoTime() + DRAIN_MAX.toNanos();
    long movedNanos = System.nanoTime();
    long last = -1;
    while (!allQuiet(publishers) && System.nanoTime() < endNanos) {
      long now = movement();
      if (now != last) {
        last = now;
        movedNanos = System.nanoTime();
      } else if (System.nanoTime() - movedNanos > DRAIN_STALLED.toNanos()) {
        return; // what is missing is counted as lost
      }
      progress.show("draining");
      pause(LOOK_EVERY);
    }
  }

  /** Waits until all that was published has arrived, but no longer than that. */
  static void awaitQuiet(List<PublisherLink> publishers, Duration max) {
    long endNanos = System.nanoTime() + max.toNanos();
    while (!allQuiet(publishers) && System.nanoTime() < endNanos) {
      pause(LOOK_EVERY);
    }
  }

  private static boolean allQuiet(List<PublisherLink> publishers) {
    return publishers.stream()
        .map(
            publisher -> {
              CompletableFuture<Boolean> quiet = new CompletableFuture<>();
              publisher.onLoop(() -> quiet.complete(publisher.isQuiet()));
              return quiet;
            })
        .toList()
        .stream()
        .allMatch(CompletableFuture::join);
  }

  static void pause(Duration duration) {
    try {
      TimeUnit.NANOSECONDS.sleep(Math.max(0, duration.toNanos()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SimExit.BenchFailed("interrupted");
    }
  }
}
