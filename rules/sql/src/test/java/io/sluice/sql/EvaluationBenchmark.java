package io.sluice.sql;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.message.TopicName;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
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
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * One evaluation, from the bytes of the payload to the bytes of the output, beside one parse of the
 * same payload into Jackson's tree. Run with {@code java -cp <test class path>
 * io.sluice.sql.EvaluationBenchmark}.
 */
@State(Scope.Thread) // JMH insists on a public class
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class EvaluationBenchmark {
  private static final ObjectMapper JACKSON = new ObjectMapper();
  private static final TopicName TOPIC = TopicName.of("fleet/u7/stat");
  private static final EvaluationContext WORLD =
      new EvaluationContext(
          "000000000000", 1_700_000_000_000L, new SplittableRandom(1), Lookups.NONE);

  @Param({"200", "2000"})
  int size;

  private byte[] payload = {};
  private byte[] doors = {};
  private final CompiledRule filter =
      RuleSql.compile(
          "SELECT * FROM 'fleet/#' WHERE speed > 100 AND gear = 'R'", SqlVersion.V2016_03_23);
  private final CompiledRule projection =
      RuleSql.compile("SELECT speed, gps.lat AS lat, gear FROM 'fleet/#'", SqlVersion.V2016_03_23);
  private final CompiledRule nested =
      RuleSql.compile(
          "SELECT (SELECT VALUE n FROM doors WHERE o = true) AS open FROM 'fleet/#'",
          SqlVersion.V2016_03_23);

  @Setup
  public void fill() {
    StringBuilder json =
        new StringBuilder(
            "{\"device\":\"u7-000431\",\"ts\":1700000000123,\"gps\":{\"lat\":59.334591,\"lon\":18.06324},\"speed\":83.5,\"gear\":\"D\"");
    for (int i = 0; json.length() < size - 20; i++) {
      json.append(
          i % 2 == 0
              ? ",\"temp%d\":%d.25".formatted(i, 20 + i)
              : ",\"state%d\":\"nominal %d\"".formatted(i, i));
    }
    payload = json.append('}').toString().getBytes(StandardCharsets.UTF_8);
    StringBuilder array = new StringBuilder("{\"doors\":[");
    int padding = Math.max(0, (size - 24 - 20 * 9) / 20 - 20);
    for (int i = 0; i < 20; i++) {
      array.append(i == 0 ? "" : ",").append("{\"n\":%d,\"o\":%b".formatted(i % 10, i % 3 == 0));
      array.append(padding > 10 ? ",\"note\":\"%s\"}".formatted("x".repeat(padding)) : "}");
    }
    doors = array.append("]}").toString().getBytes(StandardCharsets.UTF_8);
  }

  @Benchmark
  public JsonNode jacksonParse() throws IOException {
    return JACKSON.readTree(payload);
  }

  @Benchmark
  public Evaluation filterThatDoesNotMatch() {
    return filter.evaluate(new MessageView(TOPIC, payload, MessageContext.UNKNOWN), WORLD);
  }

  @Benchmark
  public byte[] projectionOfThreeFields() {
    return ((Evaluation.Fired)
            projection.evaluate(new MessageView(TOPIC, payload, MessageContext.UNKNOWN), WORLD))
        .bytes();
  }

  @Benchmark
  public JsonNode jacksonParseOfTwentyElements() throws IOException {
    return JACKSON.readTree(doors);
  }

  @Benchmark
  public byte[] nestedSelectOverTwentyElements() {
    return ((Evaluation.Fired)
            nested.evaluate(new MessageView(TOPIC, doors, MessageContext.UNKNOWN), WORLD))
        .bytes();
  }

  public static void main(String[] args) throws RunnerException {
    new Runner(new OptionsBuilder().include(EvaluationBenchmark.class.getName()).build()).run();
  }
}
