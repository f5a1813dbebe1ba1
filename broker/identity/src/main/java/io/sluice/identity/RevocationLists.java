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
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Certificate revocation lists: those of files, and those that certificates name by address, which
 * are fetched once for all. A list counts for an issuer whose signature it carries. Lookups answer
 * from memory on any thread; {@link #reload} reads files and is called by one thread.
 */
final class RevocationLists {
  private static final Logger LOG = LoggerFactory.getLogger(RevocationLists.class);
  private static final int BYTES_MAX = 32 << 20;
  private static final int ADDRESSES_MAX = 1_000;
  private static final int ISSUERS_MAX = 100;
  private static final Duration RETRY = Duration.ofSeconds(60);

  /** What a list says about a certificate. */
  enum Word {
    GOOD,
    REVOKED,
    /** For a while. */
    HELD,
    /** There is no list by this issuer that is still good. */
    SILENT
  }

  private record Source(long modifiedMillis, long bytes, ReadList list) {}

  /** A list, and for which issuers its signature was checked: that takes longer than a lookup. */
  private static final class ReadList {
    private final X509CRL list;
    private final ConcurrentMap<X509Certificate, Boolean> by = new ConcurrentHashMap<>();

    ReadList(byte[] bytes, String where) {
      this.list = RevocationList.parse(bytes, where);
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

    /** Revoked is for ever; an old list that says nothing says nothing. */
    Word word(BigInteger serialNumber, long nowMillis) {
      X509CRLEntry entry = list.getRevokedCertificate(serialNumber);
      if (entry != null && entry.getRevocationReason() != CRLReason.REMOVE_FROM_CRL) {
        return entry.getRevocationReason() == CRLReason.CERTIFICATE_HOLD ? Word.HELD : Word.REVOKED;
      }
      return list.getNextUpdate() != null && list.getNextUpdate().getTime() < nowMillis
          ? Word.SILENT
          : Word.GOOD;
    }
  }

  /**
   * @param dueMillis when it is fetched again
   */
  private record Fetched(CompletableFuture<ReadList> list, long dueMillis) {}

  private final List<Path> places;
  private final Outgoing outgoing;
  private final Duration refresh;
  private final Duration timeout;
  private volatile Map<Path, Source> files = Map.of();
  private final ConcurrentMap<URI, Fetched> fetched = new ConcurrentHashMap<>();

  RevocationLists(List<Path> places, Outgoing outgoing, Duration refresh, Duration timeout) {
    this.places = places;
    this.outgoing = outgoing;
    this.refresh = refresh;
    this.timeout = timeout;
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
      try {
        long modified = Files.getLastModifiedTime(file).toMillis();
        long bytes = Files.size(file);
        if (before != null && before.modifiedMillis() == modified && before.bytes() == bytes) {
          now.put(file, before);
          continue;
        }
        ReadList list = new ReadList(Files.readAllBytes(file), file.toString());
        now.put(file, new Source(modified, bytes, list));
        changed = true;
      } catch (IOException | CertsRefused unread) {
        if (strict) {
          throw new CertsRefused(
              CertsRefused.Reason.MALFORMED,
              "revocation list %s: %s; give a file in PEM or DER, or leave it out of revocation-lists"
                  .formatted(file, unread.getMessage()));
        }
        if (before != null) {
          now.put(file, before);
        }
        LOG.warn(
            "revocation list {} cannot be read, what was read before stays: {}",
            file,
            unread.getMessage());
      }
    }
    changed |= now.size() != files.size();
    if (changed) {
      files = Map.copyOf(now);
    }
    return changed;
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

  /** What the files say. Any thread. */
  Word word(X509Certificate issuer, BigInteger serialNumber, long nowMillis) {
    Word word = Word.SILENT;
    for (Source source : files.values()) {
      if (source.list().isBy(issuer)) {
        Word here = source.list().word(serialNumber, nowMillis);
        if (here == Word.REVOKED || here == Word.HELD) {
          return here;
        }
        word = here == Word.GOOD ? here : word;
      }
    }
    return word;
  }

  /**
   * What the list at an address says; fetched when it is not there, or old. Fails when it cannot be
   * had.
   */
  CompletableFuture<Word> ask(
      URI address, X509Certificate issuer, BigInteger serialNumber, long nowMillis) {
    return fetch(address, nowMillis)
        .thenApply(list -> list.isBy(issuer) ? list.word(serialNumber, nowMillis) : Word.SILENT);
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
        : Math.max(nowMillis + RETRY.toMillis(), Math.min(due, list.getNextUpdate().getTime()));
  }
}
