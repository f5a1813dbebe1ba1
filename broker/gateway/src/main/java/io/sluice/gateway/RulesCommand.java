package io.sluice.gateway;

import io.sluice.sql.CasesRunner;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sluice rules}: tools for rule authors. */
@Command(
    name = "rules",
    description = "Tools for rule authors.",
    mixinStandardHelpOptions = true,
    subcommands = RulesCommand.Test.class)
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
            "JSON lines, one case each; '-' reads standard input. docs/guides/rules-sql.md shows the fields.")
    private @Nullable String cases;

    @Option(names = "--sql", paramLabel = "SQL", description = "One statement.")
    private @Nullable String sql;

    @Option(
        names = "--topic",
        paramLabel = "TOPIC",
        description = "The topic of the message for --sql.")
    private @Nullable String topic;

    @Option(
        names = "--payload",
        paramLabel = "TEXT",
        description = "The payload of the message for --sql.")
    private String payload = "{}";

    @Option(
        names = "--sql-version",
        paramLabel = "VERSION",
        description = "awsIotSqlVersion (default: ${DEFAULT-VALUE}).",
        defaultValue = "2016-03-23")
    private String version = "2016-03-23";

    @Spec private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
      if (cases != null) {
        return CasesRunner.run(cases, System.in, System.out, System.err);
      }
      if (sql == null || topic == null) {
        throw new CommandLine.ParameterException(
            spec == null ? new CommandLine(this) : spec.commandLine(),
            "give --cases FILE, or --sql and --topic (and --payload)");
      }
      return DryRun.print(sql, version, topic, payload, System.out);
    }
  }
}
