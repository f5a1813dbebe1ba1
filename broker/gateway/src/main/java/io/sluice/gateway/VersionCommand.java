package io.sluice.gateway;

import picocli.CommandLine.Command;

/** {@code sluice version}. */
@Command(name = "version", description = "Prints the version.", mixinStandardHelpOptions = true)
final class VersionCommand implements Runnable {
  @Override
  public void run() {
    String version = VersionCommand.class.getPackage().getImplementationVersion();
    System.out.printf(
        "sluice %s, Java %s%n",
        version == null ? "development build" : version, System.getProperty("java.version"));
  }
}
