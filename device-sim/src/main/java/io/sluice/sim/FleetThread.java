package io.sluice.sim;

import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The real {@link FleetClock}. Its queue holds a handful of turns per device. */
final class FleetThread implements FleetClock, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FleetThread.class);

  private final ScheduledThreadPoolExecutor executor;

  FleetThread(String name) {
    executor =
        new ScheduledThreadPoolExecutor(
            1,
            turn -> {
              Thread thread = new Thread(turn, name);
              thread.setDaemon(true);
              return thread;
            },
            new ThreadPoolExecutor.DiscardPolicy());
    executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  @Override
  public long epochMillis() {
    return System.currentTimeMillis();
  }

  @Override
  public void execute(Runnable turn) {
    executor.execute(() -> run(turn));
  }

  @Override
  public void after(Duration delay, Runnable turn) {
    executor.schedule(() -> run(turn), delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  private static void run(Runnable turn) {
    try {
      turn.run();
    } catch (RuntimeException ours) { // one device's mistake must not end the others
      LOG.error("a turn of the simulated fleet failed", ours);
    }
  }

  @Override
  public void close() {
    executor.shutdownNow();
  }
}
