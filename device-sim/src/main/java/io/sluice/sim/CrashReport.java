package io.sluice.sim;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;

/**
 * What a crash campaign found.
 *
 * @param published messages by QoS, each once however often it was sent
 * @param acknowledged by PUBACK or PUBREC, by QoS; QoS 0 never is
 * @param sentAgain PUBLISH packets that were sent again after a reconnect
 * @param queued messages in the queue behind a rule; -1: none was looked into
 * @param violationCount may be larger than the list
 */
public record CrashReport(
    long seed,
    int rounds,
    int kills,
    double seconds,
    List<Long> published,
    List<Long> acknowledged,
    long sentAgain,
    long refused,
    long connects,
    long takeovers,
    long retainedChecks,
    LatencySummary restartMicros,
    List<Received> receivers,
    long queued,
    long violationCount,
    List<CrashViolation> violations) {

  private static final int SHOWN_MAX = 20;

  /**
   * One subscriber's part.
   *
   * @param arrived deliveries, repeated ones too
   * @param again of messages that had arrived before, which QoS 1 allows
   * @param missing acknowledged and not arrived
   */
  public record Received(
      String name, int qos, boolean persistent, long arrived, long again, long missing) {}

  /** Whether every promise was kept. */
  public boolean isWhole() {
    return violationCount == 0;
  }

  /** One of the rounds, as it ended. Counts are of the whole campaign so far. */
  public record Round(
      int number,
      long trafficMillis,
      boolean killedWhileStarting,
      long restartMillis,
      long published,
      long acknowledged,
      long underWay,
      long sentAgain,
      long arrived,
      long violations) {
    /** The round as people read it. */
    public String words() {
      return String.format(
          Locale.ROOT,
          "round %3d: killed after %4d ms with %3d under way%s; back in %4d ms; so far %,d"
              + " published, %,d acknowledged, %,d sent again, %,d arrived, %s",
          number,
          trafficMillis,
          underWay,
          killedWhileStarting ? ", and again while it started" : "",
          restartMillis,
          published,
          acknowledged,
          sentAgain,
          arrived,
          violations == 0 ? "no violation" : violations + " VIOLATIONS");
    }
  }

  /** The reckoning as people read it. */
  public String words() {
    StringBuilder words = new StringBuilder();
    line(words, "seed", Long.toString(seed));
    line(
        words,
        "kills",
        "%d in %d rounds, %.0f s; back in %s"
            .formatted(kills, rounds, seconds, restartMicros.words()));
    for (int qos = 0; qos < published.size(); qos++) {
      line(
          words,
          "QoS " + qos,
          qos == 0
              ? String.format(Locale.ROOT, "%,d published", published.get(qos))
              : String.format(
                  Locale.ROOT,
                  "%,d published, %,d acknowledged",
                  published.get(qos),
                  acknowledged.get(qos)));
    }
    line(
        words,
        "publishers",
        String.format(
            Locale.ROOT,
            "%,d packets sent again, %,d refused, %,d connections of all clients, %,d takeovers",
            sentAgain,
            refused,
            connects,
            takeovers));
    for (Received one : receivers) {
      line(
          words,
          one.name(),
          String.format(
              Locale.ROOT,
              "QoS %d, %s: %,d arrived, %,d of them again, %,d missing",
              one.qos(),
              one.persistent() ? "persistent" : "comes and goes",
              one.arrived(),
              one.again(),
              one.missing()));
    }
    line(words, "retained", "%d checks after a restart".formatted(retainedChecks));
    line(
        words,
        "queue behind a rule",
        queued < 0 ? "not looked into" : String.format(Locale.ROOT, "%,d messages", queued));
    line(words, "violations", violationCount == 0 ? "none" : Long.toString(violationCount));
    violations.stream()
        .limit(SHOWN_MAX)
        .forEach(
            one ->
                words.append(
                    String.format(
                        Locale.ROOT,
                        "  %-10s %s: %s%n",
                        one.kind(),
                        one.round() == 0 ? "in the end" : "round " + one.round(),
                        one.detail())));
    if (violationCount > SHOWN_MAX) {
      words.append(
          String.format(
              Locale.ROOT, "  and %d more; --json has them%n", violationCount - SHOWN_MAX));
    }
    return words.toString();
  }

  private static void line(StringBuilder words, String label, String text) {
    words.append(String.format(Locale.ROOT, "%-20s %s%n", label, text));
  }

  /** The reckoning as programs read it. */
  public String json() {
    ObjectNode json =
        PayloadTemplate.JSON
            .createObjectNode()
            .put("whole", isWhole())
            .put("seed", seed)
            .put("rounds", rounds)
            .put("kills", kills)
            .put("seconds", TrafficRun.rounded(seconds))
            .put("sentAgain", sentAgain)
            .put("refused", refused)
            .put("connects", connects)
            .put("takeovers", takeovers)
            .put("retainedChecks", retainedChecks)
            .put("queued", queued)
            .put("violationCount", violationCount);
    json.set("restartMicros", PayloadTemplate.JSON.valueToTree(restartMicros));
    json.set("published", PayloadTemplate.JSON.valueToTree(published));
    json.set("acknowledged", PayloadTemplate.JSON.valueToTree(acknowledged));
    ArrayNode all = json.putArray("receivers");
    receivers.forEach(one -> all.add(PayloadTemplate.JSON.valueToTree(one)));
    ArrayNode found = json.putArray("violations");
    violations.forEach(one -> found.add(PayloadTemplate.JSON.valueToTree(one)));
    return json.toString();
  }
}
