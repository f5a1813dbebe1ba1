package io.sluice.transport;

import org.jspecify.annotations.Nullable;

/**
 * One exchange of enhanced authentication, with a bound on how often it may go to and fro. Event
 * loop only.
 */
final class AuthenticationTalk {
  private static final int ANSWERS_MAX = 8;

  private final EnhancedAuthentication.Exchange exchange;
  private int answers;

  AuthenticationTalk(EnhancedAuthentication authentication, @Nullable String sourceIp) {
    this.exchange = authentication.begin(sourceIp == null ? "" : sourceIp);
  }

  EnhancedAuthentication.Step next(byte[] data) {
    return ++answers > ANSWERS_MAX
        ? new EnhancedAuthentication.Failure(
            "the exchange has more than %d steps".formatted(ANSWERS_MAX))
        : exchange.next(data);
  }
}
