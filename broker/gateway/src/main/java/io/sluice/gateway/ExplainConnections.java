package io.sluice.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sluice explain connections}: the clients that were not let in. */
@Command(
    name = "connections",
    description = "Shows the last clients that a running gateway did not let in, and why.",
    mixinStandardHelpOptions = true)
final class ExplainConnections implements Callable<Integer> {
  @Mixin private final ApiOptions api = new ApiOptions();

  @Option(names = "--client", paramLabel = "ID", description = "Of this client identifier alone.")
  private @Nullable String client;

  @Option(names = "--json", description = "Prints JSON.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    JsonNode answer =
        new ObjectMapper()
            .readTree(api.client().get("/sluice/connections/refused", new TreeMap<>()));
    PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    if (json) {
      out.println(answer.toPrettyString());
      return 0;
    }
    for (JsonNode one : answer.path("refused")) {
      String id = one.path("clientId").asText();
      if (client == null || client.equals(id)) {
        out.printf(
            "%s  %s on %s%s%n  %s: %s%n",
            one.path("at").asText(),
            one.path("address").asText(),
            one.path("listener").asText(),
            id.isEmpty() ? "" : ", client " + id,
            one.path("reason").asText(),
            one.path("explanation").asText());
      }
    }
    return 0;
  }
}
