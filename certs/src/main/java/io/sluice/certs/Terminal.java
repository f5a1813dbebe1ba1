package io.sluice.certs;

import java.io.Console;

/** Whether a person is looking. */
final class Terminal {
  private static final int ALWAYS_A_CONSOLE = 22; // since then it may stand for a pipe

  private Terminal() {}

  @SuppressWarnings("SystemConsoleNull") // asked on 17 to 21 only, where null is the answer
  static boolean isPresent() {
    Console console = System.console();
    if (console == null || Runtime.version().feature() < ALWAYS_A_CONSOLE) {
      return console != null;
    }
    try {
      return (boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (ReflectiveOperationException e) {
      return false; // no progress line is the harmless answer
    }
  }
}
