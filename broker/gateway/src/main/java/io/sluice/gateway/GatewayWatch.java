package io.sluice.gateway;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.sluice.dispatch.PublishPath;
import io.sluice.message.Origin;
import io.sluice.message.Publication;
import io.sluice.message.PublishProperties;
import io.sluice.message.QoS;
import io.sluice.message.Stamps;
import io.sluice.message.TopicName;
import io.sluice.outbound.OutboundSettings;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What rules watch, in this gateway's own means: metrics that {@code /metrics} shows, alarms as
 * retained messages on {@code sluice/alarms/NAME}, lines of the log.
 */
final class GatewayWatch implements OutboundSettings.Watch {
  private static final Logger LOG = LoggerFactory.getLogger("rules");
  private static final int METRICS_MAX = 1_000;
  private static final int LINE_CHARACTERS_MAX = 8_192;
  private static final String ALARMS = "sluice/alarms/";

  private final Map<String, Map<String, Double>> metrics = new ConcurrentHashMap<>();
  private volatile @Nullable PublishPath path;
  private volatile @Nullable Stamps stamps;

  /** Told once, before the partitions start. */
  void know(PublishPath publishPath, Stamps clock) {
    this.path = publishPath;
    this.stamps = clock;
  }

  /** Metrics by name and unit, in thousandths. Any thread. */
  Map<String, Map<String, Double>> metrics() {
    return new TreeMap<>(metrics);
  }

  @Override
  public boolean metric(String namespace, String name, String unit, double value) {
    String full = namespace.isEmpty() ? name : namespace + "/" + name;
    if (!metrics.containsKey(full) && metrics.size() >= METRICS_MAX) {
      return false;
    }
    metrics.put(full, Map.of(unit, value));
    return true;
  }

  @Override
  public void alarm(String name, String state, String reason) {
    PublishPath out = path;
    Stamps clock = stamps;
    if (out == null || clock == null) {
      throw new IllegalStateException("not told where alarms go");
    }
    byte[] body =
        JsonNodeFactory.instance
            .objectNode()
            .put("alarmName", name)
            .put("stateValue", state)
            .put("stateReason", reason)
            .toString()
            .getBytes(StandardCharsets.UTF_8);
    Origin origin = new Origin(null, null, null, Origin.Kind.GATEWAY, 0);
    out.publish(
            new Publication(
                TopicName.of(ALARMS + name),
                body,
                QoS.AT_LEAST_ONCE,
                true,
                PublishProperties.NONE,
                origin,
                clock.next()),
            null)
        .join(); // on a worker of the outbox: the alarm is on disk, or the try has failed
  }

  @Override
  public void log(String group, String text) {
    String line = text.replaceAll("[\\p{Cntrl}]", " ");
    LOG.info(
        "{}: {}",
        group.replaceAll("[\\p{Cntrl}]", " "),
        line.length() <= LINE_CHARACTERS_MAX ? line : line.substring(0, LINE_CHARACTERS_MAX));
  }
}
