package io.sluice.sim;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.sim.SimExit.WrongUsage;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code bench beside}: the same loads on several brokers, in turn, by one generator in one
 * process, and one table of what each took. The first broker is compared with each other.
 */
@Command(
    name = "beside",
    description = "The same loads on several brokers in turn, and a table of all figures.",
    mixinStandardHelpOptions = true)
final class BesideBench implements Callable<Integer> {
  private static final Pattern BROKER =
      Pattern.compile("(?<name>[^=,]{1,40})=(?<port>\\d{1,5})(,(?<pid>\\d{1,9}))?");
  private static final String CPU = "brokerCpuMicrosPerMessage";
  private static final String RATE = "messagesPerSecond";
  private static final String LATENCY = "deliveryLatencyMicros/p99";

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--broker",
      required = true,
      paramLabel = "NAME=PORT[,PID]",
      description = "A broker on this machine; with its process also its CPU. Repeat it.")
  private List<String> brokers = new ArrayList<>();

  @Option(
      names = "--only",
      paramLabel = "WORDS",
      description = "Only loads whose name contains this; may be repeated.")
  private List<String> only = new ArrayList<>();

  @Option(names = "--json", description = "Prints all reports as one JSON array.")
  private boolean json;

  @Option(names = "--quick", description = "A tenth of the time: to see whether it works.")
  private boolean quick;

  /** A load, and which of its figures are shown. */
  private record Load(String name, String command, List<String> figures) {}

  private record Broker(String name, int port, @Nullable String pid) {}

  private List<Load> loads() {
    String traffic = quick ? " --warm-up 200ms --duration 300ms" : " --warm-up 3s --duration 4s";
    List<Load> loads = new ArrayList<>();
    List<String> messages = List.of(CPU, RATE, LATENCY);
    for (int window : new int[] {32, 1}) {
      for (int qos = 0; qos <= 2; qos++) {
        loads.add(
            new Load(
                "50 pairs, QoS %d, window %d".formatted(qos, window),
                "pairs --qos %d --window %d".formatted(qos, window) + traffic,
                messages));
      }
    }
    for (int qos = 0; qos <= 1; qos++) {
      loads.add(
          new Load(
              "1 to 1,000, QoS " + qos,
              "fanout --qos %d --window 4 --subscribers 1000".formatted(qos) + traffic,
              messages));
    }
    for (int qos = 1; qos <= 2; qos++) {
      loads.add(
          new Load(
              "durable, QoS " + qos,
              "durable --qos %d --window 256 --payload 64 --drain 60s".formatted(qos)
                  + (quick ? traffic : " --warm-up 2s --duration 4s"),
              List.of(CPU, RATE, "acknowledgementLatencyMicros/p99", "acknowledgedAndLost")));
    }
    loads.add(
        new Load(
            "10,000 idle connections",
            "connections --connections %d --hold 1s".formatted(quick ? 100 : 10_000),
            List.of("connectsPerSecond", "brokerBytesPerConnection", "brokerCpuMicrosPerConnect")));
    loads.add(
        new Load(
            "storm of 5,000 connects",
            "storm --clients %d --quiet-time %s"
                .formatted(quick ? 100 : 5_000, quick ? "200ms" : "2s"),
            List.of("seconds", "connectLatencyMicros/p99", "othersLatencyDuringMicros/p99")));
    loads.add(
        new Load(
            "1,000 takeovers/s",
            "takeover --rate 1000 --duration " + (quick ? "300ms" : "5s"),
            List.of("takeoversPerSecond", "brokerCpuMicrosPerTakeover", "standingAtTheEnd")));
    loads.removeIf(
        load -> !only.isEmpty() && only.stream().noneMatch(word -> load.name().contains(word)));
    return loads;
  }

  @Override
  public Integer call() throws Exception {
    return SimExit.of(spec, this::measure);
  }

  private int measure() {
    List<Broker> parsed = brokers.stream().map(BesideBench::parse).toList();
    List<Load> loads = loads();
    if (loads.isEmpty()) {
      throw new WrongUsage(
          "no load's name contains " + only + "; leave --only out to see them all");
    }
    PrintWriter out = spec.commandLine().getOut();
    ArrayNode all = PayloadTemplate.JSON.createArrayNode();
    boolean sound = true;
    if (!json) {
      out.println(head(parsed));
    }
    for (Load load : loads) {
      List<JsonNode> reports = new ArrayList<>();
      for (Broker broker : parsed) {
        ObjectNode report = PayloadTemplate.JSON.createObjectNode();
        report.put("load", load.name()).put("broker", broker.name()).put("command", load.command());
        report.setAll(run(load, broker));
        sound &= report.path("sound").asBoolean();
        reports.add(report);
        all.add(report);
      }
      if (!json) {
        load.figures().forEach(figure -> out.print(row(load, figure, reports)));
        out.flush();
      }
    }
    if (json) {
      out.println(all);
    }
    out.flush();
    return sound ? SimExit.WELL : SimExit.FAILED;
  }

  static Broker parse(String text) {
    Matcher matcher = BROKER.matcher(text);
    if (!matcher.matches()) {
      throw new WrongUsage(
          "--broker %s; write a name, a port and, if known, a process: sluice=1883,4711"
              .formatted(text));
    }
    return new Broker(
        matcher.group("name"), Integer.parseInt(matcher.group("port")), matcher.group("pid"));
  }

  /** One load on one broker, as the mode's own command would do it. */
  private ObjectNode run(Load load, Broker broker) {
    String line = "bench " + load.command() + " --json --port " + broker.port();
    if (broker.pid() != null) {
      line += " --broker-pid " + broker.pid();
    }
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    new CommandLine(new SimCommand())
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(line.split(" ", -1));
    try {
      return (ObjectNode) PayloadTemplate.JSON.readTree(out.toString());
    } catch (JsonProcessingException | ClassCastException refused) {
      String[] said = err.toString().strip().split("\n", -1);
      return PayloadTemplate.JSON
          .createObjectNode()
          .put("sound", false)
          .put("failure", said[said.length - 1]);
    }
  }

  private static String head(List<Broker> brokers) {
    StringBuilder head = new StringBuilder("| load | figure |");
    StringBuilder line = new StringBuilder("| --- | --- |");
    for (Broker broker : brokers) {
      head.append(' ').append(broker.name()).append(" |");
      line.append(" ---: |");
    }
    return head + System.lineSeparator() + line;
  }

  private static String row(Load load, String figure, List<JsonNode> reports) {
    StringBuilder row = new StringBuilder("| ");
    row.append(load.name()).append(" | ").append(label(figure)).append(" |");
    for (JsonNode report : reports) {
      JsonNode value = report.at("/" + figure);
      String text =
          value.isMissingNode()
              ? "-"
              : value.isFloatingPointNumber() && value.asDouble() < 1_000
                  ? String.format(Locale.ROOT, "%.2f", value.asDouble())
                  : String.format(Locale.ROOT, "%,d", value.asLong());
      row.append(' ').append(text);
      row.append(report.path("sound").asBoolean() ? "" : " (not sound)").append(" |");
    }
    return row.append(System.lineSeparator()).toString();
  }

  /** {@code deliveryLatencyMicros/p99} becomes {@code delivery latency micros p99}. */
  private static String label(String figure) {
    return figure.replaceAll("([A-Z])", " $1").replace('/', ' ').toLowerCase(Locale.ROOT);
  }
}
