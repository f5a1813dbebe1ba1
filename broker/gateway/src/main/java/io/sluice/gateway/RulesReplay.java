package io.sluice.gateway;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.engine.Rule;
import io.sluice.engine.RuleDocument;
import io.sluice.engine.RuleRejected;
import io.sluice.message.InvalidTopic;
import io.sluice.message.TopicName;
import io.sluice.sql.SqlVersion;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sluice rules replay}: a draft of a rule over what a stream holds. */
@Command(
    name = "replay",
    description = {
      "Runs a draft of a rule over what a stream of a running gateway holds, and shows where its",
      "outputs differ from those of the rule in force. Nothing is published and no action runs.",
      "Exit code 0 when both agree, 1 when they differ."
    },
    mixinStandardHelpOptions = true)
final class RulesReplay implements Callable<Integer> {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern AGO = Pattern.compile("-(\\d{1,6})([smhd])");
  private static final int OK = 200;
  private static final int NOT_FOUND = 404;
  private static final int UNAUTHORIZED = 401;

  @Mixin private final ApiOptions api = new ApiOptions();

  @Option(
      names = "--rule",
      required = true,
      paramLabel = "FILE",
      description = "The draft: a rule's file, or a statement alone.")
  private Path rule = Path.of("");

  @Option(
      names = "--stream",
      required = true,
      paramLabel = "NAME",
      description = "The stream; the data of each record is the payload of a message.")
  private String stream = "";

  @Option(
      names = "--from",
      defaultValue = "start",
      paramLabel = "TIME",
      description =
          "Where to begin: -30s, -15m, -1h, -2d, a time like 2026-11-26T12:00:00Z, or start (default).")
  private String from = "start";

  @Option(
      names = "--topic",
      paramLabel = "TOPIC",
      description = "The topic of all messages, when no field has it.")
  private @Nullable String topic;

  @Option(
      names = "--topic-field",
      defaultValue = "topic",
      paramLabel = "FIELD",
      description = "The payload's field that has the topic (default: ${DEFAULT-VALUE}).")
  private String topicField = "topic";

  @Option(
      names = "--live",
      paramLabel = "NAME",
      description = "The rule in force to compare with (default: that of the file's name).")
  private @Nullable String live;

  @Option(
      names = "--max",
      defaultValue = "100000",
      paramLabel = "N",
      description = "Records at most (default: ${DEFAULT-VALUE}).")
  private long max = 100_000;

  @Option(
      names = "--show",
      defaultValue = "10",
      paramLabel = "N",
      description = "Differences to show (default: ${DEFAULT-VALUE}).")
  private int show = 10;

  @Option(
      names = "--promote",
      description = "Then puts the draft in force, as it stands in the file.")
  private boolean promote;

  @Option(names = "--json", description = "Prints JSON.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    Rule draft = CaseSuite.rule(rule, SqlVersion.V2016_03_23);
    String name = live == null ? draft.name() : live;
    AdminClient client = api.client();
    Rule inForce = inForce(client, name);
    TopicName fallback = topic == null ? null : topicName(topic);
    long now = System.currentTimeMillis();
    Replay replay = over(draft, inForce);
    long[] read = new long[2]; // all, and those without a topic
    new StreamRecords(client, stream)
        .read(
            since(from, now),
            now,
            record -> {
              read[0]++;
              TopicName of = topicOf(record.data(), fallback);
              if (of == null) {
                read[1]++;
              } else {
                replay.run(record.sequenceNumber(), of, record.data(), record.arrivedMillis());
              }
              return read[0] < max;
            });
    PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    print(replay, name, inForce != null, read[1], out);
    if (promote) {
      promote(client, draft, name, inForce != null, out);
    }
    return replay.differs() ? 1 : 0;
  }

  private Replay over(Rule draft, @Nullable Rule inForce) {
    try {
      return new Replay(draft, inForce, show);
    } catch (RuleRejected refused) {
      throw new Refusals.CommandFailed(String.valueOf(refused.getMessage()));
    }
  }

