package io.sluice.identity;

import io.sluice.certs.Fingerprint;
import io.sluice.store.Clock;
import java.security.cert.X509Certificate;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Tells who shows a certificate, and whether it may come in. A certificate is known by its
 * fingerprint: that somebody trusted has signed it is not enough. TLS has proved already that the
 * peer has the key. Any thread; answers from memory, at once.
 */
public final class Authenticator {
  private final RegistryIndex index;
  private final Authorizer authorizer;
  private final Clock clock;
  private final Map<Refusal, LongAdder> refused = new EnumMap<>(Refusal.class);
  private volatile @Nullable AutoRegistration autoRegistration;
  private volatile @Nullable RevocationChecks revocationChecks;

  /** Why somebody may not come in; fixed words for counters. */
  public enum Refusal {
    /** No certificate was shown. */
    NO_CERTIFICATE,
    /** The certificate is not registered. */
    UNKNOWN,
    INACTIVE,
    REVOKED,
    /** Registered, and waiting for somebody to decide. */
    PENDING,
    EXPIRED,
    NOT_YET_VALID,
    /** The certificate is not for TLS clients. */
    WRONG_USAGE,
    /** Whether it is revoked could not be found out, and that is asked for. */
    UNCHECKED,
    /** No policy is attached. */
    NO_POLICY,
    /** The policies do not let this client identifier connect. */
    NOT_AUTHORIZED
  }

  /** The answer. */
  public sealed interface Admission {}

  /**
   * It may come in.
   *
   * @param principal certificate id; null when anonymous
   */
  public record Admitted(@Nullable String principal, ConnectionPermissions permissions)
      implements Admission {}

  /**
   * It may not.
   *
   * @param explanation one sentence for the operator, with what to do
   */
  public record Refused(Refusal reason, String explanation) implements Admission {}

  public Authenticator(Registry registry, Authorizer authorizer, Clock clock) {
    this.index = registry.index();
    this.authorizer = authorizer;
    this.clock = clock;
    for (Refusal reason : Refusal.values()) {
      refused.put(reason, new LongAdder());
    }
  }

  /** Lets certificates that may register themselves finish their handshake. */
  public void letRegister(AutoRegistration registration) {
    this.autoRegistration = registration;
  }

  /** Has their authorities asked about certificates that may come in otherwise. */
  public void check(RevocationChecks checks) {
    this.revocationChecks = checks;
  }

  /**
   * Decides about a connection as {@link #admit} does, and has its authority asked whether it
   * stands by the certificate, where that is set: then the answer takes its time.
   */
  public CompletableFuture<Admission> admitChecked(
      X509Certificate[] chain, ConnectionContext context) {
    return checked(chain, context, admit(chain, context));
  }

  private CompletableFuture<Admission> checked(
      X509Certificate[] chain, ConnectionContext context, Admission admission) {
    RevocationChecks checks = revocationChecks;
    if (checks != null && admission instanceof Admitted admitted && admitted.principal() != null) {
      Principal principal = index.principal(admitted.principal());
      CompletableFuture<Admission> checking =
          principal == null ? null : checks.check(chain, principal, admission);
      if (checking != null) {
        return checking.thenApply(
            found ->
                found instanceof Refused refusal
                    ? count(refusal, context, admitted.principal())
                    : found);
      }
    }
    return CompletableFuture.completedFuture(admission);
  }

  /**
   * Decides about a connection as {@link #admitChecked} does, and lets a certificate that may
   * register itself do so: then the answer takes its time, and is a refusal still.
   */
  public CompletableFuture<Admission> admitOrRegister(
      X509Certificate[] chain, ConnectionContext context) {
    Admission admission = admit(chain, context);
    AutoRegistration auto = autoRegistration;
    if (auto != null
        && admission instanceof Refused refusal
        && (refusal.reason() == Refusal.UNKNOWN || refusal.reason() == Refusal.PENDING)) {
      CompletableFuture<Refused> registering = auto.connect(chain);
      if (registering != null) {
        return registering.thenApply(because -> because);
      }
    }
    return checked(chain, context, admission);
  }

  /**
   * Decides about a connection; with a client identifier also whether its policies let it connect.
   *
   * @param chain as the peer showed it, leaf first; empty when it showed none
   */
  public Admission admit(X509Certificate[] chain, ConnectionContext context) {
    Refused unfit = refusalOf(chain);
    if (unfit != null) {
      return count(unfit, context, null);
    }
    Principal principal = index.principal(Fingerprint.certificateId(chain[0]));
    if (principal == null) {
      return count(unknown(chain[0]), context, null);
    }
    Refused notActive = refusalOf(principal);
    if (notActive != null) {
      return count(notActive, context, principal.certificateId());
    }
    ConnectionPermissions permissions = authorizer.live(principal, chain[0], context);
    if (permissions.isRevoked()) {
      return notAuthorized(permissions, context);
    }
    return new Admitted(principal.certificateId(), permissions);
  }

