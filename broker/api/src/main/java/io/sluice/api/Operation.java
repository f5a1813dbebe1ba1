package io.sluice.api;

import java.util.concurrent.CompletableFuture;

/**
 * One thing that callers can ask for.
 *
 * @param name as in the service model, {@code CreateQueue}
 * @param access what role the caller needs
 * @param supported false: its code only refuses
 */
record Operation(String name, Family family, Access access, boolean supported, Code code) {

  /** Whether an operation leaves everything as it was. */
  enum Access {
    READ,
    WRITE
  }

  /**
   * Does it. Runs on an event loop, so it must not block; what it throws is answered as an error.
   */
  @FunctionalInterface
  interface Code {
    CompletableFuture<Reply> call(Call call);
  }

  static Operation read(Family family, String name, Code code) {
    return new Operation(name, family, Access.READ, true, code);
  }

  static Operation write(Family family, String name, Code code) {
    return new Operation(name, family, Access.WRITE, true, code);
  }

  /** An operation of the service that this gateway does not have; it says so to whoever may ask. */
  static Operation unsupported(Family family, String name) {
    return unsupported(family, name, "docs/conformance/http-api.md lists what is");
  }

  /** The same, with what to use instead. */
  static Operation unsupported(Family family, String name, String instead) {
    String text = "%s is not supported by this gateway; %s".formatted(name, instead);
    return new Operation(
        name,
        family,
        Access.READ,
        false,
        call -> {
          throw family.unsupported(text);
        });
  }
}
