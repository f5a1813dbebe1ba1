package io.sluice.api;

/**
 * Who may call the control plane.
 *
 * @param id the access key id, which requests name openly
 * @param secret the secret access key, which requests prove to know; never sent, never printed
 * @param role what the holder may do
 */
public record AccessKey(String id, String secret, Role role) {

  /** What a key is good for. */
  public enum Role {
    /** Everything. */
    ADMIN("admin"),
    /** What changes nothing: operations that get, list, describe or test. */
    READ_ONLY("read-only");

    private final String text;

    Role(String text) {
      this.text = text;
    }

    /** The word in key files and configuration. */
    @Override
    public String toString() {
      return text;
    }
  }

  public AccessKey {
    if (id.isBlank() || secret.isBlank()) {
      throw new IllegalArgumentException(
          "access key '%s': id or secret is empty; give both".formatted(id));
    }
  }

  /** Never prints the secret. */
  @Override
  public String toString() {
    return "AccessKey[%s, %s]".formatted(id, role);
  }
}
