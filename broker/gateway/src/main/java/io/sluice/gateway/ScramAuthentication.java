package io.sluice.gateway;

import io.sluice.credentials.ScramExchange;
import io.sluice.credentials.Users;
import io.sluice.transport.EnhancedAuthentication;

/** SCRAM-SHA-256 as a method of enhanced authentication. */
record ScramAuthentication(Users users) implements EnhancedAuthentication {
  @Override
  public String method() {
    return ScramExchange.MECHANISM;
  }

  @Override
  public Exchange begin() {
    ScramExchange exchange = new ScramExchange(users);
    return data -> {
      ScramExchange.Outcome outcome = exchange.next(data);
      String failure = outcome.failure();
      if (failure != null) {
        return new Failure(failure);
      }
      String user = outcome.user();
      return user == null ? new Challenge(outcome.data()) : new Success(user, outcome.data());
    };
  }
}
