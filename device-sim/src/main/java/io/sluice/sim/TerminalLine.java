package io.sluice.sim;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * The line of progress: on a terminal one line that is rewritten, elsewhere a plain line every few
 * seconds, so that a log stays readable. Confined to one thread.
 */
final class TerminalLine {
  private static final Duration REWRITE_EVERY = Duration.ofMillis(200);
  private static final Duration LINE_EVERY = Duration.ofSeconds(5);
  private static final String CLEAR_LINE = "\r\033[K";

  private final PrintWriter out;
  private final boolean terminal;
  private final LongSupplier nanoTime;
  private long shownNanos;
  private boolean shown;

  TerminalLine(PrintWriter out, boolean terminal, LongSupplier nanoTime) {
    this.out = out;
    this.terminal = terminal;
    this.nanoTime = nanoTime;
    this.shownNanos = nanoTime.getAsLong();
  }

  /** Progress on standard error: standard output is for the result. */
  static TerminalLine onStandardError(PrintWriter err) {
    return new TerminalLine(err, isTerminal(2), System::nanoTime);
  }

  /** Shows it, unless something was shown just now. */
  void show(String line) {
    long now = nanoTime.getAsLong();
    Duration pause = terminal ? REWRITE_EVERY : LINE_EVERY;
    if (now - shownNanos < pause.toNanos()) {
      return;
    }
    shownNanos = now;
    shown = true;
    out.print(terminal ? CLEAR_LINE + line : line + System.lineSeparator());
    out.flush();
  }

  /** Clears the line: what follows stands alone. */
  void end() {
    if (terminal && shown) {
      out.print(CLEAR_LINE);
    }
    out.flush();
  }

  /**
   * Whether a file descriptor is a terminal that takes escape sequences. Not by {@code
   * System.console()}, which answers for input and output together, and since Java 22 also when
   * neither is a terminal.
   */
  static boolean isTerminal(int descriptor) {
    if ("dumb".equals(System.getenv("TERM"))) {
      return false;
    }
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)).toString();
      return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    } catch (IOException | UnsupportedOperationException notLinux) {
      return false; // plain lines can be read everywhere
    }
  }
}
