package io.sluice.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.engine.Ledger;
import io.sluice.engine.Rule;
import io.sluice.engine.RuleBook;
import io.sluice.engine.RuleEvaluation;
import io.sluice.message.TopicFilter;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /sluice/rules}: all rules and what keeps some of them from running, files that are not
 * in force among them. {@code GET /sluice/rules/{rule}/recent?max=20}: what a rule did lately and
 * why, sampled, the newest first. {@code GET /sluice/ledger?from=&to=}: what became of messages, by
 * rule and action, in the hours (UTC) between two times, in milliseconds; for ever without them.
 */
final class RuleWhyOperations {
  private static final int RECENT_DEFAULT = 20;
  private static final int RECENT_MAX = 100;

  private final RuleBook rules;
  private final Supplier<Map<String, String>> fileProblems;

  /**
   * @param fileProblems why files of rules are not in force, by the names of their rules
   */
  RuleWhyOperations(RuleBook rules, Supplier<Map<String, String>> fileProblems) {
    this.rules = rules;
    this.fileProblems = fileProblems;
  }

  void addTo(Operations operations) {
    operations
        .control()
        .add("GET", "/sluice/rules", Operation.read(Family.IOT, "ListRules", this::list))
        .add("GET", "/sluice/ledger", Operation.read(Family.IOT, "GetLedger", this::ledger))
        .add(
            "GET",
            "/sluice/rules/{rule}/recent",
            Operation.read(Family.IOT, "ExplainRule", this::recent));
  }

  private CompletableFuture<Reply> list(Call call) {
    Map<String, String> problems = fileProblems.get();
    TreeSet<String> names = new TreeSet<>(problems.keySet());
    rules.list().forEach(rule -> names.add(rule.name()));
    ObjectNode out = Reply.object();
    ArrayNode list = out.putArray("rules");
    for (String name : names) {
      describe(name, problems, list.addObject());
    }
    return CompletableFuture.completedFuture(Reply.of(out));
  }

  private void describe(String name, Map<String, String> problems, ObjectNode out) {
    out.put("ruleName", name);
    out.put("inForce", rules.get(name).filter(rule -> !rule.disabled()).isPresent());
    rules.from(name).map(TopicFilter::toString).ifPresent(from -> out.put("from", from));
    rules.problem(name).ifPresent(problem -> out.put("problem", problem));
    if (problems.containsKey(name)) {
      out.put("fileProblem", problems.get(name));
    }
  }

  private CompletableFuture<Reply> ledger(Call call) {
    String from = call.parameter("from");
    String to = call.parameter("to");
    List<Ledger.Line> lines =
        from == null && to == null
            ? rules.ledger().lines()
            : rules.ledger().lines(millis("from", from, 0), millis("to", to, Long.MAX_VALUE));
    ObjectNode out = Reply.object();
    ArrayNode list = out.putArray("lines");
    for (Ledger.Line line : lines) {
      ObjectNode one = list.addObject().put("rule", line.rule()).put("action", line.action());
      line.counts()
          .forEach(
              (entry, count) -> {
                if (count > 0) {
                  one.put(entry.name().toLowerCase(Locale.ROOT), count);
                }
              });
    }
    return CompletableFuture.completedFuture(Reply.of(out));
  }

  private static long millis(String name, @Nullable String text, long absent) {
    if (text == null) {
      return absent;
    }
    if (!text.matches("[0-9]{1,15}")) {
      throw Family.IOT.invalid(
          "query parameter '%s' must be milliseconds since 1970; found '%s'".formatted(name, text));
    }
    return Long.parseLong(text);
  }

  private CompletableFuture<Reply> recent(Call call) {
    String name = call.pathVariable("rule");
    Rule rule = rules.get(name).orElse(null);
    if (rule == null && !fileProblems.get().containsKey(name)) {
      throw Family.IOT.invalid(
          "rule '%s' does not exist; GET /sluice/rules names those that do".formatted(name));
    }
    ObjectNode out = Reply.object();
    describe(name, fileProblems.get(), out);
    if (rule != null) {
      out.put("sql", rule.sql());
    }
    ArrayNode list = out.putArray("recent");
    int max = call.number("max", RECENT_DEFAULT, 1, RECENT_MAX);
    for (RuleEvaluation evaluation : rules.recent(name, max)) {
      ObjectNode one =
          list.addObject()
              .put("at", Instant.ofEpochMilli(evaluation.atMillis()).toString())
              .put("topic", evaluation.topic())
              .put("clientId", evaluation.clientId())
              .put("outcome", evaluation.outcome().name());
      ArrayNode reasons = one.putArray("reasons");
      evaluation.reasons().forEach(reasons::add);
    }
    return CompletableFuture.completedFuture(Reply.of(out));
  }
}
