package io.sluice.certs;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The command line of this room; stands alone, or as a subcommand of another. Exit codes: 0
 * success, 1 what was asked for failed, 2 wrong usage.
 */
@Command(
    name = "certs",
    description =
        "Makes a certificate authority and the certificates of gateway and devices; renews and revokes them.",
    mixinStandardHelpOptions = true,
    subcommands = {
      InitCommand.class,
      ServerCommand.class,
      DeviceCommand.class,
      DevicesCommand.class,
      SignCommand.class,
      IntermediateCommand.class,
      RenewCommand.class,
      RevokeCommand.class,
      CrlCommand.class,
      ShowCommand.class
    })
public final class CertsCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create(); // picocli puts the real one here

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "certs: name a subcommand, such as init");
  }

  public static void main(String[] args) {
    System.exit(new CommandLine(new CertsCommand()).execute(args));
  }
}
