package io.sluice.sim;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sim check}: reads a scenario and shows what it would send, without sending it. */
@Command(
    name = "check",
    description = "Reads a scenario and shows what its first device would send.",
    mixinStandardHelpOptions = true)
final class CheckCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Parameters(paramLabel = "SCENARIO.yaml", description = "The scenario.")
  private @Nullable Path file;

  @Option(
      names = "--count",
      paramLabel = "N",
      defaultValue = "3",
      description = "How many payloads to show. Default: ${DEFAULT-VALUE}.")
  private int count;

  @Override
  public Integer call() throws Exception {
    return SimExit.of(spec, this::check);
  }

  private int check() {
    if (file == null) {
      throw new SimExit.WrongUsage("no scenario was named");
    }
    Scenario scenario = Scenario.load(file);
    PrintWriter out = spec.commandLine().getOut();
    DeviceName first = scenario.clientId().name(scenario.firstDevice());
    out.printf(
        "%s: %d devices from %s, %s, MQTT %s%n",
        scenario.name(),
        scenario.devices(),
        first.clientId(),
        DurationText.print(scenario.duration()),
        scenario.connect().mqtt());
    Scenario.Telemetry telemetry = scenario.telemetry();
    if (telemetry != null) {
      PayloadTemplate.Source source = telemetry.payload().open(scenario.seed(), first, 1);
      out.printf("%s (QoS %d)%n", telemetry.topic().expand(first), telemetry.qos());
      show(out, source, telemetry.every());
    }
    Scenario.Shadow shadow = scenario.shadow();
    if (shadow != null) {
      PayloadTemplate.Source source = shadow.state().open(scenario.seed(), first, 2);
      out.printf("%s%n", new DeviceShadow(shadow, first, source).updateTopic());
      Duration every = shadow.every();
      show(out, source, every == null ? Duration.ZERO : every);
    }
    out.flush();
    return SimExit.WELL;
  }

  private void show(PrintWriter out, PayloadTemplate.Source source, Duration every) {
    long now = System.currentTimeMillis();
    for (int i = 0; i < count; i++) {
      Duration planned = every.multipliedBy(i);
      byte[] payload = source.nextBytes(planned, now + planned.toMillis());
      out.println("  " + new String(payload, StandardCharsets.UTF_8));
    }
  }
}
