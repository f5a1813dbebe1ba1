package io.sluice.sim;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code bench takeover}: one client identifier connects again and again while its last connection
 * still stands, as devices behind a failing network do. Each must be let in and the one before it
 * ended [MQTT-3.1.4-3]; in the end one stands, and the broker has no file or memory more than
 * before.
 */
@Command(
    name = "takeover",
    description = "One client identifier, taken over many times a second.",
    mixinStandardHelpOptions = true)
final class TakeoverBench implements Callable<Integer> {
  private static final int WARM_UP = 200;
  private static final Duration ENDINGS_MAX = Duration.ofSeconds(10);
  private static final Duration LOOK_EVERY = Duration.ofMillis(10);

  /** Files that a broker may open meanwhile for itself: store, log, a manager that looks. */
  private static final int FILES_SPARE = 16;

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private BenchOptions options = new BenchOptions();

  @Option(
      names = "--rate",
      paramLabel = "PER_SECOND",
      defaultValue = "1000",
      description = "Takeovers per second. Default: ${DEFAULT-VALUE}.")
  private int rate;

  @Option(
      names = "--duration",
      converter = DurationConverter.class,
      defaultValue = "10s",
      description = "Default: ${DEFAULT-VALUE}.")
  private Duration duration = Duration.ofSeconds(10);

  @Option(names = "--persistent", description = "The session is persistent and has a subscription.")
  private boolean persistent;

  @Override
  public Integer call() throws Exception {
    return BenchCommand.run(spec, options, this::measure);
  }

  private BenchReport measure(TerminalLine progress) {
    BenchOptions.check("--rate", rate, 1, 20_000);
    BenchOptions.check("--duration (ms)", duration.toMillis(), 10, 3_600_000);
    try (BenchTarget target = options.open()) {
      storm(target, WARM_UP, progress); // what is loaded once is no leak
      target.onEachLoop(
          stats -> {
            stats.resetTimes();
            stats.failures.clear();
            return stats;
          });
      Long pid = options.brokerPid;
      BrokerMemory memoryBefore = pid == null ? null : BrokerMemory.of(pid);
      ProcessCost before = pid == null ? null : ProcessCost.of(pid);
      int count = (int) Math.max(1, Math.round(rate * (duration.toNanos() / 1e9)));
      Storm storm = storm(target, count, progress);
      ProcessCost cost = pid == null || before == null ? null : ProcessCost.of(pid).since(before);
      BrokerMemory memoryAfter = pid == null ? null : BrokerMemory.of(pid);
      return report(target.total(), storm, cost, memoryBefore, memoryAfter);
    }
  }

  /**
   * @param accepted connections that got their CONNACK
   * @param standing connections that were not ended, before the last one left
   */
  private record Storm(
      int connects, long accepted, boolean lastAccepted, long standing, double seconds) {}

  private BenchLink.Session session() {
    BenchLink.Session session = options.session("takeover", 0);
    return persistent
        ? session.persistent().subscribing(options.prefix + "/takeover/#", 1)
        : session;
  }

  private Storm storm(BenchTarget target, int count, TerminalLine progress) {
    List<BenchLink> links = new ArrayList<>(count);
    long startNanos = System.nanoTime();
    for (int i = 0; i < count; i++) {
      long dueNanos = startNanos + (long) (i * 1e9 / rate);
      if (dueNanos > System.nanoTime()) {
        TrafficRun.pause(Duration.ofNanos(dueNanos - System.nanoTime()));
      }
      links.add(open(target, i));
      progress.show("taking over: %d of %d".formatted(i, count));
    }
    double seconds = (System.nanoTime() - startNanos) / 1e9;
    BenchLink last = links.get(count - 1);
    await(() -> last.ready().isDone());
    await(() -> links.stream().filter(BenchLink::isActive).count() <= 1);
    long standing = links.stream().filter(BenchLink::isActive).count();
    long accepted = links.stream().filter(TakeoverBench::isAccepted).count();
    CompletableFuture<Void> gone = last.ended();
    last.onLoop(last::disconnect);
    await(gone::isDone);
    progress.end();
    return new Storm(count, accepted, isAccepted(last), standing, seconds);
  }

  private static boolean isAccepted(BenchLink link) {
    return link.ready().isDone() && !link.ready().isCompletedExceptionally();
  }

  private BenchLink open(BenchTarget target, int number) {
    BenchLink link = new BenchLink(session(), target.stats(number));
    long startNanos = System.nanoTime();
    LoopStats stats = target.stats(number);
    target
        .open(link, target.loop(number))
        .whenCompleteAsync(
            (ready, failure) -> {
              if (failure == null) {
                stats.acknowledgedAfter(System.nanoTime() - startNanos);
              } else {
                stats.failed(FailureReason.of(failure));
              }
            },
            target.loop(number));
    return link;
  }

  private static void await(BooleanSupplier condition) {
    long endNanos = System.nanoTime() + ENDINGS_MAX.toNanos();
    while (!condition.getAsBoolean() && System.nanoTime() < endNanos) {
      TrafficRun.pause(LOOK_EVERY);
    }
  }

  private BenchReport report(
      LoopStats total,
      Storm storm,
      @Nullable ProcessCost cost,
      @Nullable BrokerMemory before,
      @Nullable BrokerMemory after) {
    ObjectNode values =
        PayloadTemplate.JSON
            .createObjectNode()
            .put("mqtt", options.mqtt.toString())
            .put("tls", options.isTls())
            .put("persistent", persistent)
            .put("connects", storm.connects())
            .put("accepted", storm.accepted())
            .put("takeoversPerSecond", TrafficRun.rounded(storm.connects() / storm.seconds()))
            .put("standingAtTheEnd", storm.standing());
    values.set(
        "connectLatencyMicros",
        PayloadTemplate.JSON.valueToTree(LatencySummary.ofNanos(total.acknowledgement)));
    boolean leaks = false;
    if (cost != null && before != null && after != null) {
      values.put(
          "brokerCpuMicrosPerTakeover",
          TrafficRun.rounded((double) cost.cpuMicros() / storm.connects()));
      values
          .put("brokerOpenFilesBefore", before.openFiles())
          .put("brokerOpenFilesAfter", after.openFiles());
      after.since(before).describe(values);
      leaks = after.openFiles() > before.openFiles() + FILES_SPARE;
    }
    values.set("endings", PayloadTemplate.JSON.valueToTree(total.failures));
    // One that was itself taken over before its CONNACK is no fault; the last must be let in.
    boolean sound =
        storm.lastAccepted()
            && storm.standing() == 1
            && total.acknowledgement.getTotalCount() == storm.accepted()
            && !leaks;
    return new BenchReport("takeover", sound, values);
  }
}
