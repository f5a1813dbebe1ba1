package io.sluice.sim;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code sim}: simulated fleets and load, a command of its own or a part of a larger one. */
@Command(
    name = "sim",
    description = "Simulates fleets of devices, and measures a broker under load.",
    mixinStandardHelpOptions = true,
    subcommands = {RunCommand.class, CheckCommand.class, BenchCommand.class})
public final class SimCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create(); // picocli puts the real one here

  /** Answers the exit code: 0 well, 1 failed, 2 wrong usage. */
  public static int execute(String... arguments) {
    return new CommandLine(new SimCommand()).execute(arguments);
  }

  /** Runs it as a program. */
  public static void main(String[] arguments) {
    System.exit(execute(arguments));
  }

  @Override
  public Integer call() {
    spec.commandLine().usage(spec.commandLine().getErr());
    return SimExit.WRONG;
  }
}
