package io.sluice.gateway;

import io.sluice.engine.Rule;
import io.sluice.engine.RuleTrial;
import io.sluice.sql.CasesRunner;
import io.sluice.sql.SqlVersion;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sluice rules}: tools for rule authors. */
@Command(
    name = "rules",
    description = "Tools for rule authors.",
    mixinStandardHelpOptions = true,
    subcommands = {RulesCommand.Test.class, RulesReplay.class})
final class RulesCommand implements Runnable {
  @Spec private @Nullable CommandSpec spec;

  @Override
  public void run() {
    if (spec != null) {
      spec.commandLine().usage(System.out);
    }
  }

  /** {@code sluice rules test}. */
  @Command(
      name = "test",
      description =
          "Runs statements over messages and prints what they would select, without a gateway.",
      mixinStandardHelpOptions = true)
  static final class Test implements Callable<Integer> {
    @Option(
        names = "--cases",
        paramLabel = "FILE",
        description =
            "JSON lines, one case each; '-' reads standard input. docs/guides/rules-sql.md shows"
                + " the fields.")
    private @Nullable String cases;

    @Parameters(
        arity = "0..*",
        paramLabel = "SUITE",
        description = "Suites of cases, *.cases.yaml: runs them and shows where they differ.")
    private List<Path> suites = List.of();

    @Option(names = "--sql", paramLabel = "SQL", description = "One statement.")
    private @Nullable String sql;

    @Option(
        names = "--rule",
        paramLabel = "FILE",
        description = "A rule's file instead of --sql: then also shows what its actions would do.")
    private @Nullable Path rule;

    @Option(names = "--topic", paramLabel = "TOPIC", description = "The topic of the message.")
    private @Nullable String topic;

    @Option(names = "--payload", paramLabel = "TEXT", description = "The payload of the message.")
    private String payload = "{}";

    @Option(
        names = "--payload-base64",
        paramLabel = "BASE64",
        description = "The payload, when it is no text.")
    private @Nullable String payloadBase64;

    @Option(names = "--client-id", paramLabel = "ID", description = "Who published it.")
    private @Nullable String clientId;

    @Option(
        names = "--sql-version",
        paramLabel = "VERSION",
        description = "awsIotSqlVersion (default: ${DEFAULT-VALUE}).",
        defaultValue = "2016-03-23")
    private String version = "2016-03-23";

    @Option(names = "--json", description = "Prints JSON.")
    private boolean json;

    @Spec private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
      if (cases != null) {
        return CasesRunner.run(cases, System.in, System.out, System.err);
      }
      if (!suites.isEmpty()) {
        int worst = 0;
        for (Path suite : suites) {
          worst = Math.max(worst, CaseSuite.run(suite, System.out));
        }
        return worst;
      }
      if ((sql == null) == (rule == null) || topic == null) {
        throw new CommandLine.ParameterException(
            spec == null ? new CommandLine(this) : spec.commandLine(),
            "give a SUITE, or --cases FILE, or --sql or --rule with --topic (and --payload)");
      }
      SqlVersion known =
          SqlVersion.of(version)
              .orElseThrow(
                  () ->
                      new GatewayConfig.ConfigRefused(
                          "unknown SQL version '%s'; use one of %s"
                              .formatted(version, SqlVersion.names())));
      Rule tried =
          rule != null
              ? CaseSuite.rule(rule, known)
              : RuleTrial.parse("draft", String.valueOf(sql), known);
      byte[] bytes =
          payloadBase64 != null ? decoded(payloadBase64) : payload.getBytes(StandardCharsets.UTF_8);
      return DryRun.print(tried, topic, bytes, clientId, json, System.out);
    }

    private static byte[] decoded(String base64) {
      try {
        return Base64.getDecoder().decode(base64);
      } catch (IllegalArgumentException notBase64) {
        throw new GatewayConfig.ConfigRefused("--payload-base64 is not base64");
      }
    }
  }
}
