package io.sluice.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sluice ledger}: what became of every message in every rule. */
@Command(
    name = "ledger",
    description = "Shows what became of every message in every rule of a running gateway.",
    mixinStandardHelpOptions = true)
final class LedgerCommand implements Callable<Integer> {
  private static final List<String> COLUMNS =
      List.of(
          "matched",
          "notMatched",
          "evaluationFailed",
          "delivered",
          "retried",
          "actionFailed",
          "dropped",
          "errorActionDelivered",
          "errorActionFailed",
          "loopCut");

  @Mixin private final ApiOptions api = new ApiOptions();

  @Option(
      names = "--from",
      paramLabel = "TIME",
      description =
          "Only the hours (UTC) since then, by action: -30m, -1h, -2d, a time like"
              + " 2026-11-26T12:00:00Z, or start.")
  private @Nullable String from;

  @Option(
      names = "--to",
      paramLabel = "TIME",
      description = "Only the hours until then, in the same words.")
  private @Nullable String to;

  @Option(names = "--json", description = "Prints JSON.")
  private boolean json;

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    PrintWriter out = ExplainCommand.out(spec);
    AdminClient gateway = api.client();
    if (from != null || to != null) {
      range(gateway, out);
    } else {
      all(gateway, out);
    }
    out.flush();
    return 0;
  }

  private void all(AdminClient gateway, PrintWriter out) throws IOException {
    String stats = gateway.get("/sluice/stats");
    JsonNode tree = new ObjectMapper().readTree(stats);
    JsonNode rules = tree.path("rules");
    if (json) {
      out.println(rules);
      return;
    }
    out.printf(
        "%-24s %10s %10s %10s %10s %10s %10s %10s %10s %10s %10s%n",
        "rule",
        "matched",
        "not",
        "eval-err",
        "delivered",
        "retried",
        "failed",
        "dropped",
        "err-ok",
        "err-failed",
        "loop-cut");
    for (Map.Entry<String, JsonNode> rule : rules.properties()) {
      StringBuilder line = new StringBuilder("%-24s".formatted(rule.getKey()));
      COLUMNS.forEach(
          column -> line.append(" %10d".formatted(rule.getValue().path(column).asLong())));
      out.println(line);
    }
    outbox(tree.path("outbox"), out);
  }

  /** By rule and action, in a range of hours; a line without an action is the rule's own. */
  private void range(AdminClient gateway, PrintWriter out) throws IOException {
    long now = System.currentTimeMillis();
    SortedMap<String, String> query = new TreeMap<>();
    query.put("from", String.valueOf(from == null ? 0 : RulesReplay.since(from, now)));
    query.put("to", String.valueOf(to == null ? now : RulesReplay.since(to, now)));
    JsonNode lines =
        new ObjectMapper().readTree(gateway.get("/sluice/ledger", query)).path("lines");
    if (json) {
      out.println(lines);
      return;
    }
    for (JsonNode line : lines) {
      StringBuilder counts = new StringBuilder();
      line.properties()
          .forEach(
              count -> {
                if (count.getValue().isNumber()) {
                  counts.append("  ").append(count.getKey()).append(' ').append(count.getValue());
                }
              });
      out.printf(
          "%-24s %-20s%s%n", line.path("rule").asText(), line.path("action").asText(), counts);
    }
  }

  /** What waits on its way out of the process. */
  private static void outbox(JsonNode lanes, PrintWriter out) {
    if (lanes.isEmpty()) {
      return;
    }
    out.printf(
        "%n%-36s %10s %12s %10s %-8s %s%n",
        "outbox", "backlog", "bytes", "oldest", "circuit", "last error");
    for (JsonNode lane : lanes) {
      long oldest = lane.path("oldestMillis").asLong();
      long seconds = oldest == 0 ? 0 : Math.max(0, System.currentTimeMillis() - oldest) / 1000;
      out.printf(
          "%-36s %10d %12d %9ds %-8s %s%n",
          lane.path("rule").asText() + " " + lane.path("action").asText(),
          lane.path("messages").asLong(),
          lane.path("bytes").asLong(),
          seconds,
          lane.path("circuitOpen").asBoolean() ? "open" : "closed",
          lane.path("lastError").asText());
    }
  }
}
