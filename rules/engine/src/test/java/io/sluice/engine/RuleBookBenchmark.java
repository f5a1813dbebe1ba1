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

/**
 * What one message costs when there is one rule and when there are ten thousand, each on a filter
 * of its own: the second may cost at most 1.2 times the first. Run with {@code java -cp <test class
 * path> io.sluice.engine.RuleBookBenchmark}, or by JMH on a quiet machine.
 */
@State(Scope.Thread) // JMH insists on a public class
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 4, time = 1)
@Fork(1)
public class RuleBookBenchmark {
  private static final int BATCHES = 400;
  private static final int MESSAGES_PER_BATCH = 5_000;

  @Param({"1", "10000"})
  int rules;

  private long effects; // so that nothing is optimised away

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

  /**
   * Both beside each other, batch by batch, and of each the quietest: what else runs on the machine
   * then troubles both alike.
   */
  public static void main(String[] args) {
    int[] sizes = {1, 10_000};
    RuleBookBenchmark[] benchmarks = new RuleBookBenchmark[sizes.length];
    double[] best = new double[sizes.length];
    for (int i = 0; i < sizes.length; i++) {
      benchmarks[i] = new RuleBookBenchmark();
      benchmarks[i].rules = sizes[i];
      benchmarks[i].createRules();
      best[i] = Double.MAX_VALUE;
    }
    for (int batch = 0; batch < BATCHES; batch++) {
      for (int i = 0; i < sizes.length; i++) {
        best[i] = Math.min(best[i], benchmarks[i].batchNanos());
      }
    }
    for (int i = 0; i < sizes.length; i++) {
      System.out.printf("%d rules: %.0f ns a message%n", sizes[i], best[i]);
    }
    System.out.printf("ratio %.2f%n", best[1] / best[0]);
  }

  private double batchNanos() {
    long begin = System.nanoTime();
    for (int i = 0; i < MESSAGES_PER_BATCH; i++) {
      house.rules.evaluate(publication, encoded, 0, 7, (target, effect) -> effects++);
    }
    return (double) (System.nanoTime() - begin) / MESSAGES_PER_BATCH;
  }
}
