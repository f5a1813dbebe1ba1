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
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

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

  record Find(Proof proof) implements Request<Found> {}

  /**
   * A token that was shown.
   *
   * @param hash of the token
   * @param request hash of what it is shown for
   */
  record Proof(String hash, String request) {}

  /**
   * A token that is known.
   *
   * @param used what was answered to the same request before; null when it is new
   */
  record Found(RegisteredCertificate certificate, RegistryRows.@Nullable Used used, Proof proof) {}

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

  /**
   * The certificate whose token this is; refused when there is none, or when it was used for
   * another request.
   */
  CompletableFuture<Found> find(
      String token, String template, SortedMap<String, String> parameters) {
    StringBuilder request = new StringBuilder(template);
    parameters.forEach(
        (name, value) ->
            request.append('\n').append(name.length()).append(name).append('=').append(value));
    return partitions.ask(
        RegistryRows.KEY, new Find(new Proof(hash(token), hash(request.toString()))));
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
        new RegistryRows.Ownership(request.certificateId(), expires, null),
        request.hash());
    turn.schedule(TIMER, expires, request.hash().getBytes(StandardCharsets.US_ASCII));
    waiting.incrementAndGet();
    return true;
  }

  private Found find(Turn turn, Find request) {
    RegistryRows.Ownership row = check(turn, index, request.proof());
    return new Found(
        RegistryRows.certificate(turn, row.certificateId()), row.used(), request.proof());
  }

  /**
   * The row of a token, checked in this turn.
   *
   * @throws RegistryRefused when it is unknown, old, used for something else, or when its
   *     certificate waits no more: somebody may have revoked it meanwhile
   */
  static RegistryRows.Ownership check(Turn turn, RegistryIndex index, Proof proof) {
    RegistryRows.Ownership row = RegistryRows.ownership(turn, proof.hash());
    Principal principal = row == null ? null : index.principal(row.certificateId());
    if (row == null || row.expiresMillis() < turn.now() || principal == null) {
      throw RegistryRefused.invalid(
          "the certificate ownership token is unknown or has expired; ask for a certificate again");
    }
    RegistryRows.Used used = row.used();
    if (used != null && !used.request().equals(proof.request())) {
      throw RegistryRefused.invalid(
          "the certificate ownership token was used already, with another template or other parameters; ask for another certificate");
    }
    if (used == null && principal.status() != CertificateStatus.PENDING_ACTIVATION) {
      throw RegistryRefused.invalid(
          "the certificate of this ownership token is %s already; ask for another certificate"
              .formatted(principal.status()));
    }
    return row;
  }

  /** Remembers what was answered, so that the same question has the same answer. */
  static void use(
      Turn turn, RegistryRows.Ownership row, Proof proof, Provisioner.Provisioned answer) {
    RegistryRows.put(
        turn,
        RegistryRows.Kind.OWNERSHIP,
        new RegistryRows.Ownership(
            row.certificateId(),
            row.expiresMillis(),
            new RegistryRows.Used(
                proof.request(), answer.thingName(), answer.deviceConfiguration())),
        proof.hash());
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
