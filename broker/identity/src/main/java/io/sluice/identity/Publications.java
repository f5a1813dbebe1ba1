package io.sluice.identity;

import io.sluice.certs.CertificateAuthority;
import io.sluice.certs.CertsRefused;
import io.sluice.certs.Fingerprint;
import io.sluice.certs.OcspResponder;
import io.sluice.certs.PemFiles;
import io.sluice.certs.RevocationList;
import io.sluice.store.Clock;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * What the gateway's own authority tells the world: its certificate, which of its certificates are
 * revoked, and answers to OCSP requests. Signing runs on the executor. Any thread.
 */
public final class Publications {
  /** How long a list or an answer may be relied on. */
  public static final Duration LIFE = Duration.ofHours(24);

  private static final Duration LIST_KEPT = Duration.ofSeconds(60); // signing it costs a walk

  private final CertificateAuthority authority;
  private final String authorityId;
  private final Registry registry;
  private final OcspResponder responder;
  private final Clock clock;
  private final Executor executor;
  private volatile @Nullable Signed list;

  /**
   * @param revocations what the registry had revoked when it was signed
   */
  private record Signed(byte[] der, long atMillis, long revocations) {}

  public Publications(
      CertificateAuthority authority, Registry registry, Clock clock, Executor executor) {
    this.authority = authority;
    this.authorityId = Fingerprint.certificateId(authority.certificate());
    this.registry = registry;
    this.responder = new OcspResponder(authority, LIFE);
    this.clock = clock;
    this.executor = executor;
  }

  /** The authority's certificate in PEM. */
  public byte[] authorityPem() {
    return PemFiles.toPem(authority.certificate()).getBytes(StandardCharsets.US_ASCII);
  }

  /** The revocation list in DER, signed anew when somebody was revoked, or every minute. */
  public CompletableFuture<byte[]> revocationList() {
    Signed known = list;
    long now = clock.millis();
    long revocations = registry.certificates().revocations();
    if (known != null
        && known.revocations() == revocations
        && now - known.atMillis() < LIST_KEPT.toMillis()) {
      return CompletableFuture.completedFuture(known.der());
    }
    return registry
        .certificates()
        .revokedBy(authorityId)
        .thenApplyAsync(
            revoked -> {
              byte[] der =
                  RevocationList.issue(
                      authority,
                      revoked,
                      BigInteger.valueOf(now), // grows, also over restarts
                      Instant.ofEpochMilli(now),
                      LIFE);
              list = new Signed(der, now, revocations);
              return der;
            },
            executor);
  }

  /** Answers an OCSP request in DER; one that is malformed too. */
  public CompletableFuture<byte[]> ocsp(byte[] request) {
    OcspResponder.Asked asked;
    try {
      asked = responder.read(request);
    } catch (CertsRefused malformed) {
      return CompletableFuture.completedFuture(OcspResponder.malformed());
    }
    CompletableFuture<Map<BigInteger, OcspResponder.Known>> known =
        CompletableFuture.completedFuture(new HashMap<>());
    for (BigInteger serial : asked.serialNumbers()) {
      known =
          known.thenCombine(
              registry.certificates().bySerialNumber(authorityId, serial),
              (all, found) -> {
                found.ifPresent(certificate -> all.put(serial, status(certificate)));
                return all;
              });
    }
    return known.thenApplyAsync(
        all -> responder.answer(asked, all, Instant.ofEpochMilli(clock.millis())), executor);
  }

  private static OcspResponder.Known status(RegisteredCertificate certificate) {
    return certificate.status() == CertificateStatus.REVOKED
        ? new OcspResponder.Known.Revoked(Instant.ofEpochMilli(certificate.modifiedMillis()))
        : new OcspResponder.Known.Good();
  }
}
