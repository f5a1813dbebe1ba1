package io.sluice.gateway;

import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** {@code sluice start}: runs the gateway until SIGTERM or SIGINT. */
@Command(
    name = "start",
    description = {
      "Runs the gateway. It is ready when it prints a line that begins with SLUICE READY.",
      "Every setting is a flag, a key of sluice.yaml and an environment variable SLUICE_KEY; a flag wins over the environment, "
          + "the environment over the file."
    },
    modelTransformer = StartCommand.Flags.class,
    mixinStandardHelpOptions = true)
final class StartCommand implements Callable<Integer> {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "Settings (default: sluice.yaml, when that is there).")
  private @Nullable Path config;

  @Spec private @Nullable CommandSpec spec;

  /** Adds a flag for every setting, so that no list is kept twice. */
  static final class Flags implements CommandLine.IModelTransformer {
    @Override
    public CommandSpec transform(CommandSpec spec) {
      for (Setting setting : Setting.values()) {
        OptionSpec.Builder option =
            OptionSpec.builder("--" + setting.key()).description(describe(setting));
        if (setting.kind() == Setting.Kind.FLAG) {
          option.type(String.class).arity("0..1").fallbackValue("true").paramLabel("true|false");
        } else {
          option.type(String.class).arity("1").paramLabel(setting.kind().label());
        }
        spec.addOption(option.build());
      }
      return spec;
    }

    private static String describe(Setting setting) {
      return "%s (default: %s; %s)"
          .formatted(setting.description(), setting.absent(), setting.variable());
    }
  }

  @Override
  public Integer call() throws InterruptedException {
    GatewayConfig settings = GatewayConfig.load(config, System.getenv(), flags());
    Gateway gateway = Gateway.start(settings);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  gateway.close();
                  Runtime.getRuntime()
                      .halt(
                          0); // SIGTERM is a wish, not a failure: without this the exit code would
                  // be 143
                },
                "shutdown"));
    System.out.println(gateway.readyLine());
    System.out.flush();
    new CountDownLatch(1).await(); // until the process is told to end
    return 0;
  }

  private Map<Setting, String> flags() {
    Map<Setting, String> flags = new EnumMap<>(Setting.class);
    ParseResult parsed = spec == null ? null : spec.commandLine().getParseResult();
    if (parsed != null) {
      for (Setting setting : Setting.values()) {
        String value = parsed.matchedOptionValue("--" + setting.key(), null);
        if (value != null) {
          flags.put(setting, value);
        }
      }
    }
    return flags;
  }
}
