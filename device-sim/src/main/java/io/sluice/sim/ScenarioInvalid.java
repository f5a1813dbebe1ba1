package io.sluice.sim;

/** A scenario that cannot be run; the message names the file, the key, what was found, a remedy. */
public final class ScenarioInvalid extends IllegalArgumentException {
  ScenarioInvalid(String where, String problem, String remedy) {
    super("%s: %s; %s".formatted(where, problem, remedy));
  }
}
