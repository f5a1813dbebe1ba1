package io.sluice.sim;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code bench connections}: how fast they come, and what an idle one costs. */
@Command(
    name = "connections",
    description = "Idle connections: connects per second, bytes per connection.",
    mixinStandardHelpOptions = true)
final class ConnectionsBench implements Callable<Integer> {
  /** What the broker loads or allocates once only must not count against the connections. */
  private static final int BEFORE_BASELINE = 50;

  /** No broker keeps a socket, a session and a keep-alive timer in less. */
  private static final int PLAUSIBLE_BYTES_MIN = 256;

  private static final Duration CONNECT_MAX = Duration.ofMinutes(5);
  private static final Duration SETTLE = Duration.ofMillis(500);

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private BenchOptions options = new BenchOptions();

  @Option(
      names = "--connections",
      defaultValue = "1000",
      description = "Default: ${DEFAULT-VALUE}.")
  private int connections;

  @Option(
      names = "--parallel",
      defaultValue = "64",
      description = "Connections under way at once. Default: ${DEFAULT-VALUE}.")
  private int parallel;

  @Option(
      names = "--hold",
      converter = DurationConverter.class,
      defaultValue = "5s",
      description = "How long they stay. Default: ${DEFAULT-VALUE}.")
  private Duration hold = Duration.ofSeconds(5);

  @Option(
      names = "--keep-alive",
      converter = DurationConverter.class,
      defaultValue = "60s",
      description = "Default: ${DEFAULT-VALUE}.")
  private Duration keepAlive = Duration.ofSeconds(60);

  @Override
  public Integer call() throws Exception {
    return BenchCommand.run(spec, options, this::measure);
  }

  private BenchReport measure(TerminalLine progress) {
    BenchOptions.check("--connections", connections, 1, 1_000_000);
    BenchOptions.check("--parallel", parallel, 1, 100_000);
    BenchOptions.check("--hold (s)", hold.toSeconds(), 0, 86_400);
    BenchOptions.check("--keep-alive (s)", keepAlive.toSeconds(), 1, 65_535);
    BenchOptions.checkOpenFiles(connections);
    try (BenchTarget target = options.open()) {
      Connector.Connected first =
          new Connector(target, false)
              .open(wanted(target, "first", BEFORE_BASELINE), parallel, CONNECT_MAX, progress);
      leave(first.links());
      TrafficRun.pause(SETTLE);
      target.onEachLoop(
          stats -> {
            stats.resetTimes();
            return stats;
          });
      Long pid = options.brokerPid;
      BrokerMemory memoryBefore = pid == null ? null : BrokerMemory.of(pid);
      ProcessCost before = pid == null ? null : ProcessCost.of(pid);
      Connector.Connected connected =
          new Connector(target, false)
              .open(wanted(target, "idle", connections), parallel, CONNECT_MAX, progress);
      ProcessCost after = pid == null || before == null ? null : ProcessCost.of(pid).since(before);
      LoopStats counted = target.total();
      hold(target, connected.links(), progress);
      long alive = connected.links().stream().filter(BenchLink::isActive).count();
      BrokerMemory memoryHeld = pid == null ? null : BrokerMemory.of(pid);
      leave(connected.links());

      int stood = connected.links().size();
      ObjectNode values =
          PayloadTemplate.JSON
              .createObjectNode()
              .put("mqtt", options.mqtt.toString())
              .put("tls", options.isTls())
              .put("connections", connections)
              .put("connected", stood)
              .put("seconds", TrafficRun.rounded(connected.seconds()))
              .put("connectsPerSecond", TrafficRun.rounded(stood / connected.seconds()))
              .put("aliveAfterHold", alive);
      values.set(
          "connectLatencyMicros",
          PayloadTemplate.JSON.valueToTree(LatencySummary.ofNanos(counted.acknowledgement)));
      if (after != null && memoryBefore != null && memoryHeld != null && stood > 0) {
        values.put(
            "brokerCpuMicrosPerConnect", TrafficRun.rounded((double) after.cpuMicros() / stood));
        describeMemory(values, memoryBefore, memoryHeld.since(memoryBefore), stood);
      }
      values.set("failures", PayloadTemplate.JSON.valueToTree(target.total().failures));
      return new BenchReport("connections", stood == connections && alive == stood, values);
    }
  }

  /**
   * Memory per connection, unless it hardly grew: then the broker took memory it had freed before,
   * and a small number would be mistaken for a small cost.
   */
  static void describeMemory(
      ObjectNode values, BrokerMemory before, BrokerMemory growth, int connections) {
    values.put("brokerResidentBytesBefore", before.residentBytes());
    growth.describe(values);
    if (growth.usedBytes() > (long) connections * PLAUSIBLE_BYTES_MIN) {
      values.put("brokerBytesPerConnection", growth.usedBytes() / connections);
      BrokerMemory.Heap heap = growth.heap();
      if (heap != null) {
        values
            .put("brokerLiveHeapBytesPerConnection", heap.liveBytes() / connections)
            .put("brokerOutsideHeapBytesPerConnection", heap.outsideBytes() / connections);
      }
    } else {
      values.put(
          "brokerBytesPerConnectionUnknown",
          "the broker reused memory it had; start it afresh and measure again");
    }
  }

  private List<Supplier<BenchLink>> wanted(BenchTarget target, String role, int count) {
    List<Supplier<BenchLink>> wanted = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int number = i;
      BenchLink.Session session =
          options.session(role, number).keptAlive((int) keepAlive.toSeconds());
      wanted.add(() -> new BenchLink(session, target.stats(number)));
    }
    return wanted;
  }

  private void hold(BenchTarget target, List<BenchLink> links, TerminalLine progress) {
    long every = Math.max(500, keepAlive.toMillis() * 2 / 3);
    for (int i = 0; i < target.loopCount(); i++) {
      EventLoop loop = target.loop(i);
      loop.scheduleAtFixedRate(
          () -> links.stream().filter(BenchLink::inLoop).forEach(BenchLink::ping),
          every,
          every,
          TimeUnit.MILLISECONDS);
    }
    long endNanos = System.nanoTime() + hold.toNanos();
    while (System.nanoTime() < endNanos) {
      progress.show("holding %d connections".formatted(links.size()));
      TrafficRun.pause(Duration.ofMillis(50));
    }
    progress.end();
  }

  private static void leave(List<BenchLink> links) {
    links.forEach(link -> link.onLoop(link::disconnect));
  }
}
