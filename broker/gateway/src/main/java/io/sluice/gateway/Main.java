package io.sluice.gateway;

import io.sluice.certs.CertsCommand;
import io.sluice.sim.SimCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;

/**
 * {@code sluice}: the command line. Exit codes: 0 success, 1 the thing asked for failed, 2 wrong
 * usage or configuration.
 */
@Command(
    name = "sluice",
    description =
        "A self-hosted IoT device gateway: MQTT, device shadows, SQL rules, durable queues, streams"
            + " and delivery.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      DemoCommand.class,
      StartCommand.class,
      CertsCommand.class,
      SimCommand.class,
      RulesCommand.class,
      LedgerCommand.class,
      ShadowCommand.class,
      ExplainCommand.class,
      CrashCommand.class,
      UsersCommand.class,
      VersionCommand.class,
      HelpCommand.class
    },
    footer = {
      "",
      "First steps: './sluice demo' shows everything at once; './sluice start --dev' runs a gateway"
          + " to play with."
    })
public final class Main implements Runnable {
  private Main() {}

  @Override
  public void run() {
    CommandLine.usage(this, System.out);
  }

  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  static CommandLine commandLine() {
    return new CommandLine(new Main())
        .setExecutionExceptionHandler(
            (failure, command, parsed) -> {
              command.getErr().println("sluice: " + Refusals.sentence(failure, command.getErr()));
              return Refusals.exitCode(failure);
            });
  }
}
