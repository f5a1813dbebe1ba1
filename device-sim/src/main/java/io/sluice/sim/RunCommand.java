package io.sluice.sim;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sim run}: runs a scenario against a broker. */
@Command(
    name = "run",
    description = "Runs a scenario. Exits with 0 when all that was published was acknowledged.",
    mixinStandardHelpOptions = true)
final class RunCommand implements Callable<Integer> {
  private static final long LOOK_MILLIS = 100;
  private static final long GOODBYE_SECONDS = 20;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "SCENARIO.yaml", description = "The scenario.")
  private @Nullable Path file;

  @Option(
      names = "--host",
      defaultValue = "localhost",
      description = "The broker. Default: ${DEFAULT-VALUE}.")
  private String host = "localhost";

  @Option(names = "--port", description = "Its port. Default: 8883, with --plain 1883.")
  private @Nullable Integer port;

  @Option(
      names = "--certs",
      paramLabel = "DIR",
      description = "Folder with ca.pem, and NAME.pem and NAME.key.pem for each device.")
  private @Nullable Path certs;

  @Option(names = "--plain", description = "Plain TCP instead of mutual TLS.")
  private boolean plain;

  @Option(
      names = "--duration",
      converter = DurationConverter.class,
      description = "Instead of the scenario's: 30s, 5m, ...")
  private @Nullable Duration duration;

  @Option(names = "--devices", paramLabel = "N", description = "Instead of the scenario's.")
  private @Nullable Integer devices;

  @Option(names = "--seed", paramLabel = "N", description = "Instead of the scenario's.")
  private @Nullable Long seed;

  @Option(
      names = "--drain",
      converter = DurationConverter.class,
      defaultValue = "10s",
      description = "How long to wait for acknowledgements at the end. Default: ${DEFAULT-VALUE}.")
  private Duration drain = Duration.ofSeconds(10);

  @Option(names = "--json", description = "Prints the result as JSON.")
  private boolean json;

  @Override
  public Integer call() throws Exception {
    return SimExit.of(spec, this::runScenario);
  }

  private int runScenario() throws InterruptedException {
    Scenario scenario = scenario();
    Endpoint endpoint = endpoint();
    warnOfSlowRampUp(scenario);
    TerminalLine progress = TerminalLine.onStandardError(spec.commandLine().getErr());
    CountDownLatch interrupted = new CountDownLatch(1);
    CountDownLatch done = new CountDownLatch(1);
    Thread goodbye = new Thread(() -> sayGoodbye(interrupted, done), "sim-goodbye");
    Runtime.getRuntime().addShutdownHook(goodbye);
    try (Fleet fleet = Fleet.start(scenario, endpoint)) {
      long endNanos = System.nanoTime() + scenario.duration().toNanos();
      boolean over = false;
      while (!over) {
        long left = TimeUnit.NANOSECONDS.toMillis(endNanos - System.nanoTime());
        over = left <= 0 || interrupted.await(Math.min(left, LOOK_MILLIS), TimeUnit.MILLISECONDS);
        progress.show(FleetSummary.line(fleet.report()));
      }
      FleetReport report = fleet.stop(drain);
      progress.end();
      print(report, endpoint);
      return report.isWhole() ? SimExit.WELL : SimExit.FAILED;
    } finally {
      done.countDown();
      removeHook(goodbye);
    }
  }

  /** Or the end finds devices that never had their turn, and nothing says why. */
  private void warnOfSlowRampUp(Scenario scenario) {
    double seconds = scenario.devices() / scenario.connect().rampUpPerSecond();
    if (seconds * 1_000 > scenario.duration().toMillis()) {
      spec.commandLine()
          .getErr()
          .printf(
              "note: at %s devices per second the last of %d starts after %.0f s, and the run takes %s; raise connect.rampUp or the duration%n",
              scenario.connect().rampUpPerSecond(),
              scenario.devices(),
              seconds,
              DurationText.print(scenario.duration()));
    }
  }

  /** On Ctrl-C: the fleet disconnects and the summary is printed before the program ends. */
  private static void sayGoodbye(CountDownLatch interrupted, CountDownLatch done) {
    interrupted.countDown();
    try {
      if (!done.await(GOODBYE_SECONDS, TimeUnit.SECONDS)) {
        return; // the program ends anyway
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void removeHook(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException endingAlready) {
      // the hook is what brought us here
    }
  }

  private Scenario scenario() {
    if (file == null) {
      throw new SimExit.WrongUsage("no scenario was named");
    }
    Scenario scenario = Scenario.load(file);
    scenario = devices == null ? scenario : scenario.withDevices(devices);
    scenario = duration == null ? scenario : scenario.withDuration(duration);
    return seed == null ? scenario : scenario.withSeed(seed);
  }

  private Endpoint endpoint() {
    if (plain == (certs != null)) {
      throw new SimExit.WrongUsage(
          "give either --certs DIR, for mutual TLS with one certificate per device, or --plain");
    }
    int chosen = port != null ? port : plain ? 1883 : 8883;
    if (chosen < 1 || chosen > 65_535) {
      throw new SimExit.WrongUsage("--port %d; choose from 1 to 65535".formatted(chosen));
    }
    return new Endpoint(host, chosen, certs);
  }

  private void print(FleetReport report, Endpoint endpoint) {
    PrintWriter out = spec.commandLine().getOut();
    if (json) {
      out.println(FleetSummary.json(report));
    } else {
      out.print(FleetSummary.table(report, endpoint.toString()));
    }
    out.flush();
  }
}
