package io.sluice.gateway;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code sluice version}. */
@Command(name = "version", description = "Prints the version.", mixinStandardHelpOptions = true)
final class VersionCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    String version = VersionCommand.class.getPackage().getImplementationVersion();
    spec.commandLine()
        .getOut()
        .printf(
            "sluice %s, Java %s%n",
            version == null ? "development build" : version, System.getProperty("java.version"));
  }
}
