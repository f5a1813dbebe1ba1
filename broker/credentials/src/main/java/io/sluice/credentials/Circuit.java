package io.sluice.credentials;

/** Leaves somebody alone for ten seconds who has failed five times in a row. Any thread. */
final class Circuit {
  private static final int FAILURES_MAX = 5;
  private static final long OPEN_MILLIS = 10_000;

  private int failures;
  private long closedUntilMillis;

  synchronized boolean isOpen(long nowMillis) {
    return nowMillis < closedUntilMillis;
  }

  synchronized void answered() {
    failures = 0;
  }

  synchronized void failed(long nowMillis) {
    failures++;
    if (failures >= FAILURES_MAX) {
      failures = 0;
      closedUntilMillis = nowMillis + OPEN_MILLIS;
    }
  }
}
