package io.sluice.store;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A main method in a process of its own, which a test may kill. */
final class ChildJvm {
  private final Process process;
  private final BufferedReader out;

  private ChildJvm(Process process) {
    this.process = process;
    this.out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  static ChildJvm start(Class<?> main, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of("-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto", "-cp"));
    command.add(System.getProperty("java.class.path"));
    command.add(main.getName());
    command.addAll(List.of(arguments));
    return new ChildJvm(
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start());
  }

  /** All complete lines up to the end of the process; a last one without its end is dropped. */
  List<String> lines() throws IOException {
    return lines(() -> {});
  }

  /** Like {@link #lines()}; calls {@code onFirst} when the first is there. */
  List<String> lines(Runnable onFirst) throws IOException {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (int c = out.read(); c >= 0; c = out.read()) {
      if (c == '\n') {
        lines.add(line.toString());
        line.setLength(0);
        if (lines.size() == 1) {
          onFirst.run();
        }
      } else {
        line.append((char) c);
      }
    }
    return lines;
  }

  void kill() {
    process.toHandle().destroyForcibly(); // SIGKILL; Process's own would also close what we read
  }

  int waitFor() throws InterruptedException {
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IllegalStateException("the child process did not end");
    }
    return process.exitValue();
  }
}
