package io.sluice.sim;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code bench pairs}: many publishers, each with one subscriber of its own. */
@Command(
    name = "pairs",
    description = "Publisher-subscriber pairs, each on a topic of its own.",
    mixinStandardHelpOptions = true)
final class PairsBench implements Callable<Integer> {
  private static final int CONNECT_SECONDS_MAX = 60;

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private BenchOptions options = new BenchOptions();
  @Mixin private TrafficOptions traffic = new TrafficOptions();

  @Option(names = "--pairs", defaultValue = "50", description = "Default: ${DEFAULT-VALUE}.")
  private int pairs;

  @Override
  public Integer call() throws Exception {
    return BenchCommand.run(spec, options, this::measure);
  }

  private BenchReport measure(TerminalLine progress) {
    traffic.check();
    BenchOptions.check("--pairs", pairs, 1, 20_000);
    BenchOptions.checkOpenFiles(2 * pairs);
    try (BenchTarget target = options.open()) {
      List<PublisherLink> publishers = new ArrayList<>();
      List<BenchLink> links = new ArrayList<>();
      List<CompletableFuture<Void>> ready = new ArrayList<>();
      for (int i = 0; i < pairs; i++) {
        // Both ends on one loop: the generator hands nothing from thread to thread.
        EventLoop loop = target.loop(i);
        LoopStats stats = target.stats(i);
        String topic = "%s/pairs/%d".formatted(options.prefix, i);
        DeliveryWindow window = new DeliveryWindow(1, traffic.window);
        PublisherLink publisher =
            new PublisherLink(
                options.session("pub", i),
                stats,
                traffic.plan(options.mqtt, topic, i, pairs),
                window);
        SubscriberLink subscriber =
            new SubscriberLink(
                options.session("sub", i).subscribing(topic, traffic.qos),
                stats,
                window,
                publisher);
        publishers.add(publisher);
        links.addAll(List.of(publisher, subscriber));
        ready.add(target.open(subscriber, loop));
        ready.add(target.open(publisher, loop));
      }
      BenchTarget.awaitAll(ready, CONNECT_SECONDS_MAX);
      TrafficRun.Measured result =
          new TrafficRun(target, publishers, traffic, options.brokerPid, progress, s -> s.delivered)
              .run();
      links.forEach(link -> link.onLoop(link::disconnect));
      return report(result);
    }
  }

  private BenchReport report(TrafficRun.Measured result) {
    ObjectNode values = traffic.settings(options).put("pairs", pairs);
    return BenchCommand.delivered("pairs", values, result, 1, traffic);
  }
}
