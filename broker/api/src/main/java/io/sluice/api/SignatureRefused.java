package io.sluice.api;

/** A request that did not prove who sent it. A peer's mistake: it costs no stack trace. */
final class SignatureRefused extends RuntimeException {

  /** Why; each protocol has its own names for these. */
  enum Fault {
    MISSING,
    INCOMPLETE,
    UNKNOWN_KEY,
    MISMATCH,
    EXPIRED
  }

  private final Fault fault;

  SignatureRefused(Fault fault, String message) {
    super(message, null, false, false);
    this.fault = fault;
  }

  Fault fault() {
    return fault;
  }

  @Override
  public String getMessage() {
    String message = super.getMessage();
    return message == null ? fault.name() : message;
  }
}
