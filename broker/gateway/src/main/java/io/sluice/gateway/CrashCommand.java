package io.sluice.gateway;

import io.sluice.sim.CrashCampaign;
import io.sluice.sim.CrashReport;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sluice crash}: kills a gateway under traffic, again and again, and counts. */
@Command(
    name = "crash",
    description = {
      "Runs a gateway in a process of its own, kills it (SIGKILL) under traffic of QoS 0, 1 and 2,"
          + " starts it again, and so on; then",
      "counts: nothing acknowledged is lost, nothing of QoS 2 comes twice, the order holds,"
          + " retained messages and sessions are there.",
      "Exits with 1 when a promise was broken, and keeps the data directory then."
    },
    mixinStandardHelpOptions = true)
final class CrashCommand implements Callable<Integer> {
  // Outside of the range from which the kernel takes ports for connections: while the gateway is
  // down, a client that tries its port could otherwise be given that port and meet itself.
  private static final int PORT_MIN = 20_000;
  private static final int PORT_MAX = 32_000;

  private static final Duration PATIENCE = Duration.ofSeconds(15);

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--rounds",
      paramLabel = "N",
      defaultValue = "10",
      description = "How often it is killed (default: ${DEFAULT-VALUE}).")
  private int rounds = 10;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      defaultValue = "2",
      description =
          "The longest traffic of a round; chance takes less (default: ${DEFAULT-VALUE}).")
  private double seconds = 2;

  @Option(
      names = "--seed",
      paramLabel = "X",
      description = "Of what chance decides (default: another each time; it is printed).")
  private @Nullable Long seed;

  @Option(
      names = "--publishers",
      paramLabel = "N",
      defaultValue = "6",
      description = "Publishers, each on topics of its own (default: ${DEFAULT-VALUE}).")
  private int publishers = 6;

  @Option(
      names = "--qos-max",
      paramLabel = "1|2",
      defaultValue = "2",
      description = "The highest QoS that is used (default: ${DEFAULT-VALUE}).")
  private int qosMax = 2;

  @Option(
      names = "--data-dir",
      paramLabel = "DIR",
      description = "A new or empty folder for data and log (default: a fresh temporary one).")
  private @Nullable Path dataDir;

  @Option(
      names = "--json",
      description = "Prints the reckoning as JSON; the rounds go to standard error.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    check("--rounds", rounds, 1, 100_000);
    check("--seconds", seconds, 0.1, 600);
    check("--publishers", publishers, 1, 100);
    check("--qos-max", qosMax, 1, 2);
    Path folder = folder();
    long chosen = seed == null ? new Random().nextInt(Integer.MAX_VALUE) : seed;
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    PrintWriter progress = json ? err : out;
    progress.printf("seed %d, data in %s%n", chosen, folder);
    progress.flush();
    int port = freePort(new Random(chosen));
    GatewayProcess gateway = new GatewayProcess(folder, port);
    Thread atExit = new Thread(gateway::kill, "crash-end"); // Ctrl-C must not leave it behind
    Runtime.getRuntime().addShutdownHook(atExit);
    CrashReport report;
    try {
      report =
          new CrashCampaign(
                  gateway,
                  new CrashCampaign.Plan(
                      port,
                      rounds,
                      Duration.ofMillis((long) (seconds * 1_000)),
                      chosen,
                      qosMax,
                      publishers,
                      PATIENCE),
                  round -> {
                    progress.println(round.words());
                    progress.flush();
                  })
              .run();
    } catch (CrashCampaign.CampaignFailed failed) {
      throw new Refusals.CommandFailed(failed.getMessage() + "; see " + folder);
    } finally {
      gateway.kill();
      Runtime.getRuntime().removeShutdownHook(atExit);
    }
    out.print(json ? report.json() + System.lineSeparator() : report.words());
    if (report.isWhole() && dataDir == null) {
      delete(folder);
    } else {
      progress.printf("data directory and gateway.log are kept in %s%n", folder);
    }
    out.flush();
    progress.flush();
    return report.isWhole() ? 0 : 1;
  }

  private static void check(String option, double value, double min, double max) {
    if (value < min || value > max) {
      throw new GatewayConfig.ConfigRefused(
          "%s %s; choose from %s to %s".formatted(option, plain(value), plain(min), plain(max)));
    }
  }

  private static String plain(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }

  private Path folder() throws IOException {
    if (dataDir == null) {
      return Files.createTempDirectory("sluice-crash-");
    }
    Files.createDirectories(dataDir);
    try (Stream<Path> files = Files.list(dataDir)) {
      Optional<Path> first = files.findFirst();
      if (first.isPresent()) {
        throw new GatewayConfig.ConfigRefused(
            "%s is not empty; a campaign needs a folder of its own, whose every message it knows"
                .formatted(dataDir));
      }
    }
    return dataDir;
  }

  private static int freePort(Random random) throws IOException {
    for (int i = 0; i < 100; i++) {
      int port = PORT_MIN + random.nextInt(PORT_MAX - PORT_MIN);
      try (ServerSocket probe = new ServerSocket()) {
        probe.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        return port;
      } catch (IOException taken) { // by another program: try the next
      }
    }
    throw new Refusals.CommandFailed(
        "no free port found between %d and %d on loopback".formatted(PORT_MIN, PORT_MAX));
  }

  private static void delete(Path folder) throws IOException {
    List<Path> all;
    try (Stream<Path> files = Files.walk(folder)) {
      all = files.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path one : all) {
      Files.delete(one);
    }
  }
}
