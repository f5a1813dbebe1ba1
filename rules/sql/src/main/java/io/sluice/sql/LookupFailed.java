package io.sluice.sql;

/**
 * A {@link Lookups} call gave no answer: the thing is missing, the peer is down, the answer is no
 * JSON, time is up.
 */
public final class LookupFailed extends RuntimeException {
  /** Names the resource and the reason, without secrets or payloads. */
  public LookupFailed(String reason) {
    super(reason, null, false, false);
  }

  String reason() {
    String message = getMessage();
    return message == null ? "no reason given" : message;
  }
}
