package io.sluice.gateway;

import io.sluice.sim.Endpoint;
import io.sluice.sim.Fleet;
import io.sluice.sim.FleetListener;
import io.sluice.sim.FleetReport;
import io.sluice.sim.Scenario;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code sluice demo}: everything at once, and proof that nothing was lost. It runs a gateway as
 * {@code start} would, and devices as {@code sim} would; it only narrates and counts.
 */
@Command(
    name = "demo",
    description = {
      "Makes certificates, starts a gateway in a fresh directory, creates rules, runs simulated sensors, and shows what became of",
      "every message. Exits with 1 when a message is missing."
    },
    mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {
  private static final String SCENARIO =
      """
      name: demo
      seed: 7
      devices: %d
      clientId: sensor-%%04d
      duration: 24h
      connect: {mqtt: 5, keepAlive: 30s, rampUp: 40}
      telemetry:
        topic: devices/{clientId}/telemetry
        every: 250ms
        jitter: 0.2
        qos: 1
        payload:
          device: "{clientId}"
          seq: {$counter: {start: 1}}
          temperature: {$walk: {start: 21, step: 0.8, min: 12, max: 38}}
          humidity: {$gaussian: {mean: 48, deviation: 4, decimals: 1}}
      shadow:
        reactToDelta: true
        state: {firmware: "1.4.2", intervalSeconds: 1}
      """;

  @Option(names = "--stay", description = "Leaves the gateway running until Ctrl-C.")
  private boolean stay;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "15",
      description = "How long the sensors run (default: ${DEFAULT-VALUE}).")
  private int seconds = 15;

  @Option(
      names = "--devices",
      paramLabel = "N",
      defaultValue = "20",
      description = "How many sensors (default: ${DEFAULT-VALUE}).")
  private int devices = 20;

  @Option(
      names = "--data-dir",
      paramLabel = "DIR",
      description = "Data directory (default: a fresh temporary one).")
  private @Nullable Path dataDir;

  private final PrintStream out = System.out;
  private int step;

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path directory = dataDir == null ? Files.createTempDirectory("sluice-demo-") : dataDir;
    Map<Setting, String> flags = new EnumMap<>(Setting.class);
    flags.put(Setting.DATA_DIR, directory.toString());
    flags.put(Setting.HOST, "127.0.0.1");
    flags.put(Setting.LOG_LEVEL, "warn");
    for (Setting port :
        new Setting[] {
          Setting.MQTTS_PORT, Setting.WSS_PORT, Setting.HTTP_PORT, Setting.HTTPS_PORT
        }) {
      flags.put(port, "0");
    }
    GatewayConfig config = GatewayConfig.load(null, Map.of(), flags);

    try (Gateway gateway = Gateway.start(config)) {
      say("certificate authority and server certificate made in %s/certs".formatted(directory));
      say(
          "gateway started: MQTT over mutual TLS on port %d, HTTPS on %d, HTTP API on %d"
              .formatted(gateway.port("mqtts"), gateway.port("https"), gateway.port("http")));
      out.println(gateway.readyLine());
      DemoSetup setup = new DemoSetup(gateway);
      setup.enroll(devices);
      say(
          "%d device certificates (EC P-256) issued and registered, each with its thing and the policy '%s'"
              .formatted(devices, DemoSetup.POLICY));
      setup.createDestinations();
      say(
          "queue '%s', stream '%s' and delivery stream '%s' created"
              .formatted(DemoSetup.QUEUE, DemoSetup.STREAM, DemoSetup.DELIVERY));
      setup.createRules();
      say("three rules created:");
      DemoSetup.RULES.forEach((name, sql) -> out.printf("       %-10s %s%n", name, sql));
      int exit = run(gateway, setup);
      if (stay) {
        out.printf("%nStill running. Ctrl-C ends it; the data stays in %s%n", directory);
        out.flush();
        Runnable stop = gateway::close;
        Runtime.getRuntime()
            .addShutdownHook(
                new Thread(
                    () -> {
                      stop.run();
                      Runtime.getRuntime().halt(exit);
                    },
                    "shutdown"));
        new CountDownLatch(1).await(); // until the process is told to end
      }
      return exit;
    }
  }

  private int run(Gateway gateway, DemoSetup setup) throws InterruptedException {
    String lamp = "sensor-0001";
    CountDownLatch deltaSeen = new CountDownLatch(1);
    CountDownLatch reportedBack = new CountDownLatch(1);
    FleetListener listener =
        new FleetListener() {
          @Override
          public void deltaReceived(String clientId, String delta) {
            if (clientId.equals(lamp)) {
              say("%s received the delta %s".formatted(clientId, delta));
              deltaSeen.countDown();
            }
          }

          @Override
          public void reported(String clientId, String reported) {
            if (clientId.equals(lamp) && deltaSeen.getCount() == 0) {
              say("%s reported back %s".formatted(clientId, reported));
              reportedBack.countDown();
            }
          }
        };
    say(
        "%d sensors run for %d s, each with its own certificate, publishing QoS 1 telemetry and reporting its shadow"
            .formatted(devices, seconds));
    Scenario scenario = Scenario.parse("demo", SCENARIO.formatted(devices));
    FleetReport report;
    boolean shadowWorked;
    try (Fleet fleet =
        Fleet.start(
            scenario,
            Endpoint.mutualTls("127.0.0.1", gateway.port("mqtts"), setup.deviceFolder()),
            listener)) {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
      progress(
          fleet,
          Math.min(end, System.nanoTime() + TimeUnit.SECONDS.toNanos(Math.max(1, seconds / 3))));
      String wish = "{\"state\":{\"desired\":{\"intervalSeconds\":5}}}";
      say("desired state of %s is changed over HTTPS: %s".formatted(lamp, wish));
      setup.updateShadow(lamp, wish);
      shadowWorked =
          deltaSeen.await(10, TimeUnit.SECONDS) && reportedBack.await(10, TimeUnit.SECONDS);
      progress(fleet, end);
      report = fleet.stop(Duration.ofSeconds(10));
    }
    say("sensors stopped; waiting until every message has had its effects");
    DemoReckoning reckoning = DemoReckoning.of(gateway, report);
    reckoning.print(out);
    if (!shadowWorked) {
      out.printf("FAILED: %s did not receive the delta and report back within 20 s%n", lamp);
    }
    out.println();
    out.println("Next:");
    out.println(
        "  ./sluice demo --stay        leave it running, and use the certificates in its data directory with any MQTT client");
    out.println(
        "  ./sluice start --dev        a gateway to play with: plain MQTT on 1883, AWS clients with test/test on 8080");
    out.println(
        "  ./sluice rules test --sql \"SELECT temperature FROM 'devices/+/telemetry' WHERE temperature > 20\" --topic devices/a/telemetry --payload '{\"temperature\": 21}'");
    return reckoning.isWhole() && shadowWorked ? 0 : 1;
  }

  private void progress(Fleet fleet, long untilNanos) throws InterruptedException {
    boolean terminal = Boolean.getBoolean("sluice.terminal");
    while (System.nanoTime() < untilNanos) {
      TimeUnit.NANOSECONDS.sleep(
          Math.min(
              TimeUnit.SECONDS.toNanos(terminal ? 1 : 5),
              Math.max(1, untilNanos - System.nanoTime())));
      FleetReport now = fleet.report();
      out.printf(
          terminal
              ? "\r       %d connected, %d published, %d acknowledged "
              : "       %d connected, %d published, %d acknowledged%n",
          now.connected(),
          now.published(),
          now.acknowledged());
      out.flush();
    }
    if (terminal) {
      out.println();
    }
  }

  private synchronized void say(String sentence) {
    step++;
    out.printf("[%2d] %s%n", step, sentence);
    out.flush();
  }
}
