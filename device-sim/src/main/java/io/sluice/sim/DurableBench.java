package io.sluice.sim;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code bench durable}: publishes what the broker must keep, because a persistent session that is
 * away subscribed to it or because a rule of the broker listens; counts acknowledgements. Then the
 * session comes back and everything that was acknowledged must be there.
 */
@Command(
    name = "durable",
    description = "QoS 1 or 2 to a persistent session that is offline, or to a topic with a rule.",
    mixinStandardHelpOptions = true)
final class DurableBench implements Callable<Integer> {
  private static final int CONNECT_SECONDS_MAX = 60;
  private static final Duration STALLED_AFTER = Duration.ofSeconds(5);
  private static final Duration LOOK_EVERY = Duration.ofMillis(50);

  @Spec private CommandSpec spec = CommandSpec.create();
  @Mixin private BenchOptions options = new BenchOptions();
  @Mixin private TrafficOptions traffic = new TrafficOptions();

  @Option(names = "--publishers", defaultValue = "8", description = "Default: ${DEFAULT-VALUE}.")
  private int publisherCount;

  @Option(
      names = "--sessions",
      defaultValue = "1",
      description =
          "Offline sessions, all with the same filter; 0: none. Default: ${DEFAULT-VALUE}.")
  private int sessionCount;

  @Option(
      names = "--topic",
      paramLabel = "PREFIX",
      description = "Publish below this topic, where a rule of yours listens.")
  private @Nullable String topic;

  @Option(
      names = "--drain",
      converter = DurationConverter.class,
      defaultValue = "2m",
      description = "How long the first session may take to receive it all; 0s: do not look.")
  private Duration drain = Duration.ofMinutes(2);

  @Override
  public Integer call() throws Exception {
    return BenchCommand.run(spec, options, this::measure);
  }

  private BenchReport measure(TerminalLine progress) {
    traffic.qos = Math.max(1, traffic.qos); // at QoS 0 nobody acknowledges
    traffic.check();
    BenchOptions.check("--publishers", publisherCount, 1, 1_000);
    BenchOptions.check("--sessions", sessionCount, 0, 20_000);
    BenchOptions.check("--payload", traffic.payloadBytes, PublishTemplate.STAMP_BYTES, 1 << 20);
    if (sessionCount == 0 && topic == null) {
      throw new SimExit.WrongUsage(
          "without sessions nothing durable listens; give --sessions N, or --topic with a rule");
    }
    try (BenchTarget target = options.open()) {
      String prefix = topic == null ? options.prefix + "/durable" : topic;
      String filter = prefix + "/#";
      forgetSessions(target); // of an earlier run
      leaveSessions(target, filter);
      List<PublisherLink> publishers = publishers(target, prefix);
      TrafficRun.Measured result =
          new TrafficRun(
                  target, publishers, traffic, options.brokerPid, progress, s -> s.acknowledged)
              .run();
      publishers.forEach(publisher -> publisher.onLoop(publisher::disconnect));
      ObjectNode values =
          traffic.settings(options).put("publishers", publisherCount).put("sessions", sessionCount);
      result.describe(values);
      LoopStats end = result.end();
      values.put("published", end.published).put("acknowledged", end.acknowledged);
      boolean whole = end.acknowledged == end.published && end.failures.isEmpty();
      if (sessionCount > 0 && !drain.isZero()) {
        whole &= collect(target, filter, end.acknowledged, values, progress);
      }
      forgetSessions(target);
      values.set("failures", PayloadTemplate.JSON.valueToTree(target.total().failures));
      return new BenchReport("durable", whole && result.messages() > 0, values);
    }
  }

  private BenchLink.Session session(int number) {
    return options.session("session", number).persistent();
  }

  private void leaveSessions(BenchTarget target, String filter) {
    visit(target, number -> session(number).subscribing(filter, traffic.qos));
  }

  private void forgetSessions(BenchTarget target) {
    visit(target, number -> options.session("session", number));
  }

  /** Connects each session and leaves again. */
  private void visit(BenchTarget target, IntFunction<BenchLink.Session> sessions) {
    List<BenchLink> links = new ArrayList<>();
    List<CompletableFuture<Void>> ready = new ArrayList<>();
    for (int i = 0; i < sessionCount; i++) {
      BenchLink link = new BenchLink(sessions.apply(i), target.stats(i));
      links.add(link);
      ready.add(target.open(link, target.loop(i)));
    }
    BenchTarget.awaitAll(ready, CONNECT_SECONDS_MAX);
    List<CompletableFuture<Void>> gone = new ArrayList<>();
    for (BenchLink link : links) {
      gone.add(link.ended());
      link.onLoop(link::disconnect);
    }
    BenchTarget.awaitAll(gone, CONNECT_SECONDS_MAX);
  }

  private List<PublisherLink> publishers(BenchTarget target, String prefix) {
    List<PublisherLink> publishers = new ArrayList<>();
    List<CompletableFuture<Void>> ready = new ArrayList<>();
    for (int i = 0; i < publisherCount; i++) {
      PublisherLink publisher =
          new PublisherLink(
              options.session("pub", i),
              target.stats(i),
              traffic.plan(options.mqtt, prefix + "/" + i, i, publisherCount),
              new DeliveryWindow(0, traffic.window));
      publishers.add(publisher);
      ready.add(target.open(publisher, target.loop(i)));
    }
    BenchTarget.awaitAll(ready, CONNECT_SECONDS_MAX);
    return publishers;
  }

  /** Brings the first session back; answers whether all that was acknowledged came. */
  private boolean collect(
      BenchTarget target,
      String filter,
      long acknowledged,
      ObjectNode values,
      TerminalLine progress) {
    CollectorLink collector =
        new CollectorLink(
            session(0).subscribing(filter, traffic.qos), target.stats(0), publisherCount);
    long startNanos = System.nanoTime();
    BenchTarget.awaitAll(List.of(target.open(collector, target.loop(0))), CONNECT_SECONDS_MAX);
    long last = -1;
    long movedNanos = startNanos;
    while (collector.unique() < acknowledged
        && System.nanoTime() - startNanos < drain.toNanos()
        && System.nanoTime() - movedNanos < STALLED_AFTER.toNanos()) {
      if (collector.unique() != last) {
        last = collector.unique();
        movedNanos = System.nanoTime();
      }
      progress.show("collecting: %d of %d".formatted(last, acknowledged));
      TrafficRun.pause(LOOK_EVERY);
    }
    double seconds = (System.nanoTime() - startNanos) / 1e9;
    progress.end();
    collector.onLoop(collector::disconnect);
    long lost = Math.max(0, acknowledged - collector.unique());
    values
        .put("collected", collector.unique())
        .put("collectedPerSecond", TrafficRun.rounded(collector.unique() / seconds))
        .put("acknowledgedAndLost", lost)
        .put("doubled", collector.doubled())
        .put("foreign", collector.foreign());
    return lost == 0 && (traffic.qos < 2 || collector.doubled() == 0);
  }
}
