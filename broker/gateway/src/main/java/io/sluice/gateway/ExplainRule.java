package io.sluice.gateway;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sluice explain rule}: why a rule did or did not fire. */
@Command(
    name = "rule",
    description = {
      "Shows what a rule of a running gateway did lately, and why; the newest first.",
      "A sample: the first five messages of each second, the last hundred of them."
    },
    mixinStandardHelpOptions = true)
final class ExplainRule implements Callable<Integer> {
  @Mixin private final ApiOptions api = new ApiOptions();

  @Parameters(paramLabel = "NAME", description = "The rule.")
  private String name = "";

  @Option(
      names = "--last",
      paramLabel = "N",
      defaultValue = "20",
      description = "How many messages, 1 to 100 (default: ${DEFAULT-VALUE}).")
  private int last = 20;

  @Option(names = "--json", description = "Prints JSON.")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    String path = "/sluice/rules/%s/recent".formatted(AdminClient.escape(name));
    JsonNode answer =
        new ObjectMapper()
            .readTree(api.client().get(path, new TreeMap<>(Map.of("max", String.valueOf(last)))));
    PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    if (json) {
      out.println(answer.toPrettyString());
      return 0;
    }
    out.printf(
        "rule %s, %s, FROM %s%n",
        name,
        answer.path("inForce").asBoolean() ? "in force" : "not in force",
        answer.path("from").asText("(none)"));
    for (String problem : new String[] {"problem", "fileProblem"}) {
      if (answer.has(problem)) {
        out.printf("  not as it should be: %s%n", answer.path(problem).asText());
      }
    }
    if (answer.path("recent").isEmpty()) {
      out.println("  no message lately: does a topic match FROM? './sluice ledger' has the sums");
    }
    for (JsonNode one : answer.path("recent")) {
      out.printf(
          "%s  %-17s %s%s%n",
          one.path("at").asText(),
          one.path("outcome").asText().toLowerCase(java.util.Locale.ROOT).replace('_', ' '),
          one.path("topic").asText(),
          one.path("clientId").isTextual() ? ", client " + one.path("clientId").asText() : "");
      for (JsonNode reason : one.path("reasons")) {
        out.println("    " + reason.asText());
      }
    }
    return 0;
  }
}
