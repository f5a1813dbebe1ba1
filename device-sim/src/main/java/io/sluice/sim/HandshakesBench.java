package io.sluice.sim;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code bench handshakes}: connections that come and go, a fixed number of them under way: TCP,
 * TLS, CONNECT, CONNACK, DISCONNECT. What a broker pays for a device that arrives.
 */
@Command(
    name = "handshakes",
    description = {
      "Devices that connect and leave again, as fast as the broker lets them in.",
      "With --certs each does a whole TLS handshake, with --resumed a resumed one."
    },
    mixinStandardHelpOptions = true)
final class HandshakesBench implements Callable<Integer> {
  private static final int WAIT_SECONDS = 30;

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private BenchOptions options = new BenchOptions();

  @Option(
      names = "--concurrency",
      paramLabel = "N",
      defaultValue = "32",
      description = "Connections under way at once. Default: ${DEFAULT-VALUE}.")
  private int concurrency;

  @Option(
      names = "--duration",
      converter = DurationConverter.class,
      defaultValue = "10s",
      description = "Default: ${DEFAULT-VALUE}.")
  private Duration duration = Duration.ofSeconds(10);

  @Option(
      names = "--warm-up",
      converter = DurationConverter.class,
      defaultValue = "3s",
      description = "Before it counts. Default: ${DEFAULT-VALUE}.")
  private Duration warmUp = Duration.ofSeconds(3);

  @Option(
      names = "--resumed",
      description = "TLS: the client shows the ticket of its last session.")
  private boolean resumed;

  @Override
  public Integer call() throws Exception {
    return BenchCommand.run(spec, options, this::measure);
  }

  private BenchReport measure(TerminalLine progress) {
    BenchOptions.check("--concurrency", concurrency, 1, 10_000);
    BenchOptions.check("--duration (ms)", duration.toMillis(), 10, 3_600_000);
    if (resumed && !options.isTls()) {
      throw new SimExit.WrongUsage("--resumed needs --certs DIR");
    }
    try (BenchTarget target = options.open(resumed)) {
      Coming coming = new Coming(target);
      coming.begin();
      TrafficRun.pause(warmUp);
      target.onEachLoop(
          stats -> {
            stats.resetTimes();
            return stats;
          });
      long before = coming.arrived.get();
      Long pid = options.brokerPid;
      ProcessCost costBefore = pid == null ? null : ProcessCost.of(pid);
      long startNanos = System.nanoTime();
      while (System.nanoTime() - startNanos < duration.toNanos()) {
        progress.show("%,d let in".formatted(coming.arrived.get() - before));
        TrafficRun.pause(Duration.ofMillis(100));
      }
      double seconds = (System.nanoTime() - startNanos) / 1e9;
      long count = coming.arrived.get() - before;
      ProcessCost cost =
          pid == null || costBefore == null ? null : ProcessCost.of(pid).since(costBefore);
      coming.end();
      progress.end();
      return report(target.total(), count, seconds, cost);
    }
  }

  /** Keeps so many connections on their way in. */
  private final class Coming {
    private final BenchTarget target;
    private final AtomicInteger numbers = new AtomicInteger();
    private final AtomicInteger underWay = new AtomicInteger();
    private final AtomicBoolean over = new AtomicBoolean();
    final AtomicLong arrived = new AtomicLong();

    Coming(BenchTarget target) {
      this.target = target;
    }

    void begin() {
      for (int i = 0; i < concurrency; i++) {
        next(i);
      }
    }

    private void next(int lane) {
      if (over.get()) {
        return;
      }
      underWay.incrementAndGet();
      int number = numbers.getAndIncrement();
      LoopStats stats = target.stats(lane);
      BenchLink link = new BenchLink(options.session("handshake", number), stats);
      long startNanos = System.nanoTime();
      CompletableFuture<Void> ready = target.open(link, target.loop(lane), lane);
      ready.whenCompleteAsync(
          (in, failure) -> {
            if (failure == null) {
              stats.acknowledgedAfter(System.nanoTime() - startNanos);
              arrived.incrementAndGet();
              link.ended().whenCompleteAsync((out, lost) -> again(lane), target.loop(lane));
              link.disconnect();
            } else {
              stats.failed(FailureReason.of(failure));
              again(lane);
            }
          },
          target.loop(lane));
    }

    private void again(int lane) {
      underWay.decrementAndGet();
      next(lane);
    }

    void end() {
      over.set(true);
      long endNanos = System.nanoTime() + Duration.ofSeconds(WAIT_SECONDS).toNanos();
      while (underWay.get() > 0 && System.nanoTime() < endNanos) {
        TrafficRun.pause(Duration.ofMillis(10));
      }
    }
  }

  private BenchReport report(
      LoopStats total, long count, double seconds, @Nullable ProcessCost cost) {
    ObjectNode values =
        PayloadTemplate.JSON
            .createObjectNode()
            .put("mqtt", options.mqtt.toString())
            .put("tls", options.isTls())
            .put("resumed", resumed)
            .put("concurrency", concurrency)
            .put("connects", count)
            .put("connectsPerSecond", TrafficRun.rounded(count / seconds));
    values.set(
        "connectLatencyMicros",
        PayloadTemplate.JSON.valueToTree(LatencySummary.ofNanos(total.acknowledgement)));
    if (cost != null && count > 0) {
      values.put(
          "brokerCpuMicrosPerConnect", TrafficRun.rounded((double) cost.cpuMicros() / count));
    }
    values.set("failures", PayloadTemplate.JSON.valueToTree(total.failures));
    return new BenchReport("handshakes", count > 0 && total.failures.isEmpty(), values);
  }
}
