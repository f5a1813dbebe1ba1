package io.sluice.outbound;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.engine.Carrier.Delivery;
import io.sluice.engine.Carrier.Outcome;
import io.sluice.engine.Carrier.Output;
import io.sluice.sql.LookupFailed;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * The {@code lambda} action: an asynchronous Invoke, signed, at the action's endpoint; without one
 * the HTTP endpoint that the file of lookups gives the function. Source: AWS Lambda API Reference,
 * "Invoke".
 */
final class FunctionDeliveries implements Client {
  private static final Duration LIMIT = Duration.ofSeconds(10);

  private final HttpCalls calls;
  private final OutboundSettings settings;

  FunctionDeliveries(HttpCalls calls, OutboundSettings settings) {
    this.calls = calls;
    this.settings = settings;
  }

  @Override
  public String check(JsonNode fields) {
    String function = fields.path("functionArn").asText();
    boolean elsewhere = fields.has("endpoint");
    if (!elsewhere && !function.contains("${") && !settings.functions().has(function)) {
      return "function '%s' has no endpoint: give the action one in 'endpoint', or the function one in the file of lookups"
          .formatted(function);
    }
    return settings.credentials().check(fields);
  }

  @Override
  public Outcome carry(Delivery delivery) {
    String function = delivery.fields().path("functionArn").asText();
    if (delivery.output() != Output.JSON) {
      return new Outcome.Refused("a function takes JSON, and the message is none");
    }
    return delivery.fields().has("endpoint")
        ? invoke(delivery, function)
        : ofLookups(function, delivery.body());
  }

  private Outcome ofLookups(String function, byte[] json) {
    if (!settings.functions().has(function)) {
      return new Outcome.Refused("function '%s' has no endpoint".formatted(function));
    }
    try {
      settings.functions().invoke(function, json);
      return Outcome.DELIVERED;
    } catch (LookupFailed failed) {
      return new Outcome.Retry(String.valueOf(failed.getMessage()));
    }
  }

  private Outcome invoke(Delivery delivery, String function) {
    JsonNode fields = delivery.fields();
    if (!function.matches("[A-Za-z0-9:_$.-]{1,170}")) { // goes into the path, signed as it is
      return new Outcome.Refused("functionArn has a character that a function's name cannot have");
    }
    try {
      String base = fields.path("endpoint").asText();
      URI uri =
          HttpCalls.uri(
              (base.endsWith("/") ? base.substring(0, base.length() - 1) : base)
                  + "/2015-03-31/functions/"
                  + function
                  + "/invocations");
      Map<String, String> headers = new HashMap<>();
      headers.put("content-type", "application/json");
      headers.put("x-amz-invocation-type", "Event");
      HttpCalls.Request request = new HttpCalls.Request("POST", uri, headers, delivery.body());
      Map<String, String> credentials = settings.credentials().of(fields).orElse(null);
      return calls.tryOnce(
          credentials == null
              ? request
              : Signing.sign(
                  request, credentials, "lambda", fields.path("region").asText(settings.region())),
          LIMIT);
    } catch (HttpCalls.CallFailed failed) {
      return failed.outcome();
    }
  }
}
