package io.sluice.identity;

import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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

/**
 * What one decision costs on a warm connection. The budget is a microsecond, and no byte allocated;
 * run with {@code org.openjdk.jmh.Main DecideBenchmark -prof gc} on the test class path.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class DecideBenchmark {
  private static final String TOPIC = "sites/berlin/devices/pump-1/telemetry/pressure";

  private final World world = new World();
  private final X509Certificate certificate = World.certificate("pump-1");
  private ConnectionPermissions usual = world.authorizer.everything(ConnectionContext.http(null));
  private ConnectionPermissions many = usual;

  @Setup
  public void connect() {
    String id =
        world.register(
            certificate,
            World.policy(
                World.statement("Allow", "iot:Connect", "client/${iot:ClientId}"),
                World.statement(
                    "Allow",
                    "iot:Publish",
                    "topic/sites/*/devices/${iot:Connection.Thing.ThingName}/telemetry/*",
                    "topic/$aws/things/${iot:Connection.Thing.ThingName}/shadow/*"),
                World.statement("Deny", "iot:Publish", "topic/sites/*/admin/*")));
    world.thing("pump-1", Map.of(), id, Attachment.NON_EXCLUSIVE_THING);
    usual = world.connected(certificate, "pump-1");
    List<String> resources = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      resources.add("topic/sites/*/devices/valve-" + i + "/*/" + i);
    }
    X509Certificate busy = World.certificate("busy");
    world.register(
        busy,
        World.allow("iot:Publish", resources.toArray(new String[0])),
        World.allow("iot:Publish", "topic/sites/*/devices/pump-1/telemetry/*"));
    many = world.connected(busy, "busy");
  }

  @Benchmark
  public Decision allowed() {
    return usual.decide(Action.PUBLISH, TOPIC);
  }

  @Benchmark
  public Decision denied() {
    return usual.decide(Action.PUBLISH, "sites/berlin/devices/pump-2/telemetry/pressure");
  }

  @Benchmark
  public Decision allowedByTheLastOfTwoHundredWildcards() {
    return many.decide(Action.PUBLISH, TOPIC);
  }

  /** Once for each connection, and again when its policies change. */
  @Benchmark
  public ConnectionPermissions compile() {
    return world.connected(certificate, "pump-1");
  }
}
