package io.sluice.identity;

import org.jspecify.annotations.Nullable;

/**
 * A certificate authority of somebody else that this gateway knows.
 *
 * @param id SHA-256 of the DER bytes, in lower-case hexadecimal digits
 * @param active whether certificates of it may be registered; those that are stay as they are
 * @param autoRegistration whether its certificates register themselves at their first connection
 * @param verified whether its owner has proved to have its key ({@code DEFAULT} mode), or not
 *     ({@code SNI_ONLY})
 * @param template what a certificate that registers itself is provisioned by; null without
 */
public record RegisteredAuthority(
    String id,
    String pem,
    boolean active,
    boolean autoRegistration,
    boolean verified,
    @Nullable Template template,
    long createdMillis,
    long modifiedMillis,
    long notBeforeMillis,
    long notAfterMillis) {

  /**
   * The {@code registrationConfig}: a body, or the name of a provisioning template.
   *
   * @param roleArn kept and given back; this gateway needs no role
   */
  public record Template(@Nullable String body, @Nullable String name, @Nullable String roleArn) {}

  RegisteredAuthority changed(
      boolean nowActive, boolean nowAuto, @Nullable Template nowTemplate, long nowMillis) {
    return new RegisteredAuthority(
        id,
        pem,
        nowActive,
        nowAuto,
        verified,
        nowTemplate,
        createdMillis,
        nowMillis,
        notBeforeMillis,
        notAfterMillis);
  }

  /** Without the certificate's text. */
  @Override
  public String toString() {
    return "RegisteredAuthority[" + id + ", " + (active ? "ACTIVE" : "INACTIVE") + "]";
  }
}
