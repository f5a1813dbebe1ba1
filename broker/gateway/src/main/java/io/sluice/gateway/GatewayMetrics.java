package io.sluice.gateway;

import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.sluice.dispatch.DispatchCounters;
import io.sluice.engine.Ledger;
import io.sluice.engine.OutboxLaneView;
import io.sluice.engine.RuleBook;
import io.sluice.identity.Authenticator;
import io.sluice.identity.RevocationChecks;
import io.sluice.session.Census;
import io.sluice.session.SessionCounters;
import io.sluice.session.Sessions;
import io.sluice.shadow.ShadowCounters;
import io.sluice.store.StoreFigures;
import io.sluice.transport.MqttServer;
import io.sluice.transport.TransportCounters;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/**
 * Names what the rooms counted, for {@code /metrics}. The rooms count; here is nothing on the way
 * of a message. {@code docs/operations.md} says of each what it tells.
 */
final class GatewayMetrics {
  private static final double NANO = 1e-9;
  private static final double MICRO = 1e-6;

  private final Exposition out;

  private GatewayMetrics(Exposition out) {
    this.out = out;
  }

  static void bind(
      PrometheusMeterRegistry meters,
      GatewayStats stats,
      MqttServer mqtt,
      Supplier<StoreFigures> store,
      Supplier<Integer> ownersWaiting,
      GatewayWatch watch) {
    GatewayMetrics metrics = new GatewayMetrics(new Exposition(meters.getPrometheusRegistry()));
    metrics.connections(stats.transport());
    metrics.messages(stats.transport(), stats.dispatch());
    metrics.sessions(stats.sessions());
    metrics.queues(stats, mqtt, ownersWaiting);
    metrics.store(store);
    metrics.rules(stats.book().ledger());
    metrics.outbox(stats.book());
    metrics.out.gauges(
        "sluice_rule_metric",
        "the last value that an action cloudwatchMetric gave",
        "metric",
        "unit",
        watch::metrics);
    metrics.shadows(stats.shadows());
    new JvmMemoryMetrics().bindTo(meters);
    new JvmThreadMetrics().bindTo(meters);
    new ProcessorMetrics().bindTo(meters);
    new FileDescriptorMetrics().bindTo(meters);
    JvmGcMetrics gc = new JvmGcMetrics(); // lives as long as the process
    gc.bindTo(meters);
  }

  /** Certificates: who was turned away, and what their authorities said. */
  static void bindIdentity(
      PrometheusMeterRegistry meters, Authenticator authenticator, RevocationChecks revocations) {
    GatewayMetrics metrics = new GatewayMetrics(new Exposition(meters.getPrometheusRegistry()));
    metrics.out.counters(
        "sluice_certificates_refused",
        "certificates (and users) that were not let in",
        "reason",
        () -> words(authenticator.refusals()));
    metrics.out.counters(
        "sluice_revocation_checks",
        "what authorities said when they were asked about a certificate",
        "outcome",
        () -> words(revocations.outcomes()));
  }

  private static <E extends Enum<E>> Map<String, Long> words(Map<E, Long> counts) {
    Map<String, Long> words = new TreeMap<>();
    counts.forEach((key, count) -> words.put(key.name().toLowerCase(Locale.ROOT), count));
    return words;
  }

  private void connections(TransportCounters transport) {
    out.gauge("sluice_connections_open", "network connections", transport.connectionsOpen::sum);
    out.gauge("sluice_sessions_online", "clients that were let in", transport.sessionsOpen::sum);
    out.gauges(
        "sluice_clients",
        "clients that are there",
        "listener",
        "version",
        transport::onlineByListener);
    out.counter(
        "sluice_connections_spliced",
        "connections to a port of MQTT that were handed to the HTTPS server",
        transport.spliced::sum);
    out.counters(
        "sluice_connections_refused",
        "connections that were not let in",
        "reason",
        transport::refusedByReason);
    out.counters(
        "sluice_connections_closed",
        "connections of clients that have ended",
        "reason",
        transport::closedByReason);
    out.counters(
        "sluice_denied",
        "what policies and deny lists denied",
        "action",
        transport::deniedByAction);
    out.histogram(
        "sluice_loop_lag_seconds",
        "how late event loops did what was due",
        NANO,
        transport.loopLagNanos::snapshot,
        transport.loopLagNanos::sum);
  }

