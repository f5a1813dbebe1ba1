package io.sluice.store;

/**
 * A bounded queue of the store is full; the caller refuses its peer or tries later. Costs no stack
 * trace.
 */
public final class Overloaded extends RuntimeException {
  public Overloaded(String message) {
    super(message, null, false, false);
  }
}
