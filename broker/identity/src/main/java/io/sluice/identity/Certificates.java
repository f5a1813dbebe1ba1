package io.sluice.identity;

import io.sluice.certs.AcceptedKeys;
import io.sluice.certs.CertsRefused;
import io.sluice.certs.Fingerprint;
import io.sluice.certs.PemFiles;
import io.sluice.certs.RevocationList;
import io.sluice.store.Partitions;
import io.sluice.store.Request;
import java.math.BigInteger;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The registered certificates of devices. Changes are on disk when their futures complete; what has
 * their text is read from disk, the rest from memory.
 */
public final class Certificates {
  private static final int PEM_MAX = 65_536; // as in the AWS IoT API Reference

  /** A certificate in a list: without its text. */
  public record Summary(
      String id, CertificateStatus status, boolean withAuthority, long createdMillis) {
    /** Where it stands in the order of registration. */
    public String place() {
      return CreationOrder.key(createdMillis, id);
    }
  }

  private final Partitions partitions;
  private final RegistryIndex index;
  private final Ownerships ownerships;
  private volatile boolean ed25519;

  Certificates(Partitions partitions, RegistryIndex index, Ownerships ownerships) {
    this.partitions = partitions;
    this.index = index;
    this.ownerships = ownerships;
  }

  private <R> CompletableFuture<R> ask(Request<R> request) {
    return partitions.ask(RegistryRows.KEY, request);
  }

  /** Lets Ed25519 keys be registered: where TLS takes them. Otherwise they could never connect. */
  public void takeEd25519() {
    ed25519 = true;
  }

  /**
   * Registers a device's certificate for itself, whoever issued it.
   *
   * @param pem the certificate; what follows it is not looked at
   * @param status {@code ACTIVE} or {@code INACTIVE}
   */
  public CompletableFuture<RegisteredCertificate> register(String pem, CertificateStatus status) {
    return RegistryRefused.inFuture(
        () -> {
          requireRegistrable(status);
          return register(parse(pem), status, false, null, null);
        });
  }

  /**
   * Registers a certificate that is read already.
   *
   * @param withAuthority whether the caller has checked that a known authority issued it
   */
  public CompletableFuture<RegisteredCertificate> register(
      X509Certificate certificate, CertificateStatus status, boolean withAuthority) {
    return RegistryRefused.inFuture(
        () -> {
          requireRegistrable(status);
          return register(certificate, status, withAuthority, null, null);
        });
  }

  /**
   * Registers a certificate of an authority.
   *
   * @param authorityId of the authority that the caller has found to have issued it
   */
  CompletableFuture<RegisteredCertificate> registerIssued(
      X509Certificate certificate, CertificateStatus status, String authorityId) {
    return RegistryRefused.inFuture(() -> register(certificate, status, true, authorityId, null));
  }

  private CompletableFuture<RegisteredCertificate> register(
      X509Certificate certificate,
      CertificateStatus status,
      boolean withAuthority,
      @Nullable String authorityId,
      @Nullable String claimTemplate) {
    return ask(
        new CertificateOperations.Register(
            row(certificate, status, withAuthority, authorityId, claimTemplate)));
  }

  /** What would be kept of a certificate of an authority. */
  RegisteredCertificate row(
      X509Certificate certificate, CertificateStatus status, String authorityId) {
    return row(certificate, status, true, authorityId, null);
  }

  private RegisteredCertificate row(
      X509Certificate certificate,
      CertificateStatus status,
      boolean withAuthority,
      @Nullable String authorityId,
      @Nullable String claimTemplate) {
    check(certificate);
    return new RegisteredCertificate(
        Fingerprint.certificateId(certificate),
        PemFiles.toPem(certificate),
        status,
        withAuthority,
        authorityId,
        claimTemplate,
        0,
        0,
        certificate.getNotBefore().getTime(),
        certificate.getNotAfter().getTime());
  }

  /** Registers a temporary certificate of the gateway that may claim with one template. */
  CompletableFuture<RegisteredCertificate> registerClaim(
      X509Certificate certificate, String authorityId, String template, Duration life) {
    return register(certificate, CertificateStatus.ACTIVE, true, authorityId, template)
        .thenCompose(made -> ownerships.deleteAfter(made.id(), life).thenApply(scheduled -> made));
  }