  private void messages(TransportCounters transport, DispatchCounters dispatch) {
    out.counters(
        "sluice_messages_received",
        "PUBLISH packets that came in",
        "qos",
        () ->
            Map.of(
                "0",
                transport.publishReceivedQos0.sum(),
                "1",
                transport.publishReceivedQos1.sum(),
                "2",
                transport.publishReceivedQos2.sum()));
    out.counters(
        "sluice_messages_sent",
        "PUBLISH packets that went out",
        "qos",
        () ->
            Map.of(
                "0",
                transport.publishSent(0),
                "1",
                transport.publishSent(1),
                "2",
                transport.publishSent(2)));
    out.counters(
        "sluice_messages_dropped",
        "messages that one receiver did not get",
        "reason",
        transport::droppedByReason);
    out.counter(
        "sluice_bytes_received", "payloads that came in, bytes", transport.bytesReceived::sum);
    out.counter("sluice_bytes_sent", "packets that went out, bytes", transport.bytesSent::sum);
    out.counters(
        "sluice_publications",
        "publications taken, and those that something durable listened to",
        "lane",
        () -> Map.of("all", dispatch.published.sum(), "durable", dispatch.durable.sum()));
    out.counter(
        "sluice_publications_refused",
        "publications that the store did not take",
        dispatch.refused::sum);
    out.counter(
        "sluice_publications_refused_full",
        "publications refused because an inbox is full",
        dispatch.refusedFull::sum);
    out.counter(
        "sluice_publications_unheard", "publications nobody listened to", dispatch.nobody::sum);
    out.counter(
        "sluice_publications_reserved_dropped",
        "publications to a reserved topic that no room owns",
        dispatch.droppedReserved::sum);
    out.counter(
        "sluice_publishers_paused",
        "times that a publisher was not read because its consumers are behind",
        transport.publishersPaused::sum);
    out.histogram(
        "sluice_land_seconds",
        "from a publication's arrival until it is on disk",
        NANO,
        transport.landNanos::snapshot,
        transport.landNanos::sum);
    out.histogram(
        "sluice_ingress_seconds",
        "from a logged publication's arrival until its effects were decided",
        MICRO,
        dispatch.ingressMicros::snapshot,
        dispatch.ingressMicros::sum);
  }

  private void sessions(Sessions sessions) {
    SessionCounters counters = sessions.counters();
    out.gauge(
        "sluice_subscriptions", "subscriptions in all", () -> sessions.subscriptions().size());
    out.gauge("sluice_retained_messages", "retained messages", () -> sessions.retained().count());
    out.counter(
        "sluice_retained_refused",
        "retained messages refused because there are too many",
        counters.retainedRefusedFull::sum);
    out.counter("sluice_inbox_appended", "messages put into inboxes", counters.inboxAppended::sum);
    out.counter(
        "sluice_inbox_acknowledged",
        "messages of inboxes acknowledged",
        counters.inboxAcknowledged::sum);
    out.counters(
        "sluice_inbox_dropped",
        "messages that a persistent session did not get",
        "reason",
        () ->
            Map.of(
                "full",
                counters.inboxDroppedFull.sum(),
                "oldest",
                counters.inboxDroppedOldest.sum(),
                "expired",
                counters.inboxDroppedExpired.sum()));
    out.counter("sluice_session_takeovers", "connections taken over", counters.takeovers::sum);
    out.counter("sluice_sessions_expired", "sessions that expired", counters.sessionsExpired::sum);
    out.counter("sluice_wills_published", "wills published", counters.willsPublished::sum);
    out.counters(
        "sluice_direct_messages",
        "messages for one client alone, by what became of them",
        "outcome",
        () ->
            Map.of(
                "delivered",
                counters.directDelivered.sum(),
                "failed",
                counters.directFailed.sum()));
    LastCensus census = new LastCensus(sessions);
    census.gauge("sluice_sessions_persistent", "persistent sessions", Census::sessions);
    census.gauge("sluice_sessions_offline", "of these, those that are offline", Census::offline);
    census.gauge("sluice_inbox_messages", "messages in all inboxes", Census::inboxMessages);
    census.gauge("sluice_inbox_messages_max", "messages in the fullest inbox", Census::inboxMax);
    census.gauge("sluice_inbox_bytes", "messages in all inboxes, bytes", Census::inboxBytes);
    census.gauge("sluice_wills", "wills on disk", Census::wills);
  }

  /**
   * The owners count their sessions for one scrape and the next shows it: a scrape must not wait
   * for them.
   */
  private final class LastCensus {
    private final Sessions sessions;
    private volatile CompletableFuture<Census> asked;
    private volatile Census last;

