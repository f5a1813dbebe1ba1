package io.sluice.api;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An authenticated request on its way to its room.
 *
 * @param operation its name in the service model
 * @param body as it came
 * @param input the body's members; empty where the protocol has none
 * @param path REST: the variables of the path, decoded; else empty
 * @param query REST: the query, decoded, in its order; else empty
 * @param baseUrl how the caller reached us: {@code http://host:port}
 * @param sourceIp the peer's address
 * @param abandonment lets an operation that waits learn that the caller is gone
 */
record Call(
    String operation,
    RequestHead head,
    byte[] body,
    Fields input,
    Map<String, String> path,
    List<PercentEncoding.Parameter> query,
    Caller caller,
    String baseUrl,
    String sourceIp,
    Abandonment abandonment) {

  /** Tells when the caller has gone. */
  @FunctionalInterface
  interface Abandonment {
    /** Calls {@code action} once, on any thread, if the caller goes before the answer. */
    void onGone(Runnable action);
  }

  /** A variable of the path. */
  String pathVariable(String name) {
    String value = path.get(name);
    if (value == null) {
      throw new IllegalStateException("the route has no variable '%s'".formatted(name));
    }
    return value;
  }

  /** A query parameter, or null. */
  @Nullable String parameter(String name) {
    for (PercentEncoding.Parameter p : query) {
      if (p.name().equals(name)) {
        return p.value();
      }
    }
    return null;
  }

  /** A query parameter that is true or false; absent is false. */
  boolean flag(String name) {
    String value = parameter(name);
    if (value == null || value.equalsIgnoreCase("false")) {
      return false;
    }
    if (value.equalsIgnoreCase("true")) {
      return true;
    }
    throw input
        .family()
        .invalid("query parameter '%s' must be true or false; found '%s'".formatted(name, value));
  }

  /** A query parameter that is a number within bounds. */
  int number(String name, int absent, int min, int max) {
    String value = parameter(name);
    if (value == null) {
      return absent;
    }
    try {
      int number = Integer.parseInt(value);
      if (number >= min && number <= max) {
        return number;
      }
    } catch (NumberFormatException notNumber) { // answered below
    }
    throw input
        .family()
        .invalid(
            "query parameter '%s' must be a number from %d to %d; found '%s'"
                .formatted(name, min, max, value));
  }
}
