package io.sluice.credentials;

import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.JWKSetCacheRefreshEvaluator;
import com.nimbusds.jose.jwk.source.JWKSetSource;
import com.nimbusds.jose.jwk.source.JWKSetUnavailableException;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.jwk.source.JWKSourceBuilder;
import com.nimbusds.jose.proc.SecurityContext;
import io.sluice.identity.Outgoing;
import io.sluice.store.Clock;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The issuer's keys, from a file, from an address, or from where the issuer says they are. They are
 * kept for a while, read anew when a token names one that is not there, but at most twice in an
 * interval, and used on for an hour while their address does not answer. Blocks; not for event
 * loops.
 */
final class TokenKeys implements JWKSetSource<SecurityContext> {
  private static final long KEPT_MILLIS = Duration.ofMinutes(10).toMillis();
  private static final long FILE_KEPT_MILLIS = Duration.ofSeconds(5).toMillis();
  private static final long FILE_INTERVAL_MILLIS = 1_000;
  private static final long LOCK_MILLIS = Duration.ofSeconds(8).toMillis();
  private static final long OUTAGE_MILLIS = Duration.ofHours(1).toMillis();
  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final int BYTES_MAX = 256 << 10;

  private final String place;
  private final @Nullable Outgoing outgoing; // null: a file
  private final @Nullable Discovery discovery; // null: the place is known
  private final LongAdder reads = new LongAdder();
  private volatile boolean known;

  private TokenKeys(String place, @Nullable Outgoing outgoing, @Nullable Discovery discovery) {
    this.place = place;
    this.outgoing = outgoing;
    this.discovery = discovery;
  }

  static TokenKeys of(TokenRules rules, Outgoing outgoing, Clock clock) {
    if (rules.keysAreDiscovered()) {
      Discovery discovery = new Discovery(rules.issuer(), outgoing, clock);
      return new TokenKeys(discovery.place().toString(), outgoing, discovery);
    }
    return new TokenKeys(rules.keys(), rules.keysAreAFile() ? null : outgoing, null);
  }

  /** Where they are, or where that is said. */
  String place() {
    return place;
  }

  /** With a cache before them. */
  JWKSource<SecurityContext> cached(long intervalMillis) {
    boolean file = outgoing == null;
    return JWKSourceBuilder.create(this)
        .cache(file ? FILE_KEPT_MILLIS : KEPT_MILLIS, LOCK_MILLIS)
        .refreshAheadCache(false)
        .rateLimited(file ? FILE_INTERVAL_MILLIS : intervalMillis)
        .outageTolerant(OUTAGE_MILLIS)
        .build();
  }

  /** Whether they have been read at least once. */
  boolean areKnown() {
    return known;
  }

  /** How often they were read. */
  long reads() {
    return reads.sum();
  }

  @Override
  public JWKSet getJWKSet(JWKSetCacheRefreshEvaluator evaluator, long now, SecurityContext nothing)
      throws JWKSetUnavailableException {
    reads.increment();
    try {
      JWKSet set = JWKSet.parse(new String(bytes(), StandardCharsets.UTF_8));
      known = true;
      return set;
    } catch (ParseException garbled) {
      throw new JWKSetUnavailableException("%s holds no JWK set".formatted(place), garbled);
    } catch (IOException | CompletionException | Outgoing.Unanswered unreadable) {
      throw new JWKSetUnavailableException("%s cannot be read".formatted(place), unreadable);
    }
  }

  private byte[] bytes() throws IOException {
    Outgoing address = outgoing;
    if (address != null) {
      URI keys = discovery == null ? URI.create(place) : discovery.keys();
      try {
        return address.get(keys, TIMEOUT, BYTES_MAX).join();
      } catch (CompletionException gone) {
        if (discovery != null) {
          discovery.forget(); // they may have moved
        }
        throw gone;
      }
    }
    Path file = Path.of(place);
    if (Files.size(file) > BYTES_MAX) {
      throw new IOException("it is larger than %d bytes".formatted(BYTES_MAX));
    }
    return Files.readAllBytes(file);
  }

  @Override
  public void close() {}
}
