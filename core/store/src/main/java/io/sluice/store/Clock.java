package io.sluice.store;

/** The time. Real in production, moved by hand in tests and simulations. */
@FunctionalInterface
public interface Clock {
  /** The machine's clock. */
  Clock SYSTEM = System::currentTimeMillis;

  /** Milliseconds since the epoch. Any thread. */
  long millis();
}
