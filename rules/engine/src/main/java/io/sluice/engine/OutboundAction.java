package io.sluice.engine;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.sql.Evaluation;
import io.sluice.sql.EvaluationContext;
import io.sluice.sql.Template;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.ToIntFunction;

/** An action that leaves the process: fills its fields and hands the message to the outbox. */
final class OutboundAction extends CompiledAction {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final String rule;
  private final RuleAction.Outbound action;
  private final OutboundShapes kind;
  private final List<Template> templates = new ArrayList<>(); // in the order of the shape
  private final boolean isFixed;
  private final Carrier carrier;
  private final Carrier.Batching batching;
  private final ToIntFunction<String> partitionOf;

  /**
   * @throws RuleRejected when a field cannot be, or a template of one
   */
  OutboundAction(
      String rule,
      String label,
      boolean isErrorAction,
      RuleAction.Outbound action,
      OutboundShapes kind,
      BiFunction<String, String, Template> compile,
      ActionCompiler.Targets targets) {
    super(rule, action.key(), label, isErrorAction);
    this.rule = rule;
    this.action = action;
    this.kind = kind;
    this.carrier = targets.carrier();
    this.partitionOf = targets.outboxPartition();
    String problem = carrier.check(action.key(), action.fields());
    if (problem.isEmpty() && isErrorAction && action.fields().path("enableBatching").asBoolean()) {
      problem = "enableBatching is not allowed in an error action";
    }
    if (!problem.isEmpty()) {
      throw RuleFields.invalid("rule '%s': %s: %s".formatted(rule, label, problem));
    }
    this.batching = carrier.batching(action.key(), action.fields());
    kind.shape()
        .eachTemplate(
            "",
            action.fields(),
            (where, holder, at, text) -> templates.add(compile.apply(where, text)));
    this.isFixed = templates.stream().allMatch(Template::isFixed);
  }

  Carrier.Batching batching() {
    return batching;
  }

  /** What the author said of the outbox; a missing node when nothing. */
  JsonNode outbox() {
    return action.fields().path("outbox");
  }

  @Override
  Planned effect(Run run) {
    ObjectNode filled = isFixed ? action.fields() : filled(run);
    String resource = SecretMarks.shown(filled.at("/" + kind.resource()).asText(action.key()));
    RuleEffect.Attempt attempt = attempt(run, resource);
    String order = kind.order();
    String ordered =
        order != null && filled.has(order)
            ? filled.path(order).asText()
            : run.publication().topic().toString();
    String group = batching.messagesMax() > 1 ? carrier.group(action.key(), filled) : "";
    OutboxRow row =
        new OutboxRow(
            attempt,
            run.id(rule + "/" + label()),
            bytes(filled),
            output(run.output()),
            run.output().bytes(),
            hash(ordered),
            batching.messagesMax() > 1 ? hash(group) | 1 : 0);
    return new Planned(partitionOf.applyAsInt(rule + "/" + label()), new RuleEffect.Dispatch(row));
  }

  private static Carrier.Output output(Evaluation.Fired output) {
    return output instanceof Evaluation.Json
        ? Carrier.Output.JSON
        : output instanceof Evaluation.Empty ? Carrier.Output.EMPTY : Carrier.Output.BYTES;
  }

  private ObjectNode filled(Run run) {
    ObjectNode filled = action.fields().deepCopy();
    int[] next = {0};
    kind.shape()
        .eachTemplate(
            "",
            filled,
            (where, holder, at, text) -> {
              Template template = templates.get(next[0]++);
              if (!template.isFixed()) {
                set(holder, at, fill(where, template, run));
              }
            });
    return filled;
  }

  private static void set(JsonNode holder, Object at, String text) {
    if (holder instanceof ObjectNode object) {
      object.put((String) at, text);
    } else if (holder instanceof ArrayNode array) {
      array.set((Integer) at, array.textNode(text));
    }
  }

  /** Secrets stay marks until the message leaves. */
  private static String fill(String where, Template template, Run run) {
    EvaluationContext context = run.context();
    SecretMarks marks = new SecretMarks(context.lookups());
    Run masked =
        new Run(
            run.publication(),
            run.encoded(),
            run.view(),
            new EvaluationContext(
                context.accountId(), context.timestampMs(), context.random(), marks),
            run.output(),
            run.place(),
            run.made());
    String text = fill(template, template.callsOut() ? masked : run);
    String problem = marks.problem(text);
    if (!problem.isEmpty()) {
      throw new CannotBegin(where, "%s: %s".formatted(where, problem));
    }
    return text;
  }

  private static byte[] bytes(JsonNode fields) {
    try {
      return JSON.writeValueAsBytes(fields);
    } catch (JsonProcessingException impossible) { // a tree in memory
      throw new IllegalStateException(impossible);
    }
  }

  /** FNV-1a of 64 bits: the same in every version, for it is on disk. */
  static long hash(String text) {
    long hash = 0xCBF29CE484222325L;
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ b & 0xFF) * 0x100000001B3L;
    }
    return hash;
  }

  /** What may be shown of a message's fields. */
  static Map<String, String> shown(OutboxRow row) {
    Map<String, String> shown = new LinkedHashMap<>();
    try {
      JsonNode fields = JSON.readTree(row.fields());
      fields
          .properties()
          .forEach(
              field -> {
                JsonNode value = field.getValue();
                String text = value.isValueNode() ? value.asText() : value.toString();
                shown.put(field.getKey(), SecretMarks.shown(text));
              });
    } catch (java.io.IOException impossible) { // written by us
      throw new IllegalStateException(impossible);
    }
    return shown;
  }
}
