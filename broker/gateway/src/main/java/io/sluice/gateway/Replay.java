package io.sluice.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.engine.DryRun;
import io.sluice.engine.Rule;
import io.sluice.engine.RuleTrial;
import io.sluice.message.Origin;
import io.sluice.message.Publication;
import io.sluice.message.PublishProperties;
import io.sluice.message.QoS;
import io.sluice.message.TopicName;
import io.sluice.sql.Lookups;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Runs a draft of a rule and the one in force over the same messages and counts where they differ.
 * Both read the time at which the message was kept, so that a rule that asks for the time differs
 * only when its statement does. Nothing is done with the outputs.
 */
final class Replay {
  private static final String ACCOUNT = "000000000000";

  private final Function<Publication, DryRun> draft;
  private final @Nullable Function<Publication, DryRun> live;
  private final int shownMax;
  private final List<Difference> differences = new ArrayList<>();
  private long nowMillis;
  private long messages;
  private final Sums ofDraft = new Sums();
  private final Sums ofLive = new Sums();
  private long same;
  private long different;

  /** What one of the two made of all messages. */
  private static final class Sums {
    private long fired;
    private long notMatched;
    private long failed;

    private void count(JsonNode run) {
      if (run.has("failure")) {
        failed++;
      } else if (run.path("fires").asBoolean()) {
        fired++;
      } else {
        notMatched++;
      }
    }

    private ObjectNode json() {
      return JsonNodeFactory.instance
          .objectNode()
          .put("fired", fired)
          .put("notMatched", notMatched)
          .put("failed", failed);
    }
  }

  /**
   * A message that the two treat differently.
   *
   * @param where it was kept
   * @param lines where the draft differs from what the rule in force makes of it
   */
  record Difference(String where, String topic, List<String> lines) {}

  /**
   * @param live null when no rule is in force yet: then the draft is only counted
   * @param shownMax how many differences are kept
   * @throws io.sluice.engine.RuleRejected when a statement or template is refused
   */
  Replay(Rule draft, @Nullable Rule live, int shownMax) {
    this.draft = RuleTrial.compiled(draft, ACCOUNT, Lookups.NONE, () -> nowMillis);
    this.live =
        live == null ? null : RuleTrial.compiled(live, ACCOUNT, Lookups.NONE, () -> nowMillis);
    this.shownMax = shownMax;
  }

  /** Runs both over one message. */
  void run(String where, TopicName topic, byte[] payload, long keptMillis) {
    nowMillis = keptMillis;
    Publication message =
        new Publication(
            topic,
            payload,
            QoS.AT_LEAST_ONCE,
            false,
            PublishProperties.NONE,
            new Origin(null, null, null, Origin.Kind.MQTT, 0),
            keptMillis * 1000);
    messages++;
    ObjectNode drafted = told(draft.apply(message));
    ofDraft.count(drafted);
    if (live == null) {
      return;
    }
    ObjectNode inForce = told(live.apply(message));
    ofLive.count(inForce);
    List<String> lines = JsonDiff.between(inForce, drafted);
    if (lines.isEmpty()) {
      same++;
      return;
    }
    different++;
    if (differences.size() < shownMax) {
      differences.add(new Difference(where, topic.toString(), lines));
    }
  }

  /** What counts of a run: not why, but what. */
  private static ObjectNode told(DryRun run) {
    ObjectNode all = RuleTrial.json(run);
    ObjectNode told = JsonNodeFactory.instance.objectNode().put("fires", run.fires());
    if (all.has("failure")) {
      told.set("failure", all.path("failure"));
    }
    if (run.fires()) {
      told.set("outputs", all.path("outputs"));
      told.set("actions", all.path("actions"));
    }
    return told;
  }

  boolean differs() {
    return different > 0;
  }

  List<Difference> differences() {
    return differences;
  }

  /** The sums: of messages, of both rules, and of where they agree. */
  ObjectNode json() {
    ObjectNode out = JsonNodeFactory.instance.objectNode().put("messages", messages);
    out.set("draft", ofDraft.json());
    if (live != null) {
      out.set("inForce", ofLive.json());
      out.put("same", same).put("different", different);
    }
    ArrayNode shown = out.putArray("differences");
    for (Difference one : differences) {
      ArrayNode lines =
          shown.addObject().put("record", one.where()).put("topic", one.topic()).putArray("lines");
      one.lines().forEach(lines::add);
    }
    return out;
  }
}
