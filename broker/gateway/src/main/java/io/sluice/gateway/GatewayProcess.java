package io.sluice.gateway;

import io.sluice.sim.CrashTarget;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A gateway in a process of its own, with this process's class path and flags, that can be killed
 * and started again on the same data. What it prints goes to {@code gateway.log} beside the data.
 * For one thread.
 */
final class GatewayProcess implements CrashTarget {
  private static final int KILLED = 128 + 9;
  private static final int KILL_SECONDS_MAX = 10;

  private final Path folder;
  private final int mqttPort;
  private @Nullable Process process;
  private @Nullable CrashQueue queue;
  private volatile int httpPort;

  /**
   * @param folder of the campaign: {@code data/} and {@code gateway.log} are in it
   */
  GatewayProcess(Path folder, int mqttPort) {
    this.folder = folder;
    this.mqttPort = mqttPort;
  }

  @Override
  public CompletableFuture<Void> start() {
    CompletableFuture<Void> ready = new CompletableFuture<>();
    try {
      Process started = new ProcessBuilder(command()).redirectErrorStream(true).start();
      process = started;
      Thread reader = new Thread(() -> read(started, ready), "gateway-output");
      reader.setDaemon(true);
      reader.start();
    } catch (IOException noProcess) {
      throw new UncheckedIOException(noProcess);
    }
    return ready.thenRun(this::prepareQueue);
  }

  private List<String> command() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      if (flag.startsWith("--") || flag.startsWith("-XX:+Use") || flag.startsWith("-Dio.netty")) {
        command.add(flag); // what the launcher needs on this Java; not a debugger, not a recording
      }
    }
    command.addAll(
        List.of(
            "-Xmx512m",
            "-XX:+ExitOnOutOfMemoryError",
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName(),
            "start",
            "--dev",
            "--host",
            "127.0.0.1",
            "--data-dir",
            folder.resolve("data").toString(),
            "--mqtt-port",
            Integer.toString(mqttPort)));
    for (String listener : List.of("mqtts", "ws", "wss", "http", "https")) {
      command.addAll(List.of("--" + listener + "-port", "0"));
    }
    return command;
  }

  /** On a thread of its own, until the process ends. */
  private void read(Process started, CompletableFuture<Void> ready) {
    Path log = folder.resolve("gateway.log");
    try (BufferedReader out =
        new BufferedReader(
            new InputStreamReader(started.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        Files.writeString(log, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        if (line.startsWith("SLUICE READY")) {
          httpPort = port(line, "http");
          ready.complete(null);
        }
      }
    } catch (IOException killed) {
      // its end of the pipe is gone: so is the process
    }
    ready.completeExceptionally(
        new IllegalStateException("it ended before it was ready; %s says why".formatted(log)));
  }

  static int port(String ready, String listener) {
    String field = "\"" + listener + "\":";
    int from = ready.indexOf(field) + field.length();
    return Integer.parseInt(ready.substring(from).split("[,}]", 2)[0]);
  }

  /** The queue and its rule are made once; they survive like everything else. */
  private void prepareQueue() {
    if (queue == null) {
      CrashQueue made = new CrashQueue();
      made.create(httpPort);
      queue = made;
    }
  }

  @Override
  public void kill() {
    Process running = process;
    if (running == null) {
      return;
    }
    boolean alive = running.isAlive();
    running.destroyForcibly();
    try {
      if (!running.waitFor(KILL_SECONDS_MAX, TimeUnit.SECONDS)) {
        throw new Refusals.CommandFailed(
            "process %d does not end on SIGKILL; end it by hand".formatted(running.pid()));
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new Refusals.CommandFailed("interrupted");
    }
    if (!alive && running.exitValue() != KILLED) {
      throw new IllegalStateException(
          "the gateway had ended by itself, with exit code %d; %s says why"
              .formatted(running.exitValue(), folder.resolve("gateway.log")));
    }
  }

  @Override
  public Optional<List<String>> collect() {
    CrashQueue made = queue;
    return made == null ? Optional.empty() : Optional.of(made.collect(httpPort));
  }
}
