package io.sluice.credentials;

import com.fasterxml.jackson.databind.JsonNode;
import io.sluice.identity.Outgoing;
import io.sluice.store.Clock;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Learns from an issuer where its keys are. Source: OpenID Connect Discovery 1.0, sections 3 and 4.
 * What it said holds for an hour, unless the keys cannot be read there. Asked by one thread at a
 * time; blocks.
 */
final class Discovery {
  private static final String WELL_KNOWN = "/.well-known/openid-configuration";
  private static final long KEPT_MILLIS = Duration.ofHours(1).toMillis();
  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final int BYTES_MAX = 64 << 10;

  private final String issuer;
  private final URI place;
  private final Outgoing outgoing;
  private final Clock clock;
  private volatile @Nullable Said said;

  private record Said(URI keys, long untilMillis) {}

  Discovery(String issuer, Outgoing outgoing, Clock clock) {
    this.issuer = issuer;
    this.place = URI.create(issuer.replaceFirst("/$", "") + WELL_KNOWN);
    this.outgoing = outgoing;
    this.clock = clock;
  }

  /** Where the issuer says it. */
  URI place() {
    return place;
  }

  /**
   * Where the keys are.
   *
   * @throws IOException when the answer is of no use; the sentence says why
   */
  URI keys() throws IOException {
    Said known = said;
    if (known != null && clock.millis() < known.untilMillis()) {
      return known.keys();
    }
    JsonNode document = outgoing.getJson(place, TIMEOUT, BYTES_MAX).join();
    if (!document.path("issuer").asText().equals(issuer)) { // or it could speak for another
      throw new IOException("the document names another issuer");
    }
    String keys = document.path("jwks_uri").asText();
    if (!TokenRules.isSafeAddress(keys)) {
      throw new IOException("its jwks_uri is no https address");
    }
    URI found = URI.create(keys);
    said = new Said(found, clock.millis() + KEPT_MILLIS);
    return found;
  }

  /** Asks again next time. */
  void forget() {
    said = null;
  }
}
