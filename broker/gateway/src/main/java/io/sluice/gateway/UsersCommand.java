package io.sluice.gateway;

import io.sluice.identity.ScramUser;
import io.sluice.identity.ScramUsers;
import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code sluice users}: who may authenticate with SCRAM-SHA-256. */
@Command(
    name = "users",
    description =
        "Users of SCRAM-SHA-256 (MQTT 5). A running gateway sees a change within two seconds.",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true)
final class UsersCommand implements Runnable {
  @Override
  public void run() {
    picocli.CommandLine.usage(this, System.out);
  }

  private static ScramUsers load(Path directory) {
    if (!Files.isDirectory(directory)) {
      throw new Refusals.CommandFailed(
          "there is no data directory %s; start the gateway once, or name another with --data-dir"
              .formatted(directory));
    }
    return ScramUsers.load(directory);
  }

  @Command(
      description =
          "Adds a user, or changes its password, which is asked for or read from"
              + " standard input.",
      mixinStandardHelpOptions = true)
  int add(
      @Parameters(paramLabel = "NAME") String name,
      @Option(names = "--data-dir", paramLabel = "DIR", defaultValue = "sluice-data")
          Path directory)
      throws IOException {
    ScramUsers users = load(directory);
    char[] password = password();
    try {
      users.put(ScramUser.of(name, password));
    } finally {
      Arrays.fill(password, '\0');
    }
    return 0;
  }

  @Command(description = "Prints the names.", mixinStandardHelpOptions = true)
  int list(
      @Option(names = "--data-dir", paramLabel = "DIR", defaultValue = "sluice-data")
          Path directory) {
    load(directory).names().forEach(System.out::println);
    return 0;
  }

  @Command(
      description = "Removes a user; who is connected stays so.",
      mixinStandardHelpOptions = true)
  int remove(
      @Parameters(paramLabel = "NAME") String name,
      @Option(names = "--data-dir", paramLabel = "DIR", defaultValue = "sluice-data")
          Path directory) {
    if (!load(directory).remove(name)) {
      throw new Refusals.CommandFailed(
          "there is no user '%s'; 'sluice users list' names all".formatted(name));
    }
    return 0;
  }

  /** Java 17 has a console only at a terminal, Java 22 always, and then it can say so. */
  private static boolean isTerminal(Console console) {
    try {
      return (boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (ReflectiveOperationException older) {
      return true;
    }
  }

  @SuppressWarnings("SystemConsoleNull") // see isTerminal
  private static char[] password() throws IOException {
    Console console = System.console();
    char[] typed =
        console == null || !isTerminal(console) ? null : console.readPassword("Password: ");
    if (typed != null) {
      return typed;
    }
    String line =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
    return line == null ? new char[0] : line.toCharArray();
  }
}
