package io.sluice.outbound;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.engine.Carrier;
import io.sluice.engine.Carrier.Delivery;
import io.sluice.engine.Carrier.Outcome;
import io.sluice.engine.Carrier.Output;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The actions {@code influxDB} and {@code timestream}, both as line protocol to the write API of
 * InfluxDB 2 and what speaks it. Source: AWS IoT Developer Guide, "InfluxDB", "Timestream".
 */
final class SeriesClient implements Client {
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final String REFERENCE = "@{";

  private final HttpCalls calls;
  private final OutboundSettings settings;

  SeriesClient(HttpCalls calls, OutboundSettings settings) {
    this.calls = calls;
    this.settings = settings;
  }

  @Override
  public String check(JsonNode fields) {
    for (JsonNode text : fields.path("tags")) {
      if (text.asText().contains(REFERENCE) && !text.asText().matches("@\\{[^{}]+}")) {
        return "a tag has '@{' beside other text; it must stand alone, as @{field}";
      }
    }
    return settings.credentials().check(fields);
  }

  @Override
  public Carrier.Batching batching(JsonNode fields) {
    JsonNode config = fields.path("batchConfig");
    return new Carrier.Batching(
        config.path("maxBatchSize").asInt(500),
        config.path("maxBatchSizeBytes").asInt(131_072),
        config.path("maxBatchOpenMs").asInt(0),
        true);
  }

  @Override
  public String group(JsonNode filled) {
    return filled.path("endpoint").asText() + " " + filled.path("databaseName").asText();
  }

  @Override
  public List<Outcome> carry(List<Delivery> deliveries) {
    StringBuilder lines = new StringBuilder();
    for (Delivery delivery : deliveries) {
      try {
        lines(delivery).forEach(line -> lines.append(line).append('\n'));
      } catch (LineProtocol.NoPoint wrong) {
        return deliveries.size() == 1
            ? List.of(new Outcome.Refused(wrong.sentence()))
            : alone(deliveries);
      }
    }
    Outcome outcome = write(deliveries.get(0), lines.toString());
    return outcome instanceof Outcome.Refused && deliveries.size() > 1
        ? alone(deliveries)
        : Client.all(deliveries, outcome);
  }

  /** One point that is not taken keeps no other out. */
  private List<Outcome> alone(List<Delivery> deliveries) {
    List<Outcome> outcomes = new ArrayList<>();
    Outcome later = null;
    for (Delivery delivery : deliveries) {
      Outcome outcome = later == null ? carry(delivery) : later;
      outcomes.add(outcome);
      later = outcome instanceof Outcome.Retry ? outcome : later; // nothing arrives behind it
    }
    return outcomes;
  }

  private static List<String> lines(Delivery delivery) throws LineProtocol.NoPoint {
    JsonNode tree;
    try {
      tree =
          delivery.output() == Output.JSON
              ? Items.EXACT.readTree(delivery.body())
              : Items.EXACT.missingNode();
    } catch (IOException notJson) {
      tree = Items.EXACT.missingNode();
    }
    List<String> lines = new ArrayList<>();
    for (JsonNode point : tree.isArray() ? tree : List.of(tree)) {
      if (!point.isObject()) {
        throw new LineProtocol.NoPoint("a point is a JSON object, and the message has none");
      }
      lines.add(
          delivery.kind().equals("timestream")
              ? ofTimestream(delivery, point)
              : ofInflux(delivery, point));
    }
    return lines;
  }

  private static String ofInflux(Delivery delivery, JsonNode point) throws LineProtocol.NoPoint {
    JsonNode timestamp = point.path("timestamp");
    if (!timestamp.isIntegralNumber()) {
      throw new LineProtocol.NoPoint("the point has no whole number in 'timestamp'");
    }
    Set<String> used = new HashSet<>(Set.of("timestamp"));
    Map<String, String> tags = new HashMap<>();
    delivery
        .fields()
        .path("tags")
        .properties()
        .forEach(tag -> tags.put(tag.getKey(), resolved(tag.getValue().asText(), point, used)));
    String table = resolved(delivery.fields().path("tableName").asText(), point, used);
    return LineProtocol.line(table, tags, point, used, timestamp.asText());
  }

  /** A text {@code @{field}} is the point's member, which then is no field. */
  private static String resolved(String text, JsonNode point, Set<String> used) {
    if (!text.startsWith(REFERENCE) || !text.endsWith("}")) {
      return text;
    }
    String name = text.substring(REFERENCE.length(), text.length() - 1);
    used.add(name);
    return point.path(name).asText("");
  }

  private static String ofTimestream(Delivery delivery, JsonNode point)
      throws LineProtocol.NoPoint {
    JsonNode fields = delivery.fields();
    Map<String, String> tags = new HashMap<>();
    fields
        .path("dimensions")
        .forEach(
            dimension ->
                tags.put(dimension.path("name").asText(), dimension.path("value").asText()));
    JsonNode timestamp = fields.path("timestamp");
    String time =
        timestamp.isObject()
            ? timestamp.path("value").asText()
            : String.valueOf(delivery.context().atMillis());
    if (!time.matches("[0-9]{1,19}")) {
      throw new LineProtocol.NoPoint("timestamp.value is no whole number");
    }
    return LineProtocol.line(fields.path("tableName").asText(), tags, point, Set.of(), time);
  }

  private static String precision(Delivery delivery) {
    JsonNode fields = delivery.fields();
    if (delivery.kind().equals("influxDB")) {
      return fields.path("timestampUnit").asText("ms");
    }
    return switch (fields.at("/timestamp/unit").asText("MILLISECONDS")) {
      case "SECONDS" -> "s";
      case "MICROSECONDS" -> "us";
      case "NANOSECONDS" -> "ns";
      default -> "ms";
    };
  }

  private Outcome write(Delivery delivery, String lines) {
    JsonNode fields = delivery.fields();
    try {
      String endpoint = fields.path("endpoint").asText();
      URI uri =
          HttpCalls.uri(
              "%s/api/v2/write?org=%s&bucket=%s&precision=%s"
                  .formatted(
                      endpoint.endsWith("/")
                          ? endpoint.substring(0, endpoint.length() - 1)
                          : endpoint,
                      URLEncoder.encode(
                          fields.path("organization").asText(""), StandardCharsets.UTF_8),
                      URLEncoder.encode(
                          fields.path("databaseName").asText(), StandardCharsets.UTF_8),
                      precision(delivery)));
      Map<String, String> headers = new HashMap<>();
      headers.put("content-type", "text/plain; charset=utf-8");
      Map<String, String> known = settings.credentials().of(fields).orElse(Map.of());
      if (known.containsKey("token")) {
        headers.put("authorization", "Token " + known.get("token"));
      }
      return calls.tryOnce(
          HttpCalls.basic(
              new HttpCalls.Request("POST", uri, headers, lines.getBytes(StandardCharsets.UTF_8)),
              known),
          LIMIT);
    } catch (HttpCalls.CallFailed failed) {
      return failed.outcome();
    }
  }

  @Override
  public Outcome carry(Delivery delivery) {
    return carry(List.of(delivery)).get(0);
  }
}
