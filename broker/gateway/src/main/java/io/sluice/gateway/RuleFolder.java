package io.sluice.gateway;

import io.sluice.engine.RuleBook;
import io.sluice.engine.RuleFiles;
import io.sluice.store.Clock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The folder whose files are rules, looked through every second by a thread of its own. */
final class RuleFolder implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RuleFolder.class);
  private static final int SCAN_MILLIS = 1_000;

  private final @Nullable RuleFiles files;
  private final @Nullable ScheduledExecutorService scanner;

  private RuleFolder(@Nullable RuleFiles files, @Nullable ScheduledExecutorService scanner) {
    this.files = files;
    this.scanner = scanner;
  }

  /**
   * Applies the files of the setting {@code rules-dir}, and goes on to look whether they change.
   * Without the setting there is nothing to do.
   *
   * @throws GatewayConfig.ConfigRefused when the folder cannot be read
   */
  static RuleFolder open(GatewayConfig config, RuleBook rules) {
    String directory = config.text(Setting.RULES_DIR);
    if (directory.isEmpty()) {
      return new RuleFolder(null, null);
    }
    if (!Files.isDirectory(Path.of(directory))) {
      throw new GatewayConfig.ConfigRefused(
          "key 'rules-dir': '%s' is no folder; make it, or name another".formatted(directory));
    }
    RuleFiles files = new RuleFiles(Path.of(directory), rules, Clock.SYSTEM);
    try {
      files.scan(); // before a listener is open: what comes first is for them too
    } catch (IOException unreadable) {
      throw new GatewayConfig.ConfigRefused(
          "key 'rules-dir': '%s' cannot be read: %s".formatted(directory, unreadable.getMessage()));
    }
    ScheduledExecutorService scanner =
        Executors.newSingleThreadScheduledExecutor(
            work -> {
              Thread thread = new Thread(work, "rule-files");
              thread.setDaemon(true);
              return thread;
            });
    scanner.scheduleWithFixedDelay(
        () -> scan(files), SCAN_MILLIS, SCAN_MILLIS, TimeUnit.MILLISECONDS);
    return new RuleFolder(files, scanner);
  }

  /** A scan that fails is tried again; what was in force stays. */
  private static void scan(RuleFiles files) {
    try {
      files.scan();
    } catch (IOException | RuntimeException failed) {
      LOG.warn("the rules' folder could not be looked through: {}", failed.toString());
    }
  }

  /** Why files are not in force, by the names of their rules. Any thread. */
  Map<String, String> problems() {
    return files == null ? Map.of() : files.problems();
  }

  @Override
  public void close() {
    if (scanner != null) {
      scanner.shutdownNow();
    }
  }
}
