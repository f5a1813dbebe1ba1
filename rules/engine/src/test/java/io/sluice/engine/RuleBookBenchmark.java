package io.sluice.engine;

import io.sluice.message.Publication;
import io.sluice.message.PublicationCodec;
import io.sluice.message.TopicName;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * What one message costs when there is one rule and when there are ten thousand, each on a filter
 * of its own: the second may cost at most 1.2 times the first. Run with {@code java -cp <test class
 * path> io.sluice.engine.RuleBookBenchmark}.
 */
@State(Scope.Thread) // JMH insists on a public class
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 4, time = 1)
@Fork(1)
public class RuleBookBenchmark {
  @Param({"1", "10000"})
  int rules;

  private final RulesHouse house = new RulesHouse();
  private final Publication publication =
      house.message("fleet/u0/stat", "{\"speed\": 71, \"gear\": \"D\", \"id\": \"u0\"}");
  private final byte[] encoded = PublicationCodec.encode(publication);
  private final TopicName nobody = TopicName.of("fleet/nobody/stat");

  @Setup
  public void createRules() {
    for (int i = 0; i < rules; i++) {
      house.create(
          "r" + i,
          "SELECT speed, gear FROM 'fleet/u%d/stat' WHERE speed > 70".formatted(i),
          "'actions': [{'kinesis': {'streamName': 's', 'partitionKey': '${topic(2)}'}}]");
    }
  }

  @Benchmark
  public void evaluateOneMessage(Blackhole hole) {
    house.rules.evaluate(publication, encoded, 0, 7, (target, effect) -> hole.consume(effect));
  }

  @Benchmark
  public boolean listensToNobody() {
    return house.rules.listens(nobody);
  }

  public static void main(String[] args) throws RunnerException {
    new Runner(new OptionsBuilder().include(RuleBookBenchmark.class.getName()).build()).run();
  }
}
