package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.slf4j.LoggerFactory;

/**
 * Collects what the server or Netty log as a mistake of ours: an exception on an event loop ends
 * there, and would not be seen otherwise.
 */
final class ErrorWatch extends AppenderBase<ILoggingEvent> {
  private static final ErrorWatch INSTANCE = new ErrorWatch();
  private final Queue<String> errors = new ConcurrentLinkedQueue<>();

  static synchronized void install() {
    if (!INSTANCE.isStarted()) {
      INSTANCE.start();
      ((Logger) LoggerFactory.getLogger("io.sluice")).addAppender(INSTANCE);
      ((Logger) LoggerFactory.getLogger("io.netty")).addAppender(INSTANCE);
    }
    INSTANCE.errors.clear();
  }

  static void assertNoErrors() {
    assertThat(INSTANCE.errors).as("mistakes in the log").isEmpty();
  }

  @Override
  protected void append(ILoggingEvent event) {
    boolean ours = event.getLoggerName().startsWith("io.sluice");
    if (event.getLevel().isGreaterOrEqual(ours ? Level.ERROR : Level.WARN)) {
      String cause =
          event.getThrowableProxy() == null
              ? ""
              : ": %s: %s"
                  .formatted(
                      event.getThrowableProxy().getClassName(),
                      event.getThrowableProxy().getMessage());
      errors.add(event.getFormattedMessage() + cause);
    }
  }
}
