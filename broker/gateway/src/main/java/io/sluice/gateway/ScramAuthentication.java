package io.sluice.gateway;

import io.sluice.credentials.FailedLogins;
import io.sluice.credentials.ScramExchange;
import io.sluice.credentials.Users;
import io.sluice.transport.EnhancedAuthentication;

/**
 * SCRAM-SHA-256 as a method of enhanced authentication.
 *
 * @param failures whoever guesses is turned away before his proof is looked at
 */
record ScramAuthentication(Users users, FailedLogins failures) implements EnhancedAuthentication {
  @Override
  public String method() {
    return ScramExchange.MECHANISM;
  }

  @Override
  public Exchange begin(String sourceIp) {
    ScramExchange exchange = new ScramExchange(users);
    return data -> {
      if (!failures.mayTry(sourceIp)) {
        return new Failure("too many wrong passwords came from this address; wait a minute");
      }
      ScramExchange.Outcome outcome = exchange.next(data);
      String failure = outcome.failure();
      if (failure != null) {
        failures.failed(sourceIp);
        return new Failure(failure);
      }
      String user = outcome.user();
      return user == null ? new Challenge(outcome.data()) : new Success(user, outcome.data());
    };
  }
}
