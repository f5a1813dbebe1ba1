package io.sluice.transport;

/**
 * One exchange of enhanced authentication, with a bound on how often it may go to and fro. Event
 * loop only.
 */
final class AuthenticationTalk {
  private static final int ANSWERS_MAX = 8;

  private final EnhancedAuthentication.Exchange exchange;
  private int answers;

  AuthenticationTalk(EnhancedAuthentication authentication) {
    this.exchange = authentication.begin();
  }

  EnhancedAuthentication.Step next(byte[] data) {
    return ++answers > ANSWERS_MAX
        ? new EnhancedAuthentication.Failure(
            "the exchange has more than %d steps".formatted(ANSWERS_MAX))
        : exchange.next(data);
  }
}
