package io.sluice.shadow;

import io.sluice.message.TopicName;
import io.sluice.store.SimulatedPartitions;
import io.sluice.store.SimulatedStore;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * What one update of a shadow with 1 KB of state costs on the owner thread: reading the row,
 * merging, writing row and history, and the bodies of accepted, delta and documents. The store is
 * in memory, so no disk is in the figure.
 *
 * <p>Run the main method with {@code target/test-classes}, {@code target/classes} and the test
 * dependencies on the class path; {@code -prof gc} as argument counts bytes.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 3, time = 2)
@Fork(1)
public class ShadowBenchmark {
  private static final TopicName TELEMETRY = TopicName.of("fleet/12/device/345/telemetry");
  private static final TopicName UPDATE = TopicName.of("$aws/things/T/shadow/update");
  private static final ShadowAddress CLASSIC = ShadowAddress.classic("T");
  private static final byte[] NOTHING = {};

  private SimulatedPartitions withHistory;
  private SimulatedPartitions withoutHistory;
  private byte[][] reports;
  private int next;
  private long told;

  /** Makes a shadow of 1 KB: 40 attributes desired and reported, two of them not caught up. */
  @Setup
  public void setUp() {
    ShadowSettings standard = ShadowSettings.standard();
    withHistory = house(standard);
    withoutHistory = house(standard.withHistory(0, standard.historyAge()));
    reports = new byte[64][];
    for (int i = 0; i < reports.length; i++) {
      reports[i] =
          Json.bytes(
              "{'state':{'reported':{'temp':" + i + ".5,'seen':" + i + "}},'clientToken':'t'}");
    }
  }

  private SimulatedPartitions house(ShadowSettings settings) {
    SimulatedPartitions partitions =
        new SimulatedPartitions(new SimulatedStore(1), ShadowHouse.NOW);
    new ShadowService(
        partitions.partitions(), settings, (turn, topic, body, cause) -> told += body.length);
    partitions.partitions().start();
    partitions.run();
    StringBuilder section = new StringBuilder("{'mode':'auto'");
    for (int i = 0; i < 18; i++) {
      section
          .append(",'attribute-")
          .append(i)
          .append("':")
          .append(i % 3 == 0 ? "'text'" : i * 1000);
    }
    String reported = section + ",'temp':20.5,'list':[1,2,3]}";
    String desired = section + ",'temp':21.0,'target':{'x':1,'y':2}}";
    partitions.ask(
        "T",
        new ShadowRequest.Update(
            CLASSIC,
            Json.bytes("{'state':{'desired':" + desired + ",'reported':" + reported + "}}"),
            ShadowHouse.DEVICE));
    return partitions;
  }

  @Benchmark
  public ShadowReply update() {
    return withoutHistory.ask("T", report());
  }

  @Benchmark
  public ShadowReply updateWithHistory() {
    return withHistory.ask("T", report());
  }

  @Benchmark
  public ShadowReply get() {
    return withoutHistory.ask("T", new ShadowRequest.Get(CLASSIC, NOTHING, ShadowHouse.DEVICE));
  }

  /** What every publication that is none of a shadow's pays. */
  @Benchmark
  public boolean isRequestOfAnotherTopic() {
    return ShadowTopics.isRequest(TELEMETRY);
  }

  @Benchmark
  public boolean isRequest() {
    return ShadowTopics.isRequest(UPDATE);
  }

  private ShadowRequest report() {
    byte[] payload = reports[next++ & reports.length - 1];
    return new ShadowRequest.Update(CLASSIC, payload, ShadowHouse.DEVICE);
  }

  public static void main(String[] args) throws RunnerException {
    OptionsBuilder options = new OptionsBuilder();
    options.include(ShadowBenchmark.class.getSimpleName());
    if (args.length > 0) {
      options.addProfiler(args[args.length - 1]);
    }
    new Runner(options.build()).run();
  }
}
