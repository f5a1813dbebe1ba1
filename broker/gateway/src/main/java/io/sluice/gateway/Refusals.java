package io.sluice.gateway;

import io.sluice.store.DataDirectoryRefused;
import io.sluice.store.StoreFailed;
import io.sluice.transport.MqttServer;
import java.io.PrintWriter;
import java.util.concurrent.CompletionException;

/**
 * What an operator reads when something cannot be done: one sentence, no stack trace for what is
 * not our mistake.
 */
final class Refusals {
  private static final int FAILED = 1;
  private static final int WRONG_CONFIGURATION = 2;

  private Refusals() {}

  /**
   * Says it.
   *
   * @param err gets the stack trace of a mistake of ours
   */
  static String sentence(Throwable failure, PrintWriter err) {
    Throwable cause = unwrap(failure);
    if (isOperators(cause) && cause.getMessage() != null) {
      return cause.getMessage();
    }
    cause.printStackTrace(err); // whoever reports it needs the trace
    return "failed: " + cause;
  }

  static int exitCode(Throwable failure) {
    Throwable cause = unwrap(failure);
    return isOperators(cause)
            && !(cause instanceof StoreFailed)
            && !(cause instanceof CommandFailed)
        ? WRONG_CONFIGURATION
        : FAILED;
  }

  private static boolean isOperators(Throwable cause) {
    return cause instanceof GatewayConfig.ConfigRefused
        || cause instanceof DataDirectoryRefused
        || cause instanceof StoreFailed
        || cause instanceof MqttServer.ListenRefused
        || cause instanceof CommandFailed
        || cause instanceof io.sluice.credentials.UsersRefused
        || cause instanceof io.sluice.certs.CertsRefused
        || cause instanceof IllegalStateException
            && cause.getMessage() != null
            && cause.getMessage().startsWith("HTTP ");
  }

  private static Throwable unwrap(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }

  /** What was asked for could not be done; the sentence says what to do. */
  static final class CommandFailed extends RuntimeException {
    CommandFailed(String message) {
      super(message, null, false, false);
    }
  }
}
