package io.sluice.identity;

import io.sluice.certs.PemFiles;
import java.security.cert.X509Certificate;
import org.jspecify.annotations.Nullable;

/**
 * A device certificate as the registry knows it.
 *
 * @param id SHA-256 of the DER bytes, in lower-case hexadecimal digits
 * @param withAuthority whether it was registered as issued by a known authority ({@code DEFAULT}
 *     mode), rather than for itself ({@code SNI_ONLY})
 * @param authorityId the id of the authority's certificate, the gateway's own or a registered one;
 *     null when it was registered for itself
 * @param claimTemplate the provisioning template it may claim with and nothing else, for a while;
 *     null for others
 */
public record RegisteredCertificate(
    String id,
    String pem,
    CertificateStatus status,
    boolean withAuthority,
    @Nullable String authorityId,
    @Nullable String claimTemplate,
    long createdMillis,
    long modifiedMillis,
    long notBeforeMillis,
    long notAfterMillis) {

  /** The certificate itself, read from its text. */
  public X509Certificate certificate() {
    return PemFiles.certificates(pem).get(0);
  }

  RegisteredCertificate withStatus(CertificateStatus other, long nowMillis) {
    return new RegisteredCertificate(
        id,
        pem,
        other,
        withAuthority,
        authorityId,
        claimTemplate,
        createdMillis,
        nowMillis,
        notBeforeMillis,
        notAfterMillis);
  }

  RegisteredCertificate at(long nowMillis) {
    return new RegisteredCertificate(
        id,
        pem,
        status,
        withAuthority,
        authorityId,
        claimTemplate,
        nowMillis,
        nowMillis,
        notBeforeMillis,
        notAfterMillis);
  }

  /** Without the certificate's text. */
  @Override
  public String toString() {
    return "RegisteredCertificate[" + id + ", " + status + "]";
  }
}
