package io.sluice.gateway;

import io.sluice.credentials.User;
import io.sluice.credentials.Users;
import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sluice users}: who may come in by a password, and what each may do. */
@Command(
    name = "users",
    description =
        "Users with a password, for CONNECT or SCRAM-SHA-256, and their policies. A running gateway"
            + " sees a change within two seconds.",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true)
final class UsersCommand implements Runnable {
  private static final String NAME = "The user's name, as clients say it in CONNECT.";

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }

  /** Where the users are. */
  static final class Place {
    @Option(
        names = "--data-dir",
        paramLabel = "DIR",
        description =
            "The gateway's data directory, which holds the file of users (default: sluice-data).")
    private Path directory = Path.of("sluice-data");

    private Users load() {
      if (!Files.isDirectory(directory)) {
        throw new Refusals.CommandFailed(
            "there is no data directory %s; start the gateway once, or name another with --data-dir"
                .formatted(directory));
      }
      return Users.load(directory);
    }
  }

  @Command(
      description =
          "Adds a user, or changes its password, which is asked for or read from"
              + " standard input. A user that is there keeps its policies unless some are named.",
      mixinStandardHelpOptions = true)
  int add(
      @Parameters(paramLabel = "NAME", description = NAME) String name,
      @Option(
              names = "--policy",
              paramLabel = "POLICY",
              description = "A policy of the registry; may be given several times.")
          List<String> policies,
      @Option(
              names = "--method",
              paramLabel = "METHOD",
              defaultValue = "both",
              description = "password (CONNECT), scram (SCRAM-SHA-256), or both.")
          String method,
      @Option(
              names = "--hash",
              description =
                  "What is read is not the password but its argon2id or bcrypt hash, as another"
                      + " program made it.")
          boolean hash,
      @Mixin Place place)
      throws IOException {
    Users users = place.load();
    User.Method how = method(method);
    User before = users.find(name);
    List<String> granted =
        policies != null ? policies : before == null ? List.of() : before.policies();
    char[] secret = secret(hash ? "Hash: " : "Password: ");
    try {
      users.put(
          hash
              ? User.hashed(name, new String(secret).strip(), granted)
              : User.of(name, secret, how, granted));
    } finally {
      Arrays.fill(secret, '\0');
    }
    if (granted.isEmpty()) {
      spec.commandLine()
          .getErr()
          .println(
              "user '%s' has no policy yet, so it may do nothing without a certificate; 'sluice users policies %s POLICY' gives it one"
                  .formatted(name, name));
    }
    return 0;
  }

  private static User.Method method(String word) {
    return switch (word) {
      case "password" -> User.Method.PASSWORD;
      case "scram" -> User.Method.SCRAM;
      case "both" -> User.Method.BOTH;
      default ->
          throw new GatewayConfig.ConfigRefused(
              "--method is '%s'; use password, scram or both".formatted(word));
    };
  }

  @Command(
      description = "Gives a user these policies and no others; none when none is named.",
      mixinStandardHelpOptions = true)
  int policies(
      @Parameters(paramLabel = "NAME", description = NAME) String name,
      @Parameters(
              paramLabel = "POLICY",
              arity = "0..*",
              index = "1..*",
              description = "Policies of the registry.")
          List<String> policies,
      @Mixin Place place) {
    Users users = place.load();
    User user = users.find(name);
    if (user == null) {
      throw nobody(name);
    }
    users.put(user.withPolicies(policies == null ? List.of() : policies));
    return 0;
  }

  @Command(
      description = "Prints each user with how it comes in and its policies.",
      mixinStandardHelpOptions = true)
  int list(@Mixin Place place) {
    Users users = place.load();
    for (String name : users.names()) {
      User user = users.find(name);
      if (user != null) {
        spec.commandLine()
            .getOut()
            .println(
                "%s\t%s\t%s"
                    .formatted(name, user.methods(), String.join(" ", user.policies()))
                    .strip());
      }
    }
    return 0;
  }

  @Command(
      description = "Removes a user; a connection that it has without a certificate ends.",
      mixinStandardHelpOptions = true)
  int remove(@Parameters(paramLabel = "NAME", description = NAME) String name, @Mixin Place place) {
    if (!place.load().remove(name)) {
      throw nobody(name);
    }
    return 0;
  }

  private static Refusals.CommandFailed nobody(String name) {
    return new Refusals.CommandFailed(
        "there is no user '%s'; 'sluice users list' names all".formatted(name));
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
  private static char[] secret(String prompt) throws IOException {
    Console console = System.console();
    char[] typed = console == null || !isTerminal(console) ? null : console.readPassword(prompt);
    if (typed != null) {
      return typed;
    }
    String line =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
    return line == null ? new char[0] : line.toCharArray();
  }
}
