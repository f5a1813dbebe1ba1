package io.sluice.identity;

/**
 * A policy document that does not follow the grammar; the message names the statement and the key.
 */
public final class MalformedPolicyException extends RegistryRefused {
  MalformedPolicyException(String message) {
    super(RegistryError.MALFORMED_POLICY, message);
  }
}
