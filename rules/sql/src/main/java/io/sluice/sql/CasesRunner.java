package io.sluice.sql;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.sluice.message.InvalidTopic;
import io.sluice.message.TopicName;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Runs cases: one JSON object per line in (a statement, a topic, a payload and what is known of the
 * message), one per line out (whether the rule fired and with what). The guide on rules describes
 * both. Stateless apart from its streams.
 */
public final class CasesRunner {
  /** Numbers of documents in the context keep all their digits. */
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(
              DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS,
              DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  private static final String BASIC_INGEST = "$aws/rules/";
  private static final int COMPILED_MAX = 1_000; // one statement is often run over many payloads

  private final RandomGenerator random = new SplittableRandom();
  private final Map<String, CompiledRule> compiled = new HashMap<>();

  /**
   * Runs the cases of a file, or of standard input when the file is {@code -}.
   *
   * @return the exit code: 0 when all lines were answered, 2 when the file cannot be read
   */
  public static int run(String file, InputStream in, PrintStream out, PrintStream err) {
    try {
      if (file.equals("-")) {
        new CasesRunner().run(in, out);
      } else {
        try (InputStream opened = Files.newInputStream(Path.of(file))) {
          new CasesRunner().run(opened, out);
        }
      }
      return 0;
    } catch (IOException | UncheckedIOException unreadable) {
      err.println(
          "cases file '%s': cannot be read (%s). Give a readable file of JSON lines, or - for standard input."
              .formatted(file, unreadable.getMessage()));
      return 2;
    }
  }

  /** Answers every line, in order; blank lines are skipped. The caller closes both streams. */
  public void run(InputStream in, PrintStream out) throws IOException {
    BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    JsonOut buffered = new JsonOut(1 << 16);
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.isBlank()) {
        continue;
      }
      buffered.raw(answer(line));
      buffered.raw('\n');
      if (buffered.size() > 1 << 15 || !lines.ready()) { // a person typing sees each answer at once
        out.write(buffered.toBytes(), 0, buffered.size());
        out.flush();
        buffered = new JsonOut(1 << 16);
      }
    }
    out.write(buffered.toBytes(), 0, buffered.size());
    out.flush();
  }

  /** Answers one line: one JSON object as UTF-8, without a line break. */
  public byte[] answer(String line) {
    JsonNode given;
    try {
      given = JSON.readTree(line);
    } catch (JsonProcessingException notJson) {
      return error("null", "the line is not JSON: " + notJson.getOriginalMessage());
    }
    if (!given.isObject()) {
      return error("null", "the line is not a JSON object");
    }
    String id = given.path("id").toString();
    id = id.isEmpty() ? "null" : id;
    try {
      return answer(id, given);
    } catch (SqlRejected | InvalidTopic rejected) {
      return error(id, String.valueOf(rejected.getMessage()));
    } catch (IllegalArgumentException wrong) {
      return error(id, "the case is not understood: " + wrong.getMessage());
    } catch (RuntimeException | StackOverflowError ours) { // the cases behind it are still run
      return error(
          id,
          "the case could not be run (%s); report it".formatted(ours.getClass().getSimpleName()));
    }
  }

  private CompiledRule compiled(String sql, SqlVersion version) {
    if (compiled.size() == COMPILED_MAX) {
      compiled.clear();
    }
    return compiled.computeIfAbsent(version + " " + sql, key -> RuleSql.compile(sql, version));
  }

  private byte[] answer(String id, JsonNode given) {
    CaseContext context = CaseContext.of(given.path("context"));
    CompiledRule rule = compiled(text(given, "sql"), context.version());
    Template template =
        given.hasNonNull("template") ? rule.template(text(given, "template")) : null;
    TopicName topic = TopicName.of(text(given, "topic"));
    MessageView message = new MessageView(topic, payload(given), context.message());
    if (!starts(rule, topic, context)) {
      return answer(id, false, "none", null, null);
    }
    EvaluationContext world = context.world(random);
    Evaluation evaluation = rule.evaluate(message, world);
    if (evaluation instanceof Evaluation.Many many) {
      return answer(
          id,
          true,
          template == null ? "json" : "template",
          made(many, template, message, world),
          null);
    } else if (evaluation instanceof Evaluation.Fired fired && template != null) {
      return filled(id, template.fill(message, world, fired.variables()));
    } else if (evaluation instanceof Evaluation.Json json) {
      return answer(id, true, "json", json.bytes(), null);
    } else if (evaluation instanceof Evaluation.Empty) {
      return answer(id, true, "empty", quoted(""), null);
    } else if (evaluation instanceof Evaluation.Bytes bytes) {
      return answer(
          id, true, "bytes", quoted(Base64.getEncoder().encodeToString(bytes.bytes())), null);
    } else if (evaluation instanceof Evaluation.Failed failed) {
      return answer(id, false, "none", null, failed.code() + ": " + failed.reason());
    }
    return answer(id, false, "none", null, null);
  }

  /**
   * The messages of FOREACH as one array; bytes and nothing as the texts they are answered with.
   */
  private static byte[] made(
      Evaluation.Many many,
      @Nullable Template template,
      MessageView message,
      EvaluationContext world) {
    JsonOut out = new JsonOut(256);
    String separator = "[";
    for (Evaluation.Fired fired : many.messages()) {
      out.raw(separator);
      separator = ",";
      if (template == null) {
        out.raw(
            fired instanceof Evaluation.Json
                ? fired.bytes()
                : quoted(Base64.getEncoder().encodeToString(fired.bytes())));
      } else if (template.fill(message, world, fired.variables())
          instanceof Template.Filled.Complete complete) {
        out.string(complete.text());
      } else {
        out.raw("null");
      }
    }
    out.raw(']');
    return out.toBytes();
  }

  private static byte[] filled(String id, Template.Filled filled) {
    if (filled instanceof Template.Filled.Complete complete) {
      return answer(id, true, "template", quoted(complete.text()), null);
    }
    Template.Filled.Missing missing = (Template.Filled.Missing) filled;
    return answer(
        id,
        true,
        "template",
        null,
        missing.expression() + " cannot be filled: " + missing.reason());
  }

  /** By its topic, or by its name when Basic Ingest names one. */
  private static boolean starts(CompiledRule rule, TopicName topic, CaseContext context) {
    String text = topic.toString();
    if (!text.startsWith(BASIC_INGEST)) {
      return rule.covers(topic);
    }
    String named = topic.levels() > 2 ? topic.level(2) : "";
    String own = context.ruleName();
    return own == null || own.equals(named);
  }

  private static byte[] payload(JsonNode given) {
    if (given.hasNonNull("payloadBase64")) {
      return Base64.getDecoder().decode(text(given, "payloadBase64"));
    }
    JsonNode payload = given.path("payload");
    if (payload.isMissingNode() || payload.isNull()) {
      return new byte[0];
    }
    return (payload.isTextual() ? payload.textValue() : payload.toString())
        .getBytes(StandardCharsets.UTF_8);
  }

  private static String text(JsonNode given, String field) {
    JsonNode value = given.path(field);
    if (!value.isTextual()) {
      throw new IllegalArgumentException("'" + field + "' must be a text");
    }
    return value.textValue();
  }

  private static byte[] error(String id, String reason) {
    return answer(id, false, "error", null, reason);
  }

  private static byte[] quoted(String text) {
    JsonOut out = new JsonOut(text.length() + 2);
    out.string(text);
    return out.toBytes();
  }

  private static byte[] answer(
      String id, boolean matched, String kind, byte @Nullable [] output, @Nullable String error) {
    JsonOut out = new JsonOut(256);
    out.raw("{\"id\":");
    out.raw(id.getBytes(StandardCharsets.UTF_8));
    out.raw(",\"matched\":" + matched + ",\"kind\":\"" + kind + "\",\"output\":");
    if (output == null) {
      out.raw("null");
    } else {
      out.raw(output);
    }
    out.raw(",\"error\":");
    if (error == null) {
      out.raw("null");
    } else {
      out.string(error);
    }
    out.raw('}');
    return out.toBytes();
  }
}
