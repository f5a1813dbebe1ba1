package io.sluice.identity;

import io.sluice.certs.CertificateAuthority;
import io.sluice.certs.CertificateProfile;
import io.sluice.certs.CertsRefused;
import io.sluice.certs.Identity;
import io.sluice.certs.KeyKind;
import io.sluice.certs.PemFiles;
import io.sluice.certs.SigningRequest;
import io.sluice.store.Clock;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/**
 * Issues certificates with the gateway's own authority and registers them. Making keys and signing
 * takes milliseconds, so it runs on the executor, never on the caller's thread.
 */
public final class Enrollment {
  private static final Instant NOT_AFTER = Instant.parse("2049-12-31T23:59:59Z"); // as AWS IoT's
  private static final int CSR_MAX = 4_096; // as in the AWS IoT API Reference

  private final CertificateAuthority authority;
  private final Registry registry;
  private final Clock clock;
  private final Executor executor;

  /** A certificate with its key, which nobody can ask for again. */
  public record KeysAndCertificate(
      RegisteredCertificate certificate, String publicKeyPem, String privateKeyPem) {
    /** Without the key. */
    @Override
    public String toString() {
      return "KeysAndCertificate[" + certificate.id() + "]";
    }
  }

  public Enrollment(
      CertificateAuthority authority, Registry registry, Clock clock, Executor executor) {
    this.authority = authority;
    this.registry = registry;
    this.clock = clock;
    this.executor = executor;
  }

  private <T> CompletableFuture<T> work(Supplier<CompletableFuture<T>> work) {
    return CompletableFuture.supplyAsync(work, executor).thenCompose(future -> future);
  }

  private static CertificateStatus status(boolean active) {
    return active ? CertificateStatus.ACTIVE : CertificateStatus.INACTIVE;
  }

  private Duration life() {
    return Duration.between(Instant.ofEpochMilli(clock.millis()), NOT_AFTER);
  }

  /** {@code CreateKeysAndCertificate}: an RSA key of 2048 bits and its certificate. */
  public CompletableFuture<KeysAndCertificate> createKeysAndCertificate(boolean active) {
    return work(
        () -> {
          CertificateProfile profile =
              CertificateProfile.device("Sluice IoT Certificate").withLife(life());
          Identity identity = authority.issue(profile, KeyKind.RSA_2048);
          return registry
              .registerCertificate(identity.certificate(), status(active), true)
              .thenApply(
                  registered ->
                      new KeysAndCertificate(
                          registered,
                          PemFiles.toPem(identity.certificate().getPublicKey()),
                          PemFiles.toPem(identity.key())));
        });
  }

  /** {@code CreateCertificateFromCsr}: the key stays where it is. */
  public CompletableFuture<RegisteredCertificate> createFromCsr(String csrPem, boolean active) {
    if (csrPem.length() > CSR_MAX) {
      return CompletableFuture.failedFuture(
          RegistryRefused.invalid(
              "certificate signing request has %d characters, at most %d may be; leave out its extensions"
                  .formatted(csrPem.length(), CSR_MAX)));
    }
    return work(
        () -> {
          X509Certificate certificate;
          try {
            SigningRequest request = SigningRequest.parse(csrPem);
            CertificateProfile profile =
                request.subject().size() == 0
                    ? CertificateProfile.device("Sluice IoT Certificate")
                    : CertificateProfile.device(request.subject());
            certificate = authority.sign(request, profile.withLife(life()));
          } catch (CertsRefused e) {
            return CompletableFuture.failedFuture(
                RegistryRefused.invalid(String.valueOf(e.getMessage())));
          }
          return registry.registerCertificate(certificate, status(active), true);
        });
  }

  /** {@code RegisterCertificate}: one that the gateway's authority has issued elsewhere. */
  public CompletableFuture<RegisteredCertificate> registerIssued(
      String pem, CertificateStatus status) {
    return work(
        () -> {
          X509Certificate certificate;
          try {
            certificate = PemFiles.certificates(pem).get(0);
          } catch (CertsRefused e) {
            return CompletableFuture.failedFuture(
                new RegistryRefused(
                    RegistryError.CERTIFICATE_VALIDATION, String.valueOf(e.getMessage())));
          }
          if (!authority.issued(certificate)) {
            return CompletableFuture.failedFuture(
                RegistryRefused.invalid(
                    "the certificate was not issued by an authority known here; register it for itself with RegisterCertificateWithoutCA"));
          }
          return registry.registerCertificate(certificate, status, true);
        });
  }
}
