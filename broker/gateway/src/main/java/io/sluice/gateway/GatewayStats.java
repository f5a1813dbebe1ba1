package io.sluice.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.dispatch.DispatchCounters;
import io.sluice.dispatch.IngressConveyor;
import io.sluice.engine.Ledger;
import io.sluice.engine.RuleBook;
import io.sluice.session.Sessions;
import io.sluice.shadow.ShadowCounters;
import io.sluice.transport.TransportCounters;
import java.util.Map;

/**
 * The counters of all rooms as one JSON document, for {@code GET /sluice/stats} and the tools. Any
 * thread.
 */
record GatewayStats(
    TransportCounters transport,
    DispatchCounters dispatch,
    IngressConveyor conveyor,
    Sessions sessions,
    ShadowCounters shadows,
    RuleBook book) {

  JsonNode read() {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    out.putObject("connections")
        .put("open", transport.connectionsOpen.sum())
        .put("sessions", transport.sessionsOpen.sum())
        .set("refused", counts(transport.refusedByReason()));
    out.withObject("/connections").set("closed", counts(transport.closedByReason()));
    ObjectNode messages = out.putObject("messages");
    messages
        .put("receivedQos0", transport.publishReceivedQos0.sum())
        .put("receivedQos1", transport.publishReceivedQos1.sum())
        .put("receivedQos2", transport.publishReceivedQos2.sum())
        .put("sent", transport.publishSent())
        .put("published", dispatch.published.sum())
        .put("durable", dispatch.durable.sum())
        .put("nobody", dispatch.nobody.sum())
        .put("refused", dispatch.refused.sum())
        .put("droppedReserved", dispatch.droppedReserved.sum())
        .put("unreadable", dispatch.unreadable.sum())
        .put("ingressBacklog", conveyor.backlog());
    messages.set("dropped", counts(transport.droppedByReason()));
    messages.set("denied", counts(transport.deniedByAction()));
    out.putObject("sessions")
        .put("subscriptions", sessions.subscriptions().size())
        .put("retained", sessions.retained().count())
        .put("inboxAppended", sessions.counters().inboxAppended.sum())
        .put("inboxAcknowledged", sessions.counters().inboxAcknowledged.sum())
        .put("inboxDroppedFull", sessions.counters().inboxDroppedFull.sum())
        .put("inboxDroppedExpired", sessions.counters().inboxDroppedExpired.sum())
        .put("takeovers", sessions.counters().takeovers.sum())
        .put("directDelivered", sessions.counters().directDelivered.sum())
        .put("directFailed", sessions.counters().directFailed.sum())
        .put("expired", sessions.counters().sessionsExpired.sum());
    ObjectNode rejected = JsonNodeFactory.instance.objectNode();
    shadows.rejectedByCode().forEach((code, count) -> rejected.put(code.toString(), count));
    out.putObject("shadows")
        .put("reads", shadows.reads.sum())
        .put("updates", shadows.updates.sum())
        .put("deletes", shadows.deletes.sum())
        .put("willsIgnored", shadows.willsIgnored.sum())
        .set("rejected", rejected);
    out.putObject("ruleWork")
        .put("waitingForAnswers", book.questionBacklog())
        .put("waitingForErrorAction", book.errorBacklog())
        .put("questionsDropped", book.counters().questionsDropped.sum())
        .put("ruleNotFound", book.counters().ruleNotFound.sum())
        .put("unreadable", book.counters().unreadableFailures.sum());
    ArrayNode outbox = out.putArray("outbox");
    book.outbox()
        .forEach(
            lane ->
                outbox
                    .addObject()
                    .put("rule", lane.rule())
                    .put("action", lane.action())
                    .put("messages", lane.messages())
                    .put("bytes", lane.bytes())
                    .put("oldestMillis", lane.oldestMillis())
                    .put("calls", lane.calls())
                    .put("circuitOpen", lane.circuitOpen())
                    .put("lastError", lane.lastError())
                    .put("lastErrorMillis", lane.lastErrorMillis()));
    ObjectNode rules = out.putObject("rules");
    book.ledger()
        .totals()
        .forEach(
            (rule, sums) -> {
              ObjectNode row = rules.putObject(rule);
              sums.forEach((entry, count) -> row.put(camelCase(entry), count));
            });
    return out;
  }

  /** {@code NOT_MATCHED} becomes {@code notMatched}. */
  private static String camelCase(Ledger.Entry entry) {
    StringBuilder name = new StringBuilder();
    for (String word : entry.name().split("_", -1)) {
      String lower = word.toLowerCase(java.util.Locale.ROOT);
      name.append(
          name.length() == 0 ? lower : Character.toUpperCase(lower.charAt(0)) + lower.substring(1));
    }
    return name.toString();
  }

  private static ObjectNode counts(Map<String, Long> counts) {
    ObjectNode out = JsonNodeFactory.instance.objectNode();
    counts.forEach(out::put);
    return out;
  }
}
