package io.sluice.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sluice explain client}: all that a running gateway knows of one client. */
@Command(
    name = "client",
    description = {
      "Shows what a running gateway knows of a client: its connection or how the last one ended,",
      "what waits for it, what it has subscribed to, and what it was refused or denied lately.",
      "Exit code 0 when it is connected, 1 when it is not."
    },
    mixinStandardHelpOptions = true)
final class ExplainClient implements Callable<Integer> {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int SHOWN_MAX = 20;

  @Mixin private final ApiOptions api = new ApiOptions();

  @Parameters(paramLabel = "ID", description = "Client identifier.")
  private String client = "";

  @Option(names = "--json", description = "Prints JSON.")
  private boolean json;

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    ObjectNode answer =
        (ObjectNode)
            JSON.readTree(
                api.client()
                    .get("/sluice/explain/client", new TreeMap<>(Map.of("clientId", client))));
    answer.set("refused", refused());
    PrintWriter out = ExplainCommand.out(spec);
    if (json) {
      out.println(answer.toPrettyString());
    } else {
      print(out, answer);
    }
    out.flush();
    return answer.path("connected").asBoolean() ? 0 : 1;
  }

  private ArrayNode refused() throws IOException {
    ArrayNode own = JSON.createArrayNode();
    JSON.readTree(api.client().get("/sluice/connections/refused", new TreeMap<>()))
        .path("refused")
        .forEach(
            one -> {
              if (one.path("clientId").asText().equals(client)) {
                own.add(one);
              }
            });
    return own;
  }

  private static void print(PrintWriter out, JsonNode answer) {
    out.println("client " + Printable.of(answer.path("clientId").asText()));
    line(out, "connection", connection(answer));
    if (answer.path("known").asBoolean()) {
      line(out, "session", session(answer));
    }
    int shown = 0;
    for (JsonNode one : answer.path("subscriptions")) {
      if (shown++ < SHOWN_MAX) {
        line(
            out,
            "subscribed",
            "%s (QoS %d)".formatted(one.path("topicFilter").asText(), one.path("qos").asInt()));
      }
    }
    int count = answer.path("subscriptionCount").asInt();
    if (count > SHOWN_MAX) {
      line(out, "", "and %d more; --json lists them".formatted(count - SHOWN_MAX));
    }
    for (JsonNode one : answer.path("refused")) {
      line(
          out,
          "refused",
          "%s %s: %s"
              .formatted(
                  one.path("at").asText(),
                  one.path("reason").asText(),
                  one.path("explanation").asText()));
    }
    for (JsonNode one : answer.path("denials")) {
      line(out, "denied", one.path("at").asText() + " " + one.path("sentence").asText());
      for (JsonNode hint : one.path("whatWouldHaveToChange")) {
        line(out, "", "change: " + hint.asText());
      }
    }
  }

  private static String connection(JsonNode answer) {
    if (answer.path("connected").asBoolean()) {
      return "since %s from %s port %d, keep alive %d s%s"
          .formatted(
              Instant.ofEpochMilli(answer.path("connectedSince").asLong()),
              answer.path("sourceIp").asText("?"),
              answer.path("sourcePort").asInt(),
              answer.path("keepAliveDuration").asInt(),
              answer.has("thingName")
                  ? ", is thing '" + answer.path("thingName").asText() + "'"
                  : "");
    }
    if (answer.has("disconnectReason")) {
      return "none; the last one ended at %s: %s"
          .formatted(
              Instant.ofEpochMilli(answer.path("disconnectedSince").asLong()),
              answer.path("disconnectReason").asText());
    }
    return "none, and none that ended within the last half hour";
  }

  private static String session(JsonNode answer) {
    if (answer.path("cleanSession").asBoolean()) {
      return "ends with its connection";
    }
    JsonNode inbox = answer.path("inbox");
    long expiry = answer.path("sessionExpiry").asLong();
    long messages = inbox.path("messages").asLong();
    return "persistent, %s; %d %s (%d bytes) to be delivered"
        .formatted(
            expiry == 0xFFFF_FFFFL
                ? "does not expire"
                : "outlives its connection by %d s".formatted(expiry),
            messages,
            messages == 1 ? "message" : "messages",
            inbox.path("bytes").asLong());
  }

  private static void line(PrintWriter out, String what, String text) {
    out.printf("  %-11s %s%n", what, Printable.of(text));
  }
}
