package io.sluice.sim;

import io.sluice.certs.CertsRefused;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** Exit codes: 0 it went well, 1 what was asked for failed, 2 it was asked for wrongly. */
final class SimExit {
  static final int WELL = 0;
  static final int FAILED = 1;
  static final int WRONG = 2;

  private SimExit() {}

  /** Runs a command; an expected refusal becomes one sentence and its code, ours keep the trace. */
  static int of(CommandSpec spec, Callable<Integer> command) throws Exception {
    try {
      return command.call();
    } catch (ScenarioInvalid | CertsRefused | WrongUsage wrong) {
      return say(spec, wrong, WRONG);
    } catch (BenchFailed failed) {
      return say(spec, failed, FAILED);
    }
  }

  private static int say(CommandSpec spec, Exception refusal, int code) {
    CommandLine line = spec.commandLine();
    line.getErr().println(spec.qualifiedName() + ": " + refusal.getMessage());
    line.getErr().flush();
    return code;
  }

  /** A command that was given something it cannot work with. */
  static final class WrongUsage extends RuntimeException {
    WrongUsage(String message) {
      super(message);
    }
  }

  /** A measurement that could not be made; the message says what was found and what to do. */
  static final class BenchFailed extends RuntimeException {
    BenchFailed(String message) {
      super(message);
    }
  }
}
