package io.sluice.identity;

import io.sluice.certs.CertsRefused;
import io.sluice.certs.RevocationList;
import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CRLReason;
import java.security.cert.X509CRL;
import java.security.cert.X509CRLEntry;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x509.IssuingDistributionPoint;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Certificate revocation lists: those of files, and those that certificates name by address, which
 * are fetched once for all. A list counts for an issuer whose signature it carries; whom a list
 * that is not about everybody leaves out, it says nothing about. Lookups answer from memory on any
 * thread; {@link #reload} reads files and is called by one thread.
 */
final class RevocationLists {
  private static final Logger LOG = LoggerFactory.getLogger(RevocationLists.class);
  private static final int BYTES_MAX = 32 << 20;
  private static final int ADDRESSES_MAX = 1_000;
  private static final int ISSUERS_MAX = 100;
  private static final Duration RETRY = Duration.ofSeconds(60);
  private static final Duration LEAST = Duration.ofSeconds(5); // between two that succeed

  /** Of lists that are not about every certificate of their issuer (RFC 5280, 5.2.4 and 5.2.5). */
  private static final String DELTA = "2.5.29.27";

  private static final String ISSUING_DISTRIBUTION_POINT = "2.5.29.28";

  /** What a list says about a certificate. */
  enum Word {
    GOOD,
    REVOKED,
    /** For a while. */
    HELD,
    /** There is no list by this issuer that is still good. */
    SILENT
  }

  /**
   * @param untilMillis how long that may be relied on
   * @param where the list lies
   */
  record Told(Word word, long untilMillis, String where) {
    private static final Told NOTHING = new Told(Word.SILENT, 0, "no list");
  }

  /**
   * @param list null when it could not be read
   */
  private record Source(long modifiedMillis, long bytes, @Nullable ReadList list) {}

  /** A list, and for which issuers its signature was checked: that takes longer than a lookup. */
  private static final class ReadList {
    private final X509CRL list;
    private final String where;
    private final ConcurrentMap<X509Certificate, Boolean> by = new ConcurrentHashMap<>();

    ReadList(byte[] bytes, String where) {
      this.list = RevocationList.parse(bytes, where);
      this.where = where;
    }

    boolean isBy(X509Certificate issuer) {
      if (!list.getIssuerX500Principal().equals(issuer.getSubjectX500Principal())) {
        return false;
      }
      if (by.size() >= ISSUERS_MAX) { // of one name: somebody plays
        by.clear();
      }
      return by.computeIfAbsent(issuer, key -> RevocationList.isBy(list, key));
    }

    /**
     * Revoked is for ever; an old list that says nothing says nothing.
     *
     * @param byName whether the certificate names this list's address, so that a list for a part of
     *     the certificates is for its part
     */
    Told told(BigInteger serialNumber, long nowMillis, boolean byName) {
      X509CRLEntry entry = list.getRevokedCertificate(serialNumber);
      if (entry != null && entry.getRevocationReason() != CRLReason.REMOVE_FROM_CRL) {
        return new Told(
            entry.getRevocationReason() == CRLReason.CERTIFICATE_HOLD ? Word.HELD : Word.REVOKED,
            Long.MAX_VALUE,
            where);
      }
      long until = list.getNextUpdate() == null ? Long.MAX_VALUE : list.getNextUpdate().getTime();
      return until < nowMillis || !isAboutAll(byName)
          ? Told.NOTHING
          : new Told(Word.GOOD, until, where);
    }

    /** A critical extension that is not understood makes a list's silence mean nothing. */
    private boolean isAboutAll(boolean byName) {
      Set<String> critical = list.getCriticalExtensionOIDs();
      if (critical == null || critical.isEmpty()) {
        return list.getExtensionValue(DELTA) == null;
      }
      byte[] point = list.getExtensionValue(ISSUING_DISTRIBUTION_POINT);
      if (!critical.equals(Set.of(ISSUING_DISTRIBUTION_POINT)) || point == null || !byName) {
        return false;
      }
      IssuingDistributionPoint part =
          IssuingDistributionPoint.getInstance(ASN1OctetString.getInstance(point).getOctets());
      return !part.isIndirectCRL()
          && !part.onlyContainsAttributeCerts()
          && !part.onlyContainsCACerts() // of users' alone are those of devices
          && part.getOnlySomeReasons() == null;
    }
  }

  /**
   * @param dueMillis when it is fetched again
   */
  private record Fetched(CompletableFuture<ReadList> list, long dueMillis) {
    @Nullable ReadList read() {
      return list.isDone() && !list.isCompletedExceptionally() ? list.join() : null;
    }
  }

  private final List<Path> places;
  private final Outgoing outgoing;
  private final Duration refresh;
  private final Duration timeout;
  private final AtomicLong generation = new AtomicLong();
  private volatile Map<Path, Source> files = Map.of();
  private final ConcurrentMap<URI, Fetched> fetched = new ConcurrentHashMap<>();

  RevocationLists(List<Path> places, Outgoing outgoing, Duration refresh, Duration timeout) {
    this.places = places;
    this.outgoing = outgoing;
    this.refresh = refresh;
    this.timeout = timeout;
  }

  /** Grows with every new list: what was found out before may be another now. Any thread. */
  long generation() {
    return generation.get();
  }

  /**
   * Reads the files that have changed. One that cannot be read leaves what was read of it before.
   *
   * @return whether anything is new
   * @throws CertsRefused when {@code strict} and a file is missing or no list
   */
  boolean reload(boolean strict) {
    Map<Path, Source> now = new HashMap<>();
    boolean changed = false;
    for (Path file : listed(strict)) {
      Source before = files.get(file);
      Source source = read(file, before, strict);
      now.put(file, source);
      changed |= !source.equals(before);
    }
    changed |= now.size() != files.size();
    if (changed) {
      files = Map.copyOf(now);
      generation.incrementAndGet();
    }
    return changed;
  }

  /** What is there now; what was there before when nothing has changed, or it cannot be read. */
  private static Source read(Path file, @Nullable Source before, boolean strict) {
    long modified = 0;
    long bytes = -1;
    try {
      modified = Files.getLastModifiedTime(file).toMillis();
      bytes = Files.size(file);
      if (before != null && before.modifiedMillis() == modified && before.bytes() == bytes) {
        return before;
      }
      return new Source(modified, bytes, new ReadList(Files.readAllBytes(file), file.toString()));
    } catch (IOException | CertsRefused unread) {
      if (strict) {
        throw new CertsRefused(
            CertsRefused.Reason.MALFORMED,
            "revocation list %s: %s; give a file in PEM or DER, or leave it out of revocation-lists"
                .formatted(file, unread.getMessage()));
      }
      if (before != null && before.modifiedMillis() == modified && before.bytes() == bytes) {
        return before; // it has been said
      }
      LOG.warn(
          "revocation list {} cannot be read, what was read before stays: {}",
          file,
          unread.getMessage());
      return new Source(modified, bytes, before == null ? null : before.list());
    }
  }

  private List<Path> listed(boolean strict) {
    List<Path> found = new ArrayList<>();
    for (Path place : places) {
      if (Files.isDirectory(place)) {
        try (DirectoryStream<Path> inside = Files.newDirectoryStream(place, "*.crl")) {
          inside.forEach(found::add);
        } catch (IOException e) {
          LOG.warn("folder {} of revocation lists cannot be read: {}", place, e.toString());
        }
      } else if (strict || Files.exists(place) || files.containsKey(place)) {
        found.add(place);
      }
    }
    return found;
  }

  /**
   * What is known without asking: from the files, then from what was fetched. Any thread.
   *
   * @param addresses of lists that the certificate names
   */
  Told known(X509Certificate issuer, BigInteger serialNumber, List<URI> addresses, long nowMillis) {
    Told told = Told.NOTHING;
    for (Source source : files.values()) {
      told = stronger(told, told(source.list(), issuer, serialNumber, nowMillis, false));
    }
    for (URI address : addresses) {
      Fetched entry = fetched.get(address);
      ReadList list = entry == null ? null : entry.read();
      if (list != null && (told.word() == Word.SILENT || told.word() == Word.GOOD)) {
        Told there = told(list, issuer, serialNumber, nowMillis, true);
        if (there.word() != Word.GOOD) { // good is what it was asked about, when it is due
          told = stronger(told, there);
        }
      }
    }
    return told;
  }

  private static Told stronger(Told one, Told other) {
    return other.word() == Word.SILENT
            || one.word() == Word.REVOKED
            || other.word() == Word.GOOD && one.word() != Word.SILENT
        ? one
        : other;
  }

  private static Told told(
      @Nullable ReadList list,
      X509Certificate issuer,
      BigInteger serialNumber,
      long nowMillis,
      boolean byName) {
    return list != null && list.isBy(issuer)
        ? list.told(serialNumber, nowMillis, byName)
        : Told.NOTHING;
  }

  /**
   * What the list at an address says; fetched when it is not there, or old. Fails when it cannot be
   * had.
   */
  CompletableFuture<Told> ask(
      URI address, X509Certificate issuer, BigInteger serialNumber, long nowMillis) {
    return fetch(address, nowMillis)
        .thenApply(list -> told(list, issuer, serialNumber, nowMillis, true));
  }

  private CompletableFuture<ReadList> fetch(URI address, long nowMillis) {
    if (fetched.size() >= ADDRESSES_MAX && !fetched.containsKey(address)) {
      return CompletableFuture.failedFuture(
          new Outgoing.Unanswered(
              "%d addresses of revocation lists are in use, as many as may be"
                  .formatted(ADDRESSES_MAX)));
    }
    Fetched entry =
        fetched.compute(
            address,
            (url, before) -> {
              if (before != null && before.dueMillis() > nowMillis) {
                return before;
              }
              CompletableFuture<ReadList> list =
                  outgoing
                      .get(url, timeout, BYTES_MAX)
                      .thenApply(bytes -> new ReadList(bytes, url.toString()));
              list.whenCompleteAsync( // never inside this map's own lock
                  (read, failure) -> {
                    if (failure != null) {
                      LOG.warn("revocation list {} cannot be had: {}", url, failure.getMessage());
                    }
                    fetched.put(url, new Fetched(list, due(read, nowMillis)));
                    generation.incrementAndGet();
                  });
              return new Fetched(list, nowMillis + RETRY.toMillis());
            });
    return entry.list();
  }

  private long due(@Nullable ReadList read, long nowMillis) {
    if (read == null) {
      return nowMillis + RETRY.toMillis();
    }
    long due = nowMillis + refresh.toMillis();
    X509CRL list = read.list;
    return list.getNextUpdate() == null
        ? due
        : Math.max(nowMillis + LEAST.toMillis(), Math.min(due, list.getNextUpdate().getTime()));
  }
}