    LastCensus(Sessions sessions) {
      this.sessions = sessions;
      this.asked = sessions.census();
      this.last = new Census(0, 0, 0, 0, 0, 0);
    }

    void gauge(String name, String help, ToLongFunction<Census> field) {
      out.gauge(name, help, () -> field.applyAsLong(now()));
    }

    private Census now() {
      CompletableFuture<Census> asking = asked;
      if (asking.isDone()) {
        last = asking.isCompletedExceptionally() ? last : asking.join();
        asked = sessions.census();
      }
      return last;
    }
  }

  private void queues(GatewayStats stats, MqttServer mqtt, Supplier<Integer> ownersWaiting) {
    out.gauge(
        "sluice_ingress_backlog",
        "logged publications whose effects are not written yet",
        stats.conveyor()::backlog);
    out.gauge("sluice_loop_mailbox", "what waits for the event loops", () -> mqtt.mailboxes()[0]);
    out.gauge(
        "sluice_loop_mailbox_max",
        "what waits for the busiest event loop",
        () -> mqtt.mailboxes()[1]);
    out.gauge("sluice_owner_queue", "what waits for the owners of partitions", ownersWaiting::get);
  }

  private void store(Supplier<StoreFigures> store) {
    out.counter(
        "sluice_store_commits", "records of partitions written", () -> store.get().commits());
    out.counter("sluice_store_appends", "log records written", () -> store.get().appends());
    out.counter("sluice_store_bytes", "keys and values written", () -> store.get().bytes());
    out.counter(
        "sluice_store_overloaded",
        "appends refused because too many waited",
        () -> store.get().overloaded());
    out.histogram(
        "sluice_store_sync_seconds",
        "how long the disk took to keep what was written",
        NANO,
        () -> store.get().syncNanos(),
        () -> store.get().syncNanosSum());
    out.histogram(
        "sluice_store_sync_writes",
        "commits and appends that one sync made durable",
        1,
        () -> store.get().writesPerSync(),
        () -> store.get().writesSum());
  }

  private void shadows(ShadowCounters shadows) {
    out.counters(
        "sluice_shadow_requests",
        "requests to shadows",
        "kind",
        () ->
            Map.of(
                "read",
                shadows.reads.sum(),
                "update",
                shadows.updates.sum(),
                "delete",
                shadows.deletes.sum()));
    out.counters(
        "sluice_shadow_requests_rejected",
        "requests to shadows that were rejected",
        "code",
        () -> {
          Map<String, Long> codes = new TreeMap<>();
          shadows.rejectedByCode().forEach((code, count) -> codes.put(code.toString(), count));
          return codes;
        });
    out.counter(
        "sluice_shadow_wills_ignored",
        "wills to shadow topics, which shadows do not hear",
        shadows.willsIgnored::sum);
  }

  private void rules(Ledger ledger) {
    out.counters(
        "sluice_rule_messages",
        "what became of the messages that rules saw",
        "rule",
        "outcome",
        () -> {
          Map<String, Map<String, Long>> rows = new TreeMap<>();
          ledger
              .totals()
              .forEach(
                  (rule, sums) -> {
                    Map<String, Long> row = new TreeMap<>();
                    sums.forEach(
                        (entry, count) -> row.put(entry.name().toLowerCase(Locale.ROOT), count));
                    rows.put(rule, row);
                  });
          return rows;
        });
  }

  private void outbox(RuleBook book) {
    lanes(
        book,
        "sluice_outbox_messages",
        "messages that wait for an action that leaves the process",
        OutboxLaneView::messages);
    lanes(book, "sluice_outbox_bytes", "their bytes on disk", OutboxLaneView::bytes);
    lanes(
        book,
        "sluice_outbox_oldest_seconds",
        "how long the oldest of them waits",
        lane ->
            lane.oldestMillis() == 0
                ? 0
                : Math.max(0, System.currentTimeMillis() - lane.oldestMillis()) / 1000);
    lanes(
        book,
        "sluice_outbox_circuit_open",
        "1 when the destination failed so often in a row that it is tried seldom",
        lane -> lane.circuitOpen() ? 1 : 0);
  }

  private void lanes(
      RuleBook book, String name, String help, ToLongFunction<OutboxLaneView> value) {
    out.gauges(
        name,
        help,
        "rule",
        "action",
        () -> {
          Map<String, Map<String, Long>> rows = new TreeMap<>();
          book.outbox()
              .forEach(
                  lane ->
                      rows.computeIfAbsent(lane.rule(), rule -> new TreeMap<>())
                          .put(lane.action(), value.applyAsLong(lane)));
          return rows;
        });
  }
}
