package io.sluice.sim;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code bench storm}: everybody connects in one instant, as after a power cut, while a pair of
 * others keeps talking. How long until all are in, and how much do the others suffer?
 */
@Command(
    name = "storm",
    description = "All connect at once, while others keep talking.",
    mixinStandardHelpOptions = true)
final class StormBench implements Callable<Integer> {
  private static final int CONNECT_SECONDS_MAX = 30;
  private static final int WINDOW = 1_000;
  private static final Duration OTHERS_DRAIN_MAX = Duration.ofSeconds(5);

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private BenchOptions options = new BenchOptions();

  @Option(names = "--clients", defaultValue = "5000", description = "Default: ${DEFAULT-VALUE}.")
  private int clients;

  @Option(
      names = "--deadline",
      converter = DurationConverter.class,
      defaultValue = "60s",
      description = "All must be connected by then. Default: ${DEFAULT-VALUE}.")
  private Duration deadline = Duration.ofSeconds(60);

  @Option(
      names = "--quiet-time",
      converter = DurationConverter.class,
      defaultValue = "3s",
      description = "How long the others are measured before the storm. Default: ${DEFAULT-VALUE}.")
  private Duration quietTime = Duration.ofSeconds(3);

  @Option(
      names = "--rate",
      paramLabel = "PER_SECOND",
      defaultValue = "500",
      description = "Messages per second of the others. Default: ${DEFAULT-VALUE}.")
  private int rate;

  @Override
  public Integer call() throws Exception {
    return BenchCommand.run(spec, options, this::measure);
  }

  private BenchReport measure(TerminalLine progress) {
    BenchOptions.check("--clients", clients, 1, 200_000);
    BenchOptions.check("--rate", rate, 1, 100_000);
    BenchOptions.check("--deadline (s)", deadline.toSeconds(), 1, 3_600);
    BenchOptions.check("--quiet-time (s)", quietTime.toSeconds(), 0, 3_600);
    BenchOptions.checkOpenFiles(clients);
    try (BenchTarget storm = options.open();
        BenchTarget others = options.open()) { // loops of their own: the storm must not delay them
      PublisherLink publisher = talk(others);
      TrafficRun.pause(quietTime);
      LatencySummary before = LatencySummary.ofNanos(others.total().delivery);
      others.onEachLoop(
          stats -> {
            stats.resetTimes();
            return stats;
          });
      Long pid = options.brokerPid;
      ProcessCost costBefore = pid == null ? null : ProcessCost.of(pid);
      Connector.Connected connected =
          new Connector(storm, true).open(wanted(storm), clients, deadline, progress);
      ProcessCost cost =
          pid == null || costBefore == null ? null : ProcessCost.of(pid).since(costBefore);
      LatencySummary during = LatencySummary.ofNanos(others.total().delivery);
      publisher.onLoop(publisher::stop);
      TrafficRun.awaitQuiet(List.of(publisher), OTHERS_DRAIN_MAX);
      LoopStats talked = others.total();
      long alive = connected.links().stream().filter(BenchLink::isActive).count();
      connected.links().forEach(link -> link.onLoop(link::disconnect));

      int stood = connected.links().size();
      LoopStats stormed = storm.total();
      ObjectNode values =
          PayloadTemplate.JSON
              .createObjectNode()
              .put("mqtt", options.mqtt.toString())
              .put("tls", options.isTls())
              .put("clients", clients)
              .put("connected", stood)
              .put("stillConnected", alive)
              .put("seconds", TrafficRun.rounded(connected.seconds()))
              .put("connectsPerSecond", TrafficRun.rounded(stood / connected.seconds()));
      values.set("connectLatencyMicros", latency(LatencySummary.ofNanos(stormed.acknowledgement)));
      values.set("othersLatencyBeforeMicros", latency(before));
      values.set("othersLatencyDuringMicros", latency(during));
      values.put("othersPublished", talked.published).put("othersDelivered", talked.delivered);
      if (cost != null && stood > 0) {
        values.put(
            "brokerCpuMicrosPerConnect", TrafficRun.rounded((double) cost.cpuMicros() / stood));
      }
      values.set("attemptsRefused", PayloadTemplate.JSON.valueToTree(stormed.failures));
      values.set("othersFailures", PayloadTemplate.JSON.valueToTree(talked.failures));
      boolean sound =
          stood == clients
              && alive == stood
              && talked.failures.isEmpty()
              && talked.delivered == talked.published;
      return new BenchReport("storm", sound, values);
    }
  }

  /** The pair that keeps talking, at QoS 1, so that nothing of it may be lost. */
  private PublisherLink talk(BenchTarget others) {
    String topic = options.prefix + "/storm/others";
    DeliveryWindow window = new DeliveryWindow(1, WINDOW);
    LoopStats stats = others.stats(0);
    PublisherLink.Plan plan =
        new PublisherLink.Plan(
            new PublishTemplate(options.mqtt, topic, 1, PublishTemplate.STAMP_BYTES),
            1,
            WINDOW,
            rate,
            0);
    PublisherLink publisher = new PublisherLink(options.session("pub", 0), stats, plan, window);
    SubscriberLink subscriber =
        new SubscriberLink(
            options.session("sub", 0).subscribing(topic, 1), stats, window, publisher);
    BenchTarget.awaitAll(
        List.of(others.open(subscriber, others.loop(0)), others.open(publisher, others.loop(0))),
        CONNECT_SECONDS_MAX);
    publisher.onLoop(publisher::start);
    return publisher;
  }

  private List<Supplier<BenchLink>> wanted(BenchTarget storm) {
    List<Supplier<BenchLink>> wanted = new ArrayList<>();
    for (int i = 0; i < clients; i++) {
      int number = i;
      BenchLink.Session session = options.session("storm", number);
      wanted.add(() -> new BenchLink(session, storm.stats(number)));
    }
    return wanted;
  }

  private static ObjectNode latency(LatencySummary summary) {
    return PayloadTemplate.JSON.valueToTree(summary);
  }
}