  /**
   * Refuses what nobody may register by hand.
   *
   * @throws RegistryRefused {@code CERTIFICATE_STATE} unless it is ACTIVE or INACTIVE
   */
  public static void requireRegistrable(CertificateStatus status) {
    if (status != CertificateStatus.ACTIVE && status != CertificateStatus.INACTIVE) {
      throw new RegistryRefused(
          RegistryError.CERTIFICATE_STATE,
          "a certificate cannot be registered as %s; use ACTIVE or INACTIVE".formatted(status));
    }
  }

  /** The certificate that an authority gave this serial number. */
  CompletableFuture<Optional<RegisteredCertificate>> bySerialNumber(
      String authorityId, BigInteger serial) {
    return ask(new CertificateOperations.BySerial(authorityId, serial.toString(16)));
  }

  /** How often a certificate has been revoked since the start, or a revocation taken back. */
  long revocations() {
    return index.revocations();
  }

  /** What an authority's revocation list has to say. */
  CompletableFuture<List<RevocationList.Revoked>> revokedBy(String authorityId) {
    return ask(new CertificateOperations.RevokedBy(authorityId))
        .thenApply(
            certificates ->
                certificates.stream()
                    .map(
                        certificate ->
                            new RevocationList.Revoked(
                                certificate.certificate().getSerialNumber(),
                                Instant.ofEpochMilli(certificate.modifiedMillis())))
                    .toList());
  }

  private static X509Certificate parse(String pem) {
    if (pem.length() > PEM_MAX) {
      throw RegistryRefused.invalid(
          "certificate has %d characters, at most %d may be; send the leaf alone"
              .formatted(pem.length(), PEM_MAX));
    }
    try {
      return PemFiles.certificates(pem).get(0);
    } catch (CertsRefused e) {
      throw new RegistryRefused(
          RegistryError.CERTIFICATE_VALIDATION, String.valueOf(e.getMessage()));
    }
  }

  private void check(X509Certificate certificate) {
    try {
      AcceptedKeys.check(certificate.getPublicKey(), "the certificate");
    } catch (CertsRefused e) {
      throw new RegistryRefused(
          RegistryError.CERTIFICATE_VALIDATION, String.valueOf(e.getMessage()));
    }
    if (!ed25519 && AcceptedKeys.isEd25519(certificate.getPublicKey())) {
      throw new RegistryRefused(
          RegistryError.CERTIFICATE_VALIDATION,
          "the certificate holds an Ed25519 key, which this gateway's TLS (BoringSSL) does not take from clients; start it with tls-provider: jdk, or make an EC P-256 key");
    }
    if (certificate.getNotAfter().getTime() < partitions.clock().millis()) {
      throw new RegistryRefused(
          RegistryError.CERTIFICATE_VALIDATION,
          "the certificate ended at %s; issue a new one"
              .formatted(certificate.getNotAfter().toInstant()));
    }
    String unfit = ClientUsage.refusal(certificate);
    if (unfit != null) {
      throw new RegistryRefused(
          RegistryError.CERTIFICATE_VALIDATION,
          "the certificate is not for TLS clients (%s); issue a device certificate"
              .formatted(unfit));
    }
  }

  /** A certificate with its text. */
  public CompletableFuture<RegisteredCertificate> describe(String id) {
    return ask(new CertificateOperations.Describe(id));
  }

  /** Sets {@code ACTIVE}, {@code INACTIVE} or {@code REVOKED}; live connections follow at once. */
  public CompletableFuture<Boolean> update(String id, CertificateStatus status) {
    return ask(new CertificateOperations.SetStatus(id, status));
  }

  /**
   * Deletes a certificate that is not active and attached to no thing.
   *
   * @param force also when policies are attached
   */
  public CompletableFuture<Boolean> delete(String id, boolean force) {
    return ask(new CertificateOperations.Delete(id, force));
  }

  /**
   * Certificates in the order of their registration, those behind a place; all with {@code ""}.
   *
   * @param after {@link Summary#place} of the last one known
   */
  public Stream<Summary> after(String after, boolean ascending) {
    return index
        .principalsByCreation()
        .after(after, ascending)
        .flatMap(principal -> Stream.ofNullable(principal.summary()));
  }
}
