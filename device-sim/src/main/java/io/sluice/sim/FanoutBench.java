package io.sluice.sim;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code bench fanout}: one publisher, many subscribers of its topic. */
@Command(
    name = "fanout",
    description = "One publisher to many subscribers.",
    mixinStandardHelpOptions = true)
final class FanoutBench implements Callable<Integer> {
  private static final int CONNECT_SECONDS_MAX = 120;

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private BenchOptions options = new BenchOptions();
  @Mixin private TrafficOptions traffic = new TrafficOptions();

  @Option(
      names = "--subscribers",
      defaultValue = "1000",
      description = "Default: ${DEFAULT-VALUE}.")
  private int subscribers;

  @Override
  public Integer call() throws Exception {
    return BenchCommand.run(spec, options, this::measure);
  }

  private BenchReport measure(TerminalLine progress) {
    traffic.check();
    BenchOptions.check("--subscribers", subscribers, 1, 50_000);
    BenchOptions.checkOpenFiles(subscribers);
    try (BenchTarget target = options.open()) {
      String topic = options.prefix + "/fanout";
      DeliveryWindow window = new DeliveryWindow(subscribers, traffic.window);
      PublisherLink publisher =
          new PublisherLink(
              options.session("pub", 0),
              target.stats(0),
              traffic.plan(options.mqtt, topic, 0, 1),
              window);
      List<BenchLink> links = new ArrayList<>(List.of(publisher));
      List<CompletableFuture<Void>> ready = new ArrayList<>();
      ready.add(target.open(publisher, target.loop(0)));
      for (int i = 0; i < subscribers; i++) {
        BenchLink.Session session = options.session("sub", i).subscribing(topic, traffic.qos);
        SubscriberLink subscriber = new SubscriberLink(session, target.stats(i), window, publisher);
        links.add(subscriber);
        ready.add(target.open(subscriber, target.loop(i)));
      }
      BenchTarget.awaitAll(ready, CONNECT_SECONDS_MAX);
      TrafficRun.Measured result =
          new TrafficRun(
                  target,
                  List.of(publisher),
                  traffic,
                  options.brokerPid,
                  progress,
                  s -> s.delivered)
              .run();
      links.forEach(link -> link.onLoop(link::disconnect));
      ObjectNode values = traffic.settings(options).put("subscribers", subscribers);
      return BenchCommand.delivered("fanout", values, result, subscribers, traffic);
    }
  }
}
