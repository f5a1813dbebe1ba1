package io.sluice.outbound;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.engine.Carrier;
import io.sluice.engine.Carrier.Outcome;
import io.sluice.engine.RuleDestinations;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The {@code http} action. Source: AWS IoT Developer Guide, "HTTP" and "HTTP action batching".
 * Unlike there a message is not given up after three tries: the outbox keeps it.
 */
final class HttpClient implements Client {
  /** For the whole of a try, as there. */
  private static final Duration LIMIT = Duration.ofSeconds(3);

  private static final int BATCH_MESSAGES = 10;
  private static final int BATCH_BYTES = 5_120;
  private static final int BATCH_OPEN_MILLIS = 20;
  private static final String DELIVERY_ID = "x-sluice-delivery";

  private final HttpCalls calls;
  private final OutboundSettings settings;
  private final RuleDestinations destinations;

  HttpClient(HttpCalls calls, OutboundSettings settings, RuleDestinations destinations) {
    this.calls = calls;
    this.settings = settings;
    this.destinations = destinations;
  }

  @Override
  public String check(JsonNode fields) {
    String url = fields.path("url").asText();
    int template = url.indexOf("${");
    String confirmation = fields.path("confirmationUrl").asText("");
    if (template >= 0 && confirmation.isEmpty() && settings.confirmed()) {
      return "url has a template, so confirmationUrl must name the part of it that is confirmed";
    }
    if (!confirmation.isEmpty()
        && !(template < 0 ? url : url.substring(0, template)).startsWith(confirmation)) {
      return "confirmationUrl must be what url begins with";
    }
    if (template < 0) {
      try {
        HttpCalls.uri(url);
      } catch (HttpCalls.CallFailed wrong) {
        return ((Outcome.Refused) wrong.outcome()).reason();
      }
    } else if (!url.startsWith("https://") && !url.startsWith("http://")) {
      return "url must begin with https://";
    }
    for (JsonNode header : fields.path("headers")) {
      String problem = HttpCalls.headerProblem(header.path("key").asText());
      if (!problem.isEmpty()) {
        return problem;
      }
    }
    if (fields.has("batchConfig") && !fields.path("enableBatching").asBoolean()) {
      return "batchConfig needs enableBatching: true";
    }
    JsonNode token = fields.at("/auth/token");
    String unknown = settings.credentials().check(token);
    if (!unknown.isEmpty()) {
      return unknown;
    }
    return fields.at("/auth/sigv4").isObject()
            && settings.credentials().of(signer(fields)).isEmpty()
        ? "auth.sigv4 needs credentials: name some in 'credentials', or put some named 'default' into the credentials file"
        : "";
  }

  private static JsonNode signer(JsonNode fields) {
    return fields.hasNonNull("credentials") ? fields : fields.at("/auth/sigv4");
  }

  @Override
  public Carrier.Batching batching(JsonNode fields) {
    JsonNode config = fields.path("batchConfig");
    return fields.path("enableBatching").asBoolean()
        ? new Carrier.Batching(
            config.path("maxBatchSize").asInt(BATCH_MESSAGES),
            config.path("maxBatchSizeBytes").asInt(BATCH_BYTES),
            config.path("maxBatchOpenMs").asInt(BATCH_OPEN_MILLIS),
            true)
        : Carrier.Batching.ALONE;
  }

  @Override
  public String group(JsonNode filled) {
    return filled.path("url").asText();
  }

  @Override
  public List<Outcome> carry(List<Carrier.Delivery> deliveries) {
    Carrier.Delivery last = deliveries.get(deliveries.size() - 1);
    if (!last.fields().path("enableBatching").asBoolean()) {
      return Client.super.carry(deliveries);
    }
    for (Carrier.Delivery delivery : deliveries) {
      if (delivery.output() != Carrier.Output.JSON) {
        return Client.all(
            deliveries, new Outcome.Refused("a batch of HTTP takes JSON, and a message is none"));
      }
    }
    return Client.all(deliveries, send(last, deliveries.get(0), array(deliveries)));
  }

  private static byte[] array(List<Carrier.Delivery> deliveries) {
    ByteArrayOutputStream array = new ByteArrayOutputStream();
    for (Carrier.Delivery delivery : deliveries) {
      array.write(array.size() == 0 ? '[' : ',');
      array.writeBytes(delivery.body());
    }
    array.write(']');
    return array.toByteArray();
  }

  @Override
  public Outcome carry(Carrier.Delivery delivery) {
    return send(delivery, delivery, delivery.body());
  }

  /**
   * @param delivery whose fields count: of a batch the last
   * @param named whose identifier names the call: of a batch the first
   */
  private Outcome send(Carrier.Delivery delivery, Carrier.Delivery named, byte[] body) {
    JsonNode fields = delivery.fields();
    try {
      URI uri = HttpCalls.uri(fields.path("url").asText());
      if (settings.confirmed()) {
        RuleDestinations.Status status = destinations.status(uri);
        if (status != RuleDestinations.Status.ENABLED) {
          return unconfirmed(uri, status);
        }
      }
      Map<String, String> headers = new LinkedHashMap<>();
      headers.put(
          "content-type",
          delivery.output() == Carrier.Output.JSON
              ? "application/json"
              : "application/octet-stream");
      headers.put(DELIVERY_ID, named.id().toString());
      fields
          .path("headers")
          .forEach(
              header ->
                  headers.put(
                      header.path("key").asText().toLowerCase(Locale.ROOT),
                      header.path("value").asText()));
      HttpCalls.Request request = new HttpCalls.Request("POST", uri, headers, body);
      return calls.tryOnce(authorized(request, fields), LIMIT);
    } catch (HttpCalls.CallFailed failed) {
      return failed.outcome();
    }
  }

  private static Outcome unconfirmed(URI uri, RuleDestinations.Status status) {
    return status == RuleDestinations.Status.IN_PROGRESS
        ? new Outcome.Retry(
            "the destination of host '%s' is not confirmed yet; confirm it with the token that it was sent"
                .formatted(uri.getHost()))
        : new Outcome.Refused(
            "no confirmed destination covers this url of host '%s'; create one with CreateTopicRuleDestination and confirm it"
                .formatted(uri.getHost()));
  }

  private HttpCalls.Request authorized(HttpCalls.Request request, JsonNode fields)
      throws HttpCalls.CallFailed {
    JsonNode sigv4 = fields.at("/auth/sigv4");
    JsonNode token = fields.at("/auth/token");
    if (sigv4.isObject()) {
      return Signing.sign(
          request,
          known(signer(fields)),
          sigv4.path("serviceName").asText(),
          sigv4.path("signingRegion").asText());
    }
    if (token.isObject()) {
      Map<String, String> headers = new LinkedHashMap<>(request.headers());
      headers.put("authorization", "Bearer " + known(token).getOrDefault("token", ""));
      return new HttpCalls.Request(request.method(), request.uri(), headers, request.body());
    }
    return request;
  }

  private Map<String, String> known(JsonNode fields) throws HttpCalls.CallFailed {
    return settings
        .credentials()
        .of(fields)
        .orElseThrow(
            () ->
                new HttpCalls.CallFailed(
                    new Outcome.Retry("its credentials are not in the credentials file")));
  }
}
