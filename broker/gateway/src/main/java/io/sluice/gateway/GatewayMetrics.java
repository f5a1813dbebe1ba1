package io.sluice.gateway;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import java.util.concurrent.atomic.LongAdder;

/**
 * Binds the rooms' counters to {@code /metrics}. The rooms count; this only names what they
 * counted.
 */
final class GatewayMetrics {
  private GatewayMetrics() {}

  static void bind(MeterRegistry meters, GatewayStats stats) {
    gauge(meters, "sluice.connections.open", stats.transport().connectionsOpen);
    gauge(meters, "sluice.sessions.online", stats.transport().sessionsOpen);
    counter(meters, "sluice.messages.received", "qos", "0", stats.transport().publishReceivedQos0);
    counter(meters, "sluice.messages.received", "qos", "1", stats.transport().publishReceivedQos1);
    counter(meters, "sluice.messages.received", "qos", "2", stats.transport().publishReceivedQos2);
    counter(meters, "sluice.messages.sent", stats.transport().publishSent);
    counter(meters, "sluice.bytes.received", stats.transport().bytesReceived);
    counter(meters, "sluice.bytes.sent", stats.transport().bytesSent);
    counter(meters, "sluice.publications", "lane", "all", stats.dispatch().published);
    counter(meters, "sluice.publications", "lane", "durable", stats.dispatch().durable);
    counter(meters, "sluice.publications.refused", stats.dispatch().refused);
    counter(meters, "sluice.publications.reserved.dropped", stats.dispatch().droppedReserved);
    counter(meters, "sluice.inbox.appended", stats.sessions().counters().inboxAppended);
    counter(meters, "sluice.inbox.acknowledged", stats.sessions().counters().inboxAcknowledged);
    counter(
        meters,
        "sluice.inbox.dropped",
        "reason",
        "full",
        stats.sessions().counters().inboxDroppedFull);
    counter(
        meters,
        "sluice.inbox.dropped",
        "reason",
        "expired",
        stats.sessions().counters().inboxDroppedExpired);
    counter(meters, "sluice.session.takeovers", stats.sessions().counters().takeovers);
    counter(meters, "sluice.shadow.requests", "kind", "read", stats.shadows().reads);
    counter(meters, "sluice.shadow.requests", "kind", "update", stats.shadows().updates);
    counter(meters, "sluice.shadow.requests", "kind", "delete", stats.shadows().deletes);
    counter(meters, "sluice.shadow.wills.ignored", stats.shadows().willsIgnored);
    FunctionCounter.builder(
            "sluice.shadow.requests.rejected",
            stats.shadows(),
            s -> s.rejectedByCode().values().stream().mapToLong(Long::longValue).sum())
        .register(meters);
    Gauge.builder("sluice.ingress.backlog", stats.conveyor(), c -> c.backlog())
        .description("logged publications whose effects are not written yet")
        .register(meters);
    Gauge.builder("sluice.retained.messages", stats.sessions(), s -> s.retained().count())
        .register(meters);
    Gauge.builder("sluice.subscriptions", stats.sessions(), s -> s.subscriptions().size())
        .register(meters);
    new JvmMemoryMetrics().bindTo(meters);
    new ProcessorMetrics().bindTo(meters);
    JvmGcMetrics gc = new JvmGcMetrics(); // lives as long as the process
    gc.bindTo(meters);
  }

  private static void gauge(MeterRegistry meters, String name, LongAdder value) {
    Gauge.builder(name, value, LongAdder::sum).register(meters);
  }

  private static void counter(MeterRegistry meters, String name, LongAdder value) {
    FunctionCounter.builder(name, value, LongAdder::sum).register(meters);
  }

  private static void counter(
      MeterRegistry meters, String name, String tag, String tagValue, LongAdder value) {
    FunctionCounter.builder(name, value, LongAdder::sum).tag(tag, tagValue).register(meters);
  }
}
