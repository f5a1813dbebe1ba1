package io.sluice.outbound;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sluice.engine.Carrier;
import io.sluice.engine.Carrier.Delivery;
import io.sluice.engine.Carrier.Outcome;
import io.sluice.engine.Carrier.Output;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The actions {@code openSearch} and {@code elasticsearch}: documents by their identifiers, many in
 * a call of the bulk API. Source: AWS IoT Developer Guide, "OpenSearch"; OpenSearch, "Bulk".
 */
final class SearchClient implements Client {
  private static final Carrier.Batching BATCHES = new Carrier.Batching(200, 2 << 20, 0, false);
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final int ANSWER_BYTES_MAX =
      4 << 20; // it says of every document what became of it

  private final HttpCalls calls;
  private final OutboundSettings settings;

  SearchClient(HttpCalls calls, OutboundSettings settings) {
    this.calls = calls;
    this.settings = settings;
  }

  @Override
  public String check(JsonNode fields) {
    return settings.credentials().check(fields);
  }

  @Override
  public Carrier.Batching batching(JsonNode fields) {
    return BATCHES;
  }

  @Override
  public String group(JsonNode filled) {
    return filled.path("endpoint").asText();
  }

  @Override
  public List<Outcome> carry(List<Delivery> deliveries) {
    List<Outcome> outcomes =
        new ArrayList<>(Collections.nCopies(deliveries.size(), Outcome.DELIVERED));
    List<Integer> sent = new ArrayList<>();
    ByteArrayOutputStream lines = new ByteArrayOutputStream();
    for (int i = 0; i < deliveries.size(); i++) {
      Delivery delivery = deliveries.get(i);
      if (isObject(delivery)) {
        sent.add(i);
        lines.writeBytes(head(delivery.fields()));
        lines.write('\n');
        lines.writeBytes(delivery.body());
        lines.write('\n');
      } else {
        outcomes.set(
            i, new Outcome.Refused("a document is a JSON object, and the message is none"));
      }
    }
    if (sent.isEmpty()) {
      return outcomes;
    }
    try {
      HttpCalls.Response answer = bulk(deliveries.get(0).fields(), lines.toByteArray());
      judge(answer, sent, outcomes);
    } catch (HttpCalls.CallFailed failed) {
      sent.forEach(i -> outcomes.set(i, failed.outcome()));
    }
    return outcomes;
  }

  private static boolean isObject(Delivery delivery) {
    byte[] body = delivery.body();
    return delivery.output() == Output.JSON && body.length > 0 && body[0] == '{';
  }

  private static byte[] head(JsonNode fields) {
    ObjectNode head = JsonNodeFactory.instance.objectNode();
    head.putObject("index")
        .put("_index", fields.path("index").asText())
        .put("_id", fields.path("id").asText());
    return head.toString().getBytes(StandardCharsets.UTF_8);
  }

  private HttpCalls.Response bulk(JsonNode fields, byte[] lines) throws HttpCalls.CallFailed {
    String endpoint = fields.path("endpoint").asText();
    URI uri =
        HttpCalls.uri(
            (endpoint.endsWith("/") ? endpoint.substring(0, endpoint.length() - 1) : endpoint)
                + "/_bulk");
    Map<String, String> headers = new HashMap<>();
    headers.put("content-type", "application/x-ndjson");
    Map<String, String> known = settings.credentials().of(fields).orElse(Map.of());
    HttpCalls.Request request =
        HttpCalls.basic(new HttpCalls.Request("POST", uri, headers, lines), known);
    return calls.call(
        known.containsKey("accessKeyId")
            ? Signing.sign(request, known, "es", fields.path("region").asText(settings.region()))
            : request,
        LIMIT,
        ANSWER_BYTES_MAX);
  }

  private static void judge(HttpCalls.Response answer, List<Integer> sent, List<Outcome> outcomes) {
    Outcome whole = HttpCalls.judge(answer.status());
    if (whole != Outcome.DELIVERED) {
      sent.forEach(i -> outcomes.set(i, whole));
      return;
    }
    JsonNode items;
    try {
      items = Items.EXACT.readTree(answer.body()).path("items");
    } catch (IOException notJson) {
      items = JsonNodeFactory.instance.arrayNode();
    }
    for (int at = 0; at < sent.size(); at++) {
      int status = items.path(at).path("index").path("status").asInt(0);
      outcomes.set(
          sent.get(at),
          status == 0
              ? new Outcome.Retry("the answer says nothing of the document")
              : HttpCalls.judge(status));
    }
  }

  @Override
  public Outcome carry(Delivery delivery) {
    return carry(List.of(delivery)).get(0);
  }
}
