package io.sluice.gateway;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sluice.identity.Arns;
import io.sluice.identity.MalformedPolicyException;
import io.sluice.identity.PolicyLint;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sluice explain}: why a device may or may not come in or do something. */
@Command(
    name = "explain",
    description =
        "Explains what policies allow and deny, what was denied lately, and what rules did.",
    mixinStandardHelpOptions = true,
    subcommands = {
      ExplainCommand.Auth.class,
      ExplainCommand.Recent.class,
      ExplainCommand.PolicyFile.class,
      ExplainClient.class,
      ExplainConnections.class,
      ExplainRule.class
    },
    footer = {
      "",
      "'./sluice rules test --sql ... --topic ... --payload ...' explains a rule's statement."
    })
final class ExplainCommand implements Runnable {
  @Spec private @Nullable CommandSpec spec;

  @Override
  public void run() {
    if (spec != null) {
      spec.commandLine().usage(spec.commandLine().getOut());
    }
  }

  private static JsonNode json(String text) {
    try {
      return new ObjectMapper().readTree(text);
    } catch (JsonProcessingException notJson) {
      throw new Refusals.CommandFailed(
          "what answered is no Sluice gateway: its answer is no JSON; check --endpoint");
    }
  }

  private static void putHints(PrintWriter out, JsonNode of) {
    for (JsonNode hint : of.path("whatWouldHaveToChange")) {
      out.println("    change: " + Printable.of(hint.asText()));
    }
  }

  /** {@code sluice explain auth}. */
  @Command(
      name = "auth",
      description = {
        "Asks a running gateway what a client may do, and by which statement.",
        "Exit code 0 when all that was asked is allowed, 1 when something is denied."
      },
      mixinStandardHelpOptions = true)
  static final class Auth implements Callable<Integer> {
    @Mixin private final ApiOptions api = new ApiOptions();

    @Option(
        names = "--client",
        required = true,
        paramLabel = "ID",
        description = "Client identifier; the thing of that name says which certificate.")
    private String client = "";

    @Option(
        names = "--topic",
        paramLabel = "TOPIC",
        description = "Topic name, or topic filter for subscribe.")
    private @Nullable String topic;

    @Option(
        names = "--action",
        paramLabel = "ACTION",
        description =
            "connect, publish, retainpublish, subscribe or receive (default: all that fit).")
    private @Nullable String action;

    @Option(
        names = "--certificate",
        paramLabel = "ID",
        description = "Certificate id, when the client is no thing.")
    private @Nullable String certificate;

    @Option(names = "--json", description = "Prints JSON.")
    private boolean json;

    @Spec private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
      SortedMap<String, String> query = new TreeMap<>();
      query.put("clientId", client);
      if (topic != null) {
        query.put("topic", topic);
      }
      if (action != null) {
        query.put("action", action);
      }
      if (certificate != null) {
        query.put("certificateId", certificate);
      }
      JsonNode answer = json(api.client().get("/sluice/explain/auth", query));
      PrintWriter out = out(spec);
      boolean allowed = true;
      for (JsonNode principal : answer.path("principals")) {
        allowed &= principal.path("status").asText().equals("ACTIVE");
        for (JsonNode result : principal.path("results")) {
          allowed &= result.path("decision").asText().equals("ALLOWED");
        }
      }
      if (json) {
        out.println(answer.toPrettyString());
      } else {
        answer.path("principals").forEach(principal -> print(out, principal));
      }
      out.flush();
      return allowed ? 0 : 1;
    }

    private static void print(PrintWriter out, JsonNode principal) {
      out.printf(
          "certificate %s  %s  %s%n",
          principal.path("certificateId").asText(),
          principal.path("status").asText(),
          principal.path("thingName").isTextual()
              ? "is thing '" + principal.path("thingName").asText() + "'"
              : "is no thing");
      for (JsonNode result : principal.path("results")) {
        out.printf(
            "  %-14s %s%n",
            result.path("decision").asText(), Printable.of(result.path("sentence").asText()));
        putHints(out, result);
      }
    }
  }

  /** {@code sluice explain denials}. */
  @Command(
      name = "denials",
      description = "Shows what a running gateway denied lately, newest first, and why.",
      mixinStandardHelpOptions = true)
  static final class Recent implements Callable<Integer> {
    @Mixin private final ApiOptions api = new ApiOptions();

    @Option(names = "--client", paramLabel = "ID", description = "Of this client alone.")
    private @Nullable String client;

    @Option(
        names = "--max",
        paramLabel = "N",
        defaultValue = "20",
        description = "How many, 1 to 1000 (default: ${DEFAULT-VALUE}).")
    private int max = 20;

    @Option(names = "--json", description = "Prints JSON.")
    private boolean json;

    @Spec private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
      SortedMap<String, String> query = new TreeMap<>();
      query.put("maxResults", Integer.toString(max));
      if (client != null) {
        query.put("clientId", client);
      }
      JsonNode answer = json(api.client().get("/sluice/denials", query));
      PrintWriter out = out(spec);
      if (json) {
        out.println(answer.toPrettyString());
      } else {
        out.printf("%d denials since the start%n", answer.path("count").asLong());
        for (JsonNode denial : answer.path("denials")) {
          out.printf(
              "%s  client %s  certificate %s%n  %s%n",
              denial.path("at").asText(),
              Printable.of(denial.path("clientId").asText("-")),
              denial.path("certificateId").asText("-"),
              Printable.of(denial.path("sentence").asText()));
          putHints(out, denial);
        }
      }
      out.flush();
      return 0;
    }
  }

  /** {@code sluice explain policy}. */
  @Command(
      name = "policy",
      description = {
        "Reads a policy document, without a gateway, and warns of what its author will not have meant.",
        "Exit code 0 when there is nothing to say, 1 when there is, 2 when it is no policy."
      },
      mixinStandardHelpOptions = true)
  static final class PolicyFile implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", description = "The document, JSON.")
    private Path file = Path.of("policy.json");

    @Option(
        names = "--region",
        defaultValue = "local",
        description = "Region in the ARNs (default: ${DEFAULT-VALUE}).")
    private String region = "local";

    @Option(
        names = "--account",
        defaultValue = "000000000000",
        description = "Account in the ARNs (default: ${DEFAULT-VALUE}).")
    private String account = "000000000000";

    @Spec private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
      List<PolicyLint.Warning> warnings;
      try {
        warnings = PolicyLint.of(Files.readString(file), new Arns(region, account));
      } catch (IOException unreadable) {
        throw new Refusals.CommandFailed(
            "%s cannot be read (%s); check the path".formatted(file, unreadable.getMessage()));
      } catch (MalformedPolicyException malformed) {
        out(spec).println("malformed  " + malformed.getMessage());
        out(spec).flush();
        return 2;
      }
      PrintWriter out = out(spec);
      warnings.forEach(warning -> out.printf("%-30s %s%n", warning.code(), warning));
      if (warnings.isEmpty()) {
        out.println("nothing to say");
      }
      out.flush();
      return warnings.isEmpty() ? 0 : 1;
    }
  }

  /** Where a command writes what was asked for. */
  static PrintWriter out(@Nullable CommandSpec spec) {
    return spec == null
        ? new PrintWriter(System.out, true, StandardCharsets.UTF_8)
        : spec.commandLine().getOut();
  }
}
