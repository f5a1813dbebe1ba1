package io.sluice.identity;

import io.sluice.certs.CertificateChains;
import io.sluice.certs.CertsRefused;
import io.sluice.certs.OcspQuestion;
import io.sluice.certs.RevocationList;
import io.sluice.store.Clock;
import java.math.BigInteger;
import java.net.URI;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out whether the authorities of devices' certificates still stand by them: by lists that
 * were given, by OCSP, by lists that the certificates name, in this order. What is found revoked is
 * set so in the registry, which ends its connections at once; it stays so until somebody sets it
 * otherwise. Callers on event loops are never kept: files are read by {@link #tick}'s thread,
 * signatures checked on the executor, others asked without blocking.
 */
public final class RevocationChecks {
  private static final Logger LOG = LoggerFactory.getLogger(RevocationChecks.class);
  private static final int WATCHED_MAX = 200_000; // more are asked about at each CONNECT only
  private static final int ASKING_MAX = 256;
  private static final int ANSWER_BYTES_MAX = 64 << 10;
  private static final int AGAIN_PER_TICK_MAX = 64;
  private static final long UNKNOWN_MILLIS = 60_000; // until one is asked about again
  private static final String OCSP = "application/ocsp-request";

  /** What was found out. */
  public enum Outcome {
    GOOD,
    REVOKED,
    /** Revoked for a while: INACTIVE in the registry. */
    HELD,
    /** Nobody could be asked, or gave no answer. */
    UNKNOWN
  }

  /** A certificate of a chain, as its issuer knows it. */
  private record Link(
      X509Certificate issuer, BigInteger serialNumber, @Nullable URI ocsp, List<URI> lists) {}

  /**
   * What was found out about a chain.
   *
   * @param generation of the lists when it was looked for: newer ones may say another thing
   */
  private record Known(
      List<Link> links, Outcome outcome, long untilMillis, String because, long generation) {
    Known at(long newGeneration) {
      return new Known(links, outcome, untilMillis, because, newGeneration);
    }

    Known until(long millis) {
      return new Known(links, outcome, millis, because, generation);
    }
  }

  /** About one link. */
  private record Answer(Outcome outcome, long untilMillis, String because) {}

  private final RevocationSettings settings;
  private final Registry registry;
  private final X509Certificate own;
  private final String ownId;
  private final Outgoing outgoing;
  private final Executor executor;
  private final Clock clock;
  private final RevocationLists lists;
  private final ConcurrentMap<String, Known> watched = new ConcurrentHashMap<>();
  private final AtomicInteger asking = new AtomicInteger();
  private final Map<Outcome, LongAdder> outcomes = new EnumMap<>(Outcome.class);

  /**
   * Reads the lists that were given.
   *
   * @param own the gateway's own authority, about which only given lists are asked: the registry
   *     knows the rest
   * @throws CertsRefused with a sentence for the operator when one cannot be read
   */
  public RevocationChecks(
      RevocationSettings settings,
      Registry registry,
      X509Certificate own,
      Outgoing outgoing,
      Executor executor,
      Clock clock) {
    this.settings = settings;
    this.registry = registry;
    this.own = own;
    this.ownId = io.sluice.certs.Fingerprint.certificateId(own);
    this.outgoing = outgoing;
    this.executor = executor;
    this.clock = clock;
    this.lists =
        new RevocationLists(settings.lists(), outgoing, settings.refresh(), settings.timeout());
    for (Outcome outcome : Outcome.values()) {
      outcomes.put(outcome, new LongAdder());
    }
    lists.reload(true);
  }

  /** How often what was found out about a chain, since the start. */
  public Map<Outcome, Long> outcomes() {
    Map<Outcome, Long> counts = new EnumMap<>(Outcome.class);
    outcomes.forEach((outcome, count) -> counts.put(outcome, count.sum()));
    return counts;
  }

  /**
   * What speaks against one who may come in otherwise.
   *
   * @return null when nothing has to be found out
   */
  @Nullable CompletableFuture<Authenticator.Admission> check(
      X509Certificate[] chain, Principal principal, Authenticator.Admission admitted) {
    String authority = principal.authorityId();
    if (settings.isIdle() || authority == null) {
      return null; // registered for itself: nobody vouches for it but the registry
    }
    Known known = watched.get(principal.certificateId());
    if (known != null && known.untilMillis() > clock.millis() && suffices(known.outcome())) {
      return null;
    }
    return off(() -> ask(links(List.of(chain), authority)))
        .handle(
            (found, failure) ->
                found != null
                    ? found
                    : new Known(List.of(), Outcome.UNKNOWN, 0, String.valueOf(cause(failure)), 0))
        .thenCompose(found -> settle(principal, found))
        .thenApply(found -> admission(principal, found, admitted));
  }

  /** That nobody answered a moment ago is asked again only where it would keep the device out. */
  private boolean suffices(Outcome outcome) {
    return outcome == Outcome.GOOD || settings.policy() != RevocationSettings.Policy.HARD;
  }

  private static @Nullable String cause(@Nullable Throwable failure) {
    Throwable because =
        failure == null || failure.getCause() == null ? failure : failure.getCause();
    return because == null ? null : because.getMessage();
  }

  private CompletableFuture<Known> off(java.util.function.Supplier<CompletableFuture<Known>> work) {
    try {
      return CompletableFuture.supplyAsync(work, executor).thenCompose(known -> known);
    } catch (RejectedExecutionException full) {
      return CompletableFuture.failedFuture(
          new Outgoing.Unanswered("more certificates wait to be checked than can"));
    }
  }

  private Authenticator.Admission admission(
      Principal principal, Known found, Authenticator.Admission admitted) {
    String id = principal.certificateId();
    return switch (found.outcome()) {
      case GOOD -> admitted;
      case REVOKED ->
          new Authenticator.Refused(
              Authenticator.Refusal.REVOKED,
              "certificate %s was revoked by its authority (%s); issue a new one"
                  .formatted(id, found.because()));
      case HELD ->
          new Authenticator.Refused(
              Authenticator.Refusal.INACTIVE,
              "certificate %s is held by its authority (%s); once that lets it go, set it ACTIVE with UpdateCertificate"
                  .formatted(id, found.because()));
      case UNKNOWN ->
          settings.policy() == RevocationSettings.Policy.HARD
              ? new Authenticator.Refused(
                  Authenticator.Refusal.UNCHECKED,
                  "whether certificate %s is revoked cannot be found out (%s), and revocation-check is hard; give its authority's list with revocation-lists, or make its responder answer"
                      .formatted(id, found.because()))
              : admitted;
    };
  }

  /** Remembers what was found, and has the registry follow it. */
  private CompletableFuture<Known> settle(Principal principal, Known found) {
    LongAdder count = outcomes.get(found.outcome());
    if (count != null) {
      count.increment();
    }
    String id = principal.certificateId();
    if (found.outcome() == Outcome.GOOD || found.outcome() == Outcome.UNKNOWN) {
      if (watched.size() < WATCHED_MAX || watched.containsKey(id)) {
        watched.put(id, found);
      }
      return CompletableFuture.completedFuture(found);
    }
    watched.remove(id);
    CertificateStatus status =
        found.outcome() == Outcome.REVOKED ? CertificateStatus.REVOKED : CertificateStatus.INACTIVE;
    if (principal.status() != CertificateStatus.ACTIVE) {
      return CompletableFuture.completedFuture(found);
    }
    LOG.info("certificate {} is set {}: {}", id, status, found.because());
    return registry.certificates().update(id, status).handle((done, failure) -> found);
  }

  /** The chain from the leaf up to the authority; what each link's issuer can be asked by. */
  private List<Link> links(List<X509Certificate> chain, String authorityId) {
    X509Certificate anchor =
        authorityId.equals(ownId)
            ? own
            : registry.authorities().certificate(authorityId).orElse(null);
    if (anchor == null) {
      throw new Outgoing.Unanswered(
          "its authority %s is no longer registered".formatted(authorityId));
    }
    List<X509Certificate> path = CertificateChains.pathTo(anchor, chain);
    List<Link> links = new ArrayList<>();
    for (int i = 0; i + 1 < path.size(); i++) {
      X509Certificate subject = path.get(i);
      boolean foreign = !authorityId.equals(ownId);
      links.add(
          new Link(
              path.get(i + 1),
              subject.getSerialNumber(),
              foreign ? OcspQuestion.responderOf(subject).orElse(null) : null,
              foreign ? RevocationList.distributionPoints(subject) : List.of()));
    }
    return links;
  }

  /** Asks about all links; the worst answer counts. */
  private CompletableFuture<Known> ask(List<Link> links) {
    long now = clock.millis();
    CompletableFuture<Known> all =
        CompletableFuture.completedFuture(
            new Known(
                links,
                Outcome.GOOD,
                now + settings.refresh().toMillis(),
                "asked",
                lists.generation()));
    for (Link link : links) {
      all = all.thenCombine(ask(link, now), RevocationChecks::worse);
    }
    return all;
  }

  private static Known worse(Known known, Answer answer) {
    Outcome outcome = known.outcome();
    boolean counts =
        switch (answer.outcome()) {
          case GOOD -> false;
          case REVOKED -> true;
          case HELD -> outcome != Outcome.REVOKED;
          case UNKNOWN -> outcome == Outcome.GOOD;
        };
    return new Known(
        known.links(),
        counts ? answer.outcome() : outcome,
        Math.min(known.untilMillis(), answer.untilMillis()),
        counts ? answer.because() : known.because(),
        known.generation());
  }

  private CompletableFuture<Answer> ask(Link link, long now) {
    Answer given = given(link, now);
    if (given.outcome() != Outcome.UNKNOWN) {
      return CompletableFuture.completedFuture(given);
    }
    if (settings.policy() == RevocationSettings.Policy.OFF || link.issuer().equals(own)) {
      return CompletableFuture.completedFuture(
          new Answer(Outcome.GOOD, Long.MAX_VALUE, "no list is given for it"));
    }
    if (asking.incrementAndGet() > ASKING_MAX) {
      asking.decrementAndGet();
      return CompletableFuture.completedFuture(
          unknown(now, "%d questions are under way, as many as may be".formatted(ASKING_MAX)));
    }
    CompletableFuture<Answer> answer = askOcsp(link, now);
    for (URI address : link.lists()) {
      answer =
          answer.thenCompose(
              before ->
                  before.outcome() == Outcome.UNKNOWN
                      ? askList(link, address, now)
                      : CompletableFuture.completedFuture(before));
    }
    return answer.whenComplete((done, failure) -> asking.decrementAndGet());
  }

  private static Answer unknown(long now, @Nullable String because) {
    return new Answer(Outcome.UNKNOWN, now + UNKNOWN_MILLIS, String.valueOf(because));
  }

  /** Without asking anybody. */
  private Answer given(Link link, long now) {
    RevocationLists.Told told = lists.known(link.issuer(), link.serialNumber(), link.lists(), now);
    return told.word() == RevocationLists.Word.SILENT
        ? unknown(now, "no list, no responder")
        : answer(told, now);
  }

  private Answer answer(RevocationLists.Told told, long now) {
    String where = "by " + told.where();
    return switch (told.word()) {
      case GOOD ->
          new Answer(
              Outcome.GOOD,
              Math.min(told.untilMillis(), now + settings.refresh().toMillis()),
              where);
      case REVOKED -> new Answer(Outcome.REVOKED, Long.MAX_VALUE, where);
      case HELD -> new Answer(Outcome.HELD, Long.MAX_VALUE, where);
      case SILENT -> unknown(now, where + ": nothing that is good now");
    };
  }

  private CompletableFuture<Answer> askOcsp(Link link, long now) {
    URI responder = link.ocsp();
    if (responder == null) {
      return CompletableFuture.completedFuture(
          unknown(now, "it names no responder and no list of its authority"));
    }
    OcspQuestion question = OcspQuestion.about(link.serialNumber(), link.issuer());
    return outgoing
        .post(responder, OCSP, question.request(), settings.timeout(), ANSWER_BYTES_MAX)
        .thenApplyAsync(bytes -> question.check(bytes, Instant.ofEpochMilli(now)), executor)
        .handle(
            (told, failure) -> {
              if (told == null) {
                return unknown(now, cause(failure));
              }
              long until =
                  Math.min(told.until().toEpochMilli(), now + settings.refresh().toMillis());
              return switch (told.status()) {
                case GOOD -> new Answer(Outcome.GOOD, until, "by " + responder);
                case REVOKED -> new Answer(Outcome.REVOKED, Long.MAX_VALUE, "by " + responder);
                case UNKNOWN -> unknown(now, responder + " does not know it");
              };
            });
  }

  private CompletableFuture<Answer> askList(Link link, URI address, long now) {
    return lists
        .ask(address, link.issuer(), link.serialNumber(), now)
        .thenApplyAsync(told -> answer(told, now), executor)
        .exceptionally(failure -> unknown(now, cause(failure)));
  }

  /**
   * Reads changed files, has everybody whom a new list names revoked, and looks again after those
   * whose answers have become old; called a few times a second by one thread, which may block. A
   * live connection is not ended because its authority cannot be asked any more.
   */
  public void tick() {
    if (settings.isIdle()) {
      return;
    }
    lists.reload(false);
    long generation = lists.generation();
    long now = clock.millis();
    int again = 0;
    for (Map.Entry<String, Known> entry : watched.entrySet()) {
      String id = entry.getKey();
      Known known = entry.getValue();
      Principal principal = registry.index().principal(id);
      if (principal == null || principal.status() != CertificateStatus.ACTIVE) {
        watched.remove(id, known);
        continue;
      }
      if (known.generation() < generation) {
        if (revokedByList(principal, known, now)) {
          continue;
        }
        Known looked = known.at(generation);
        known = watched.replace(id, known, looked) ? looked : known;
      }
      if (known.untilMillis() <= now && !known.links().isEmpty() && again < AGAIN_PER_TICK_MAX) {
        again++;
        askAgain(principal, known, now);
      }
    }
  }

  private void askAgain(Principal principal, Known known, long now) {
    String id = principal.certificateId();
    watched.put(id, known.until(now + UNKNOWN_MILLIS)); // not twice at once
    off(() -> ask(known.links()))
        .thenCompose(found -> settle(principal, found))
        .whenComplete(
            (done, failure) -> {
              if (failure != null) {
                LOG.warn("{} is not looked after: {}", id, failure.toString());
              }
            });
  }

  private boolean revokedByList(Principal principal, Known known, long now) {
    Known found = known;
    for (Link link : known.links()) {
      found = worse(found, given(link, now));
    }
    if (found.outcome() != Outcome.REVOKED && found.outcome() != Outcome.HELD) {
      return false;
    }
    settle(principal, found);
    return true;
  }
}
