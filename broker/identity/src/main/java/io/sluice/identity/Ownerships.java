package io.sluice.identity;

import io.sluice.store.Partitions;
import io.sluice.store.Request;
import io.sluice.store.Turn;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Certificates that belong to nobody yet: whoever holds the token may have them provisioned, for an
 * hour; then they are deleted. Only the token's hash is on disk. Handlers are confined to the
 * registry's owner thread.
 */
final class Ownerships {
  private static final String TIMER = "identity-ownership";
  private static final Duration LIFE = Duration.ofHours(1); // as AWS IoT's tokens
  private static final int WAITING_MAX = 100_000;
  private static final int TOKEN_BYTES = 48;
  private static final SecureRandom RANDOM = new SecureRandom();

  record Keep(String hash, String certificateId, Duration life) implements Request<Boolean> {}

  record Find(String hash) implements Request<RegisteredCertificate> {}

  private final Partitions partitions;
  private final RegistryIndex index;
  private final CertificateOperations certificates;
  private final AtomicInteger waiting = new AtomicInteger();

  Ownerships(Partitions partitions, RegistryIndex index, CertificateOperations certificates) {
    this.partitions = partitions;
    this.index = index;
    this.certificates = certificates;
    partitions.register(Keep.class, this::keep);
    partitions.register(Find.class, this::find);
    partitions.onTimer(
        TIMER, (turn, key, due) -> expire(turn, new String(key, StandardCharsets.US_ASCII)));
  }

  void load(Turn turn) {
    RegistryRows.forEach(
        turn,
        RegistryRows.Kind.OWNERSHIP,
        RegistryRows.Ownership.class,
        (key, row) -> waiting.incrementAndGet());
  }

  /** Whether there is room for one more; asked before a key pair is made for it. */
  boolean isFull() {
    return waiting.get() >= WAITING_MAX;
  }

  /** Makes the token of a certificate. */
  CompletableFuture<String> token(String certificateId) {
    byte[] bytes = new byte[TOKEN_BYTES];
    RANDOM.nextBytes(bytes);
    String token = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    return partitions
        .ask(RegistryRows.KEY, new Keep(hash(token), certificateId, LIFE))
        .thenApply(kept -> token);
  }

  /** Deletes a certificate after a while, whatever becomes of it. */
  CompletableFuture<Boolean> deleteAfter(String certificateId, Duration life) {
    return partitions.ask(
        RegistryRows.KEY, new Keep(hash("temporary " + certificateId), certificateId, life));
  }

  /** The certificate whose token this is; refused when there is none. */
  CompletableFuture<RegisteredCertificate> find(String token) {
    return partitions.ask(RegistryRows.KEY, new Find(hash(token)));
  }

  private static String hash(String token) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private Boolean keep(Turn turn, Keep request) {
    long expires = turn.now() + request.life().toMillis();
    RegistryRows.put(
        turn,
        RegistryRows.Kind.OWNERSHIP,
        new RegistryRows.Ownership(request.certificateId(), expires),
        request.hash());
    turn.schedule(TIMER, expires, request.hash().getBytes(StandardCharsets.US_ASCII));
    waiting.incrementAndGet();
    return true;
  }

  private RegisteredCertificate find(Turn turn, Find request) {
    RegistryRows.Ownership found = RegistryRows.ownership(turn, request.hash());
    if (found == null
        || found.expiresMillis() < turn.now()
        || index.principal(found.certificateId()) == null) {
      throw RegistryRefused.invalid(
          "the certificate ownership token is unknown or has expired; ask for a certificate again");
    }
    return RegistryRows.certificate(turn, found.certificateId());
  }

  private void expire(Turn turn, String hash) {
    RegistryRows.Ownership found = RegistryRows.ownership(turn, hash);
    if (found == null) {
      return;
    }
    waiting.decrementAndGet();
    RegistryRows.delete(turn, RegistryRows.Kind.OWNERSHIP, hash);
    Principal principal = index.principal(found.certificateId());
    if (principal != null
        && (principal.status() == CertificateStatus.PENDING_ACTIVATION
            || principal.claimTemplate() != null)) {
      certificates.discard(turn, principal);
    }
  }
}
