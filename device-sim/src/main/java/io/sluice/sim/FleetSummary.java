package io.sluice.sim;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;

/** A {@link FleetReport} as people and programs read it. */
final class FleetSummary {
  private FleetSummary() {}

  /** One line, while the fleet runs. */
  static String line(FleetReport report) {
    String shadow =
        report.reported() + report.deltasReceived() == 0
            ? ""
            : "  shadow %d reported, %d deltas"
                .formatted(report.reported(), report.deltasReceived());
    String failed = report.failed() == 0 ? "" : "  FAILED %d".formatted(report.failed());
    return "%4d s  connected %d/%d  published %d  acknowledged %d%s  p50 %s p99 %s%s"
        .formatted(
            report.elapsed().toSeconds(),
            report.connected(),
            report.devices(),
            report.published(),
            report.acknowledged(),
            failed,
            LatencySummary.words(report.latency().p50()),
            LatencySummary.words(report.latency().p99()),
            shadow);
  }

  /** The table at the end. */
  static String table(FleetReport r, String endpoint) {
    StringBuilder table = new StringBuilder();
    row(
        table,
        r.scenario(),
        "%d devices, %.1f s, %s".formatted(r.devices(), r.elapsed().toMillis() / 1e3, endpoint));
    row(
        table,
        "connected",
        "%d of %d, connections lost %d"
            .formatted(r.everConnected(), r.devices(), r.connectionsLost()));
    row(
        table,
        "published",
        "%d (%.1f/s acknowledged)".formatted(r.published(), r.acknowledgedPerSecond()));
    row(
        table,
        "acknowledged",
        "%d, failed %d, outstanding %d, withheld %d"
            .formatted(r.acknowledged(), r.failed(), r.outstanding(), r.withheld()));
    row(table, "publish to ack", r.latency().words());
    row(
        table,
        "shadow",
        "%d reported, %d failed, %d deltas"
            .formatted(r.reported(), r.reportsFailed(), r.deltasReceived()));
    r.failures()
        .forEach((reason, count) -> row(table, "trouble", "%d x %s".formatted(count, reason)));
    return table.toString();
  }

  private static void row(StringBuilder table, String label, String value) {
    table.append(String.format(Locale.ROOT, "%-16s %s%n", label, value));
  }

  static ObjectNode json(FleetReport r) {
    ObjectNode json = PayloadTemplate.JSON.createObjectNode();
    json.put("scenario", r.scenario())
        .put("whole", r.isWhole())
        .put("devices", r.devices())
        .put("seconds", r.elapsed().toMillis() / 1e3)
        .put("connected", r.connected())
        .put("everConnected", r.everConnected())
        .put("connectionsLost", r.connectionsLost())
        .put("published", r.published())
        .put("acknowledged", r.acknowledged())
        .put("failed", r.failed())
        .put("outstanding", r.outstanding())
        .put("withheld", r.withheld())
        .put("deltasReceived", r.deltasReceived())
        .put("reported", r.reported())
        .put("reportsFailed", r.reportsFailed());
    json.set("latencyMicros", PayloadTemplate.JSON.valueToTree(r.latency()));
    json.set("failures", PayloadTemplate.JSON.valueToTree(r.failures()));
    return json;
  }
}