  /**
   * Decides about somebody who proved without a certificate who he is.
   *
   * @param how he did so and what to change, for the operator: {@code user 'ann' (users file)}
   */
  public Admission admit(Bearer bearer, String how, ConnectionContext context) {
    Grant grant = bearer.grant();
    if (grant == null) {
      return count(
          new Refused(Refusal.INACTIVE, how + " may connect no longer"),
          context,
          bearer.principal());
    }
    if (grant.isEmpty()) {
      return count(
          new Refused(
              Refusal.NO_POLICY,
              how + " has no policy, and what no policy allows is denied; give it one"),
          context,
          bearer.principal());
    }
    ConnectionPermissions permissions = authorizer.of(bearer, context);
    return permissions.isRevoked()
        ? notAuthorized(permissions, context)
        : new Admitted(bearer.principal(), permissions);
  }

  /** Keeps among the denials that somebody could not prove who he is. */
  public void unproven(String explanation, ConnectionContext context) {
    authorizer.denials().addRefused(context, null, explanation);
  }

  private Refused notAuthorized(ConnectionPermissions permissions, ConnectionContext context) {
    String clientId = context.clientId() == null ? "" : context.clientId();
    permissions.decide(Action.CONNECT, clientId); // to be among the denials
    Explanation why = permissions.explain(Action.CONNECT, clientId);
    return count(
        new Refused(
            Refusal.NOT_AUTHORIZED, why.sentence() + "; " + String.join("; ", why.hints())));
  }

  /** Admits one without a certificate to everything: for listeners of developers. */
  public Admission admitAnonymous(ConnectionContext context) {
    return new Admitted(null, authorizer.everything(context));
  }

  /**
   * What speaks against letting a TLS handshake succeed: no certificate, one that is not
   * registered, or one that is out of its time. The rest waits for CONNECT, where a reason can be
   * given.
   */
  @Nullable Refused refusalInHandshake(X509Certificate[] chain) {
    Refused unfit = refusalOf(chain);
    if (unfit == null && index.principal(Fingerprint.certificateId(chain[0])) == null) {
      AutoRegistration auto = autoRegistration;
      unfit = auto != null && auto.authorityOf(chain) != null ? null : unknown(chain[0]);
    }
    return unfit == null ? null : count(unfit);
  }

  private @Nullable Refused refusalOf(X509Certificate[] chain) {
    if (chain.length == 0) {
      return new Refused(
          Refusal.NO_CERTIFICATE,
          "the client showed no certificate; give it one, with its private key");
    }
    X509Certificate leaf = chain[0];
    long now = clock.millis();
    if (now > leaf.getNotAfter().getTime()) {
      return new Refused(
          Refusal.EXPIRED,
          "certificate %s ended at %s; issue a new one and register it"
              .formatted(Fingerprint.certificateId(leaf), leaf.getNotAfter().toInstant()));
    }
    if (now < leaf.getNotBefore().getTime()) {
      return new Refused(
          Refusal.NOT_YET_VALID,
          "certificate %s begins at %s; set the clocks of issuer and gateway"
              .formatted(Fingerprint.certificateId(leaf), leaf.getNotBefore().toInstant()));
    }
    String unfit = ClientUsage.refusal(leaf);
    return unfit == null
        ? null
        : new Refused(
            Refusal.WRONG_USAGE,
            "certificate %s is not for TLS clients (%s); issue a device certificate"
                .formatted(Fingerprint.certificateId(leaf), unfit));
  }

  private static Refused unknown(X509Certificate leaf) {
    return new Refused(
        Refusal.UNKNOWN,
        "certificate %s is not registered; register it, whoever has signed it"
            .formatted(Fingerprint.certificateId(leaf)));
  }

  private boolean hasPolicies(Principal principal) {
    return !principal.policies().isEmpty()
        || principal.claimTemplate() != null
        || principal.things().keySet().stream()
            .anyMatch(thing -> !index.groups().policiesOfThing(thing).isEmpty());
  }

  private @Nullable Refused refusalOf(Principal principal) {
    CertificateStatus status = principal.status();
    if (status == CertificateStatus.ACTIVE) {
      return hasPolicies(principal)
          ? null
          : new Refused(
              Refusal.NO_POLICY,
              "certificate %s has no policy, and what no policy allows is denied; attach one with AttachPolicy"
                  .formatted(principal.certificateId()));
    }
    if (status == null) { // deleted since it was looked up
      return new Refused(
          Refusal.UNKNOWN,
          "certificate %s is not registered any more; register it"
              .formatted(principal.certificateId()));
    }
    Refusal reason =
        switch (status) {
          case REVOKED -> Refusal.REVOKED;
          case PENDING_ACTIVATION, PENDING_TRANSFER -> Refusal.PENDING;
          default -> Refusal.INACTIVE;
        };
    return new Refused(
        reason,
        "certificate %s is %s; set it ACTIVE with UpdateCertificate"
            .formatted(principal.certificateId(), status));
  }

  private Refused count(
      Refused refusal, ConnectionContext context, @Nullable String certificateId) {
    authorizer.denials().addRefused(context, certificateId, refusal.explanation());
    return count(refusal);
  }

  private Refused count(Refused refusal) {
    LongAdder counter = refused.get(refusal.reason());
    if (counter != null) {
      counter.increment();
    }
    return refusal;
  }

  /** How many were refused for each reason since the start. */
  public Map<Refusal, Long> refusals() {
    Map<Refusal, Long> counts = new EnumMap<>(Refusal.class);
    refused.forEach((reason, count) -> counts.put(reason, count.sum()));
    return Collections.unmodifiableMap(counts);
  }
}
