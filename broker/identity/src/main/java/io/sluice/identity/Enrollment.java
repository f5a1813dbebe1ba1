package io.sluice.identity;

import io.sluice.certs.CertificateAuthority;
import io.sluice.certs.CertificateProfile;
import io.sluice.certs.CertsRefused;
import io.sluice.certs.Fingerprint;
import io.sluice.certs.Identity;
import io.sluice.certs.KeyKind;
import io.sluice.certs.PemFiles;
import io.sluice.certs.SigningRequest;
import io.sluice.store.Clock;
import io.sluice.store.Overloaded;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Issues certificates with the gateway's own authority and registers them. Making keys and signing
 * takes milliseconds, so it runs on the executor, never on the caller's thread.
 */
public final class Enrollment {
  private static final Instant NOT_AFTER = Instant.parse("2049-12-31T23:59:59Z"); // as AWS IoT's
  private static final Duration CLAIM_LIFE = Duration.ofMinutes(5); // as AWS IoT's
  private static final int CSR_MAX = 4_096; // as in the AWS IoT API Reference

  private final CertificateAuthority authority;
  private final String authorityId;
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
    this.authorityId = Fingerprint.certificateId(authority.certificate());
    this.registry = registry;
    this.clock = clock;
    this.executor = executor;
  }

  private <T> CompletableFuture<T> work(Supplier<CompletableFuture<T>> work) {
    try {
      return CompletableFuture.supplyAsync(work, executor).thenCompose(future -> future);
    } catch (RejectedExecutionException full) {
      return CompletableFuture.failedFuture(
          new Overloaded("too many certificates wait to be made; try again later"));
    }
  }

  private static CertificateStatus status(boolean active) {
    return active ? CertificateStatus.ACTIVE : CertificateStatus.INACTIVE;
  }

  private Duration life() {
    return Duration.between(Instant.ofEpochMilli(clock.millis()), NOT_AFTER);
  }

  /** {@code CreateKeysAndCertificate}: an RSA key of 2048 bits and its certificate. */
  public CompletableFuture<KeysAndCertificate> createKeysAndCertificate(boolean active) {
    return createKeysAndCertificate(status(active));
  }

  CompletableFuture<KeysAndCertificate> createKeysAndCertificate(CertificateStatus status) {
    return work(
        () -> {
          CertificateProfile profile =
              CertificateProfile.device("Sluice IoT Certificate").withLife(life());
          Identity identity = authority.issue(profile, KeyKind.RSA_2048);
          return registry
              .certificates()
              .registerIssued(identity.certificate(), status, authorityId)
              .thenApply(registered -> withKeys(identity, registered));
        });
  }

  /** {@code CreateCertificateFromCsr}: the key stays where it is. */
  public CompletableFuture<RegisteredCertificate> createFromCsr(String csrPem, boolean active) {
    return createFromCsr(csrPem, status(active));
  }

  CompletableFuture<RegisteredCertificate> createFromCsr(String csrPem, CertificateStatus status) {
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
            certificate = sign(csrPem);
          } catch (CertsRefused e) {
            return CompletableFuture.failedFuture(
                RegistryRefused.invalid(String.valueOf(e.getMessage())));
          }
          return registry.certificates().registerIssued(certificate, status, authorityId);
        });
  }

  /**
   * {@code CreateProvisioningClaim}: a certificate for a few minutes that may do nothing but claim
   * with this template.
   */
  public CompletableFuture<KeysAndCertificate> createClaim(String template) {
    String name = registry.templates().get(template).name();
    return work(
        () -> {
          CertificateProfile profile =
              CertificateProfile.device("Sluice claim for " + name).withLife(CLAIM_LIFE);
          Identity identity = authority.issue(profile, KeyKind.RSA_2048);
          return registry
              .certificates()
              .registerClaim(identity.certificate(), authorityId, name, CLAIM_LIFE)
              .thenApply(registered -> withKeys(identity, registered));
        });
  }

  private static KeysAndCertificate withKeys(Identity identity, RegisteredCertificate registered) {
    return new KeysAndCertificate(
        registered,
        PemFiles.toPem(identity.certificate().getPublicKey()),
        PemFiles.toPem(identity.key()));
  }

  /** What the gateway's own authority publishes. */
  public Publications publications() {
    return new Publications(authority, registry, clock, executor);
  }

  /**
   * {@code RegisterCertificate}: one of the gateway's authority, or of a registered and active one.
   *
   * @param pem the certificate, then intermediates where there are any
   * @param authorityPem the registered authority that must have issued it; null for any
   */
  public CompletableFuture<RegisteredCertificate> registerIssued(
      String pem, @Nullable String authorityPem, CertificateStatus status) {
    return work(
        () -> {
          try {
            Certificates.requireRegistrable(status);
            List<X509Certificate> chain = PemFiles.certificates(pem);
            return registry
                .certificates()
                .registerIssued(chain.get(0), status, issuerOf(chain, authorityPem));
          } catch (CertsRefused e) {
            return CompletableFuture.failedFuture(
                new RegistryRefused(
                    RegistryError.CERTIFICATE_VALIDATION, String.valueOf(e.getMessage())));
          } catch (RegistryRefused e) {
            return CompletableFuture.failedFuture(e);
          }
        });
  }

  /**
   * A certificate that a template is to register.
   *
   * @param row what the registry would keep of it
   */
  record Prepared(X509Certificate certificate, RegisteredCertificate row) {}

  /** Signs a template's request, or checks its certificate; registers nothing. */
  CompletableFuture<Prepared> prepare(ProvisioningPlan.CertificatePart part) {
    return work(
        () -> {
          try {
            X509Certificate certificate;
            String issuer;
            String csr = part.csr();
            if (csr != null) {
              certificate = sign(csr);
              issuer = authorityId;
            } else {
              List<X509Certificate> chain = PemFiles.certificates(String.valueOf(part.pem()));
              certificate = chain.get(0);
              issuer = issuerOf(chain, part.authorityPem());
            }
            return CompletableFuture.completedFuture(
                new Prepared(
                    certificate, registry.certificates().row(certificate, part.status(), issuer)));
          } catch (CertsRefused e) {
            return CompletableFuture.failedFuture(
                RegistryRefused.invalid(String.valueOf(e.getMessage())));
          } catch (RegistryRefused e) {
            return CompletableFuture.failedFuture(e);
          }
        });
  }

  private X509Certificate sign(String csrPem) {
    SigningRequest request = SigningRequest.parse(csrPem);
    CertificateProfile profile =
        request.subject().size() == 0
            ? CertificateProfile.device("Sluice IoT Certificate")
            : CertificateProfile.device(request.subject());
    return authority.sign(request, profile.withLife(life()));
  }

  /** The id of the authority that a chain leads to. */
  private String issuerOf(List<X509Certificate> chain, @Nullable String authorityPem) {
    if (authorityPem == null && authority.issued(chain.get(0))) {
      return authorityId;
    }
    String wanted =
        authorityPem == null
            ? null
            : Fingerprint.certificateId(PemFiles.certificates(authorityPem).get(0));
    if (authorityId.equals(wanted) && authority.issued(chain.get(0))) {
      return authorityId;
    }
    try {
      String found =
          registry
              .authorities()
              .authorityOf(chain, one -> wanted == null || one.id().equals(wanted), clock.millis())
              .id();
      if (wanted == null && registry.authorities().hasTwin(found)) {
        throw new RegistryRefused(
            RegistryError.CERTIFICATE_CONFLICT,
            "several registered authorities with one subject and one key have issued this certificate; name one with caCertificatePem");
      }
      return found;
    } catch (CertsRefused unknown) {
      throw RegistryRefused.invalid(
          "the certificate was not issued by an authority that is registered and active here (%s); register that, or the certificate for itself with RegisterCertificateWithoutCA"
              .formatted(unknown.getMessage()));
    }
  }
}
