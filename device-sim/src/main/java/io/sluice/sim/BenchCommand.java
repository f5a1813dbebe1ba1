package io.sluice.sim;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.netty.util.ResourceLeakDetector;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code sim bench}: measures any MQTT broker under load. */
@Command(
    name = "bench",
    description = "Measures a broker under load: messages, latency, CPU, memory, connections.",
    mixinStandardHelpOptions = true,
    subcommands = {
      PairsBench.class,
      FanoutBench.class,
      DurableBench.class,
      ConnectionsBench.class,
      HandshakesBench.class,
      StormBench.class,
      TakeoverBench.class,
      BesideBench.class
    })
final class BenchCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return SimExit.WRONG;
  }

  /** Measures and prints; a result that is not sound is a failure. */
  static int run(CommandSpec spec, BenchOptions options, Function<TerminalLine, BenchReport> bench)
      throws Exception {
    if (System.getProperty("io.netty.leakDetection.level") == null) {
      ResourceLeakDetector.setLevel(
          ResourceLeakDetector.Level.DISABLED); // it would be measured too
    }
    return SimExit.of(
        spec,
        () -> {
          PrintWriter err = spec.commandLine().getErr();
          BenchReport report = bench.apply(TerminalLine.onStandardError(err));
          PrintWriter out = spec.commandLine().getOut();
          out.print(options.json ? report.json() + System.lineSeparator() : report.words());
          out.flush();
          return report.sound() ? SimExit.WELL : SimExit.FAILED;
        });
  }

  /**
   * The report of a bench that counts deliveries.
   *
   * @param fan how many deliveries each message makes
   */
  static BenchReport delivered(
      String mode, ObjectNode values, TrafficRun.Measured result, int fan, TrafficOptions traffic) {
    int qos = traffic.qos;
    result.describe(values);
    LoopStats end = result.end();
    long lost = end.published * fan - end.delivered;
    long unacknowledged = qos == 0 ? 0 : end.published - end.acknowledged;
    values
        .put("published", end.published)
        .put("delivered", end.delivered)
        .put("lost", lost)
        .put("unacknowledged", unacknowledged)
        .put("outOfOrder", end.outOfOrder);
    values.set("failures", PayloadTemplate.JSON.valueToTree(end.failures));
    boolean kept = qos == 0 || lost == 0 && unacknowledged == 0;
    if (qos == 2 && traffic.payloadBytes >= PublishTemplate.STAMP_BYTES) {
      kept &= end.outOfOrder == 0; // nothing missing, and each number is the one after the last
      values.put("exactlyOnce", kept);
    }
    return new BenchReport(mode, result.messages() > 0 && kept && end.failures.isEmpty(), values);
  }
}
