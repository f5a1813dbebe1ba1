package io.sluice.outbound;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.engine.Carrier.Delivery;
import io.sluice.engine.Carrier.Outcome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/**
 * The actions {@code cloudwatchMetric}, {@code cloudwatchAlarm} and {@code cloudwatchLogs}, in the
 * gateway's own means: its metrics, a topic of alarms, its log. Source: AWS IoT Developer Guide,
 * "CloudWatch metrics", "CloudWatch alarms", "CloudWatch Logs".
 */
final class WatchClient implements Client {
  private static final Set<String> STATES = Set.of("OK", "ALARM", "INSUFFICIENT_DATA");
  private static final int NAME_MAX = 256;

  private final OutboundSettings.Watch watch;

  WatchClient(OutboundSettings.Watch watch) {
    this.watch = watch;
  }

  @Override
  public Outcome carry(Delivery delivery) {
    JsonNode fields = delivery.fields();
    String problem =
        switch (delivery.kind()) {
          case "cloudwatchMetric" -> metric(fields);
          case "cloudwatchAlarm" -> alarm(fields);
          default -> log(fields, delivery);
        };
    return problem.isEmpty() ? Outcome.DELIVERED : new Outcome.Refused(problem);
  }

  private String metric(JsonNode fields) {
    String name = fields.path("metricName").asText();
    String namespace = fields.path("metricNamespace").asText();
    double value;
    try {
      value = Double.parseDouble(fields.path("metricValue").asText());
    } catch (NumberFormatException notNumber) {
      return "metricValue is no number";
    }
    if (name.isEmpty() || name.length() > NAME_MAX || namespace.length() > NAME_MAX) {
      return "metricName is empty, or a name is longer than %d".formatted(NAME_MAX);
    }
    return watch.metric(namespace, name, fields.path("metricUnit").asText(), value)
        ? ""
        : "there are too many metrics already";
  }

  private String alarm(JsonNode fields) {
    String state = fields.path("stateValue").asText();
    String name = fields.path("alarmName").asText();
    if (!STATES.contains(state)) {
      return "stateValue must be one of OK, ALARM, INSUFFICIENT_DATA";
    }
    if (!name.matches("[^/+#\u0000]{1,256}")) {
      return "alarmName must be 1 to 256 characters without '/', '+' and '#', for it is a level of a topic";
    }
    watch.alarm(name, state, fields.path("stateReason").asText());
    return "";
  }

  private String log(JsonNode fields, Delivery delivery) {
    String group = fields.path("logGroupName").asText();
    if (!fields.path("batchMode").asBoolean()) {
      watch.log(group, new String(delivery.body(), StandardCharsets.UTF_8));
      return "";
    }
    try {
      JsonNode entries = Items.EXACT.readTree(delivery.body());
      if (!entries.isArray()) {
        return "batchMode needs an array of {timestamp, message}";
      }
      entries.forEach(entry -> watch.log(group, entry.path("message").asText(entry.toString())));
      return "";
    } catch (IOException notJson) {
      return "batchMode needs an array of {timestamp, message}";
    }
  }
}