  private static @Nullable Rule inForce(AdminClient client, String name) {
    AdminClient.Answer answer =
        client.send("GET", "/rules/" + AdminClient.escape(name), Map.of(), "");
    if (answer.status() == NOT_FOUND || answer.status() == UNAUTHORIZED) { // AWS says 401 for it
      return null;
    }
    if (answer.status() != OK) {
      throw new Refusals.CommandFailed(
          "rule '%s' cannot be read: %s".formatted(name, answer.body()));
    }
    try {
      JsonNode document = JSON.readTree(answer.body()).path("rule");
      if (document instanceof ObjectNode fields) {
        fields.remove("createdAt");
        fields.remove("ruleName");
      }
      return RuleDocument.parse(name, document, 0);
    } catch (JsonProcessingException notJson) {
      throw new Refusals.CommandFailed(
          "what answered is no Sluice gateway: its answer is no JSON; check --endpoint");
    }
  }

  /** Milliseconds since the epoch; 0 for the start. */
  static long since(String from, long nowMillis) {
    if (from.equals("start")) {
      return 0;
    }
    Matcher ago = AGO.matcher(from);
    if (ago.matches()) {
      long count = Long.parseLong(ago.group(1));
      Duration span =
          switch (ago.group(2)) {
            case "s" -> Duration.ofSeconds(count);
            case "m" -> Duration.ofMinutes(count);
            case "h" -> Duration.ofHours(count);
            default -> Duration.ofDays(count);
          };
      return Math.max(1, nowMillis - span.toMillis());
    }
    try {
      return Math.max(1, Instant.parse(from).toEpochMilli());
    } catch (DateTimeParseException unknown) {
      throw new GatewayConfig.ConfigRefused(
          "--from '%s' is no time; give -30s, -15m, -1h, -2d, 2026-11-26T12:00:00Z or start"
              .formatted(from));
    }
  }

  private @Nullable TopicName topicOf(byte[] payload, @Nullable TopicName fallback) {
    try {
      JsonNode field = JSON.readTree(payload).path(topicField);
      if (field.isTextual()) {
        return TopicName.of(field.asText());
      }
    } catch (IOException | InvalidTopic noTopic) {
      return fallback;
    }
    return fallback;
  }

  private static TopicName topicName(String text) {
    try {
      return TopicName.of(text);
    } catch (InvalidTopic invalid) {
      throw new GatewayConfig.ConfigRefused("--topic: " + invalid.getMessage());
    }
  }

  private void print(
      Replay replay, String name, boolean compared, long withoutTopic, PrintWriter out) {
    ObjectNode sums = replay.json();
    sums.put("withoutTopic", withoutTopic);
    if (json) {
      out.println(sums.toPrettyString());
      return;
    }
    out.printf("%,d messages of stream '%s'%n", sums.path("messages").asLong(), stream);
    if (withoutTopic > 0) {
      out.printf(
          "%,d records have no topic in field '%s': give --topic, or name it with --topic-field%n",
          withoutTopic, topicField);
    }
    line(out, "draft", sums.path("draft"));
    if (!compared) {
      out.printf("there is no rule '%s' in force to compare with%n", name);
      return;
    }
    line(out, "in force", sums.path("inForce"));
    out.printf(
        "%-10s %,d the same, %,d different%n",
        "outputs", sums.path("same").asLong(), sums.path("different").asLong());
    for (Replay.Difference one : replay.differences()) {
      out.printf("record %s, topic %s%n", one.where(), one.topic());
      one.lines().forEach(difference -> out.println("    " + difference));
    }
  }

  private static void line(PrintWriter out, String who, JsonNode sums) {
    out.printf(
        "%-10s %,d fired, %,d did not match, %,d failed%n",
        who,
        sums.path("fired").asLong(),
        sums.path("notMatched").asLong(),
        sums.path("failed").asLong());
  }

  private void promote(
      AdminClient client, Rule draft, String name, boolean exists, PrintWriter out) {
    if (draft.actions().isEmpty()) {
      throw new GatewayConfig.ConfigRefused(
          "%s has no actions, so it cannot be put in force; give a rule's file".formatted(rule));
    }
    AdminClient.Answer answer =
        client.send(
            exists ? "PATCH" : "POST",
            "/rules/" + AdminClient.escape(name),
            Map.of(),
            RuleDocument.write(draft).toString());
    if (answer.status() != OK) {
      throw new Refusals.CommandFailed(
          "rule '%s' is not put in force: %s".formatted(name, answer.body()));
    }
    if (!json) {
      out.printf("rule '%s' is in force as the draft says%n", name);
    }
  }
}
