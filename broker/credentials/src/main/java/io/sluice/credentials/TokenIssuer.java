package io.sluice.credentials;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.source.RateLimitReachedException;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWT;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import com.nimbusds.jwt.proc.ExpiredJWTException;
import io.sluice.identity.Bearer;
import io.sluice.identity.Grant;
import io.sluice.identity.Outgoing;
import io.sluice.store.Clock;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One issuer of JSON Web Tokens, and whom his tokens make somebody. Only signatures with an
 * algorithm on the list and a public key of the issuer count. May wait for the issuer's keys, so
 * not for event loops.
 */
final class TokenIssuer {
  private static final Pattern NAME = Pattern.compile("[\\x21-\\x7E]{1,256}");
  private static final int CLAIMS_MAX = 100;
  private static final int DEPTH_MAX = 3;

  private final TokenRules rules;
  private final Clock clock;
  private final TokenKeys keys;
  private final DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();

  TokenIssuer(TokenRules rules, Outgoing outgoing, Clock clock, long keysIntervalMillis) {
    this.rules = rules;
    this.clock = clock;
    this.keys = TokenKeys.of(rules, outgoing, clock);
    Set<JWSAlgorithm> algorithms =
        rules.algorithms().stream().map(JWSAlgorithm::parse).collect(Collectors.toSet());
    processor.setJWSTypeVerifier(
        new DefaultJOSEObjectTypeVerifier<>(
            JOSEObjectType.JWT, new JOSEObjectType("at+jwt"), null));
    processor.setJWSKeySelector(
        new JWSVerificationKeySelector<>(algorithms, keys.cached(keysIntervalMillis)));
    DefaultJWTClaimsVerifier<SecurityContext> claims =
        new DefaultJWTClaimsVerifier<>(
            rules.audience(),
            new JWTClaimsSet.Builder().issuer(rules.issuer()).build(),
            Set.of("exp", rules.nameClaim())) {
          @Override
          protected Date currentTime() {
            return new Date(clock.millis());
          }
        };
    claims.setMaxClockSkew((int) rules.leeway().toSeconds());
    processor.setJWTClaimsSetVerifier(claims);
  }

  /** How often his keys were read. */
  long keyReads() {
    return keys.reads();
  }

  /** Decides about a token that says it is his. */
  Proof check(JWT token) {
    try {
      return proven(processor.process(token, null));
    } catch (ExpiredJWTException expired) {
      return failed("token_expired", "the token has expired; get a new one from its issuer");
    } catch (RateLimitReachedException tooOften) {
      return keys.areKnown()
          ? failed("token_key", "the token's key is none of the issuer's, which were read just now")
          : unavailable();
    } catch (KeySourceException noKeys) {
      return unavailable();
    } catch (BadJOSEException | JOSEException refused) {
      return failed("bad_token", "the token is refused: " + refused.getMessage());
    }
  }

  private Proof unavailable() {
    return new Proof.Failed(
        Proof.Cause.UNAVAILABLE,
        "token_keys_unavailable",
        "the issuer's keys cannot be read from %s; check that it is there and holds a JWK set"
            .formatted(keys.place()));
  }

  private static Proof failed(String word, String sentence) {
    return new Proof.Failed(Proof.Cause.WRONG, word, sentence);
  }

  private Proof proven(JWTClaimsSet claims) {
    Map<String, List<String>> variables = new TreeMap<>();
    flatten("jwt:", claims.getClaims(), variables, 1);
    String name = String.join("", variables.getOrDefault("jwt:" + rules.nameClaim(), List.of()));
    if (!NAME.matcher(name).matches()) {
      return failed(
          "token_name",
          "the token's claim '%s' is no name of 1 to 256 printable characters"
              .formatted(rules.nameClaim()));
    }
    List<String> policies = new ArrayList<>();
    for (TokenRules.Mapping mapping : rules.policies()) {
      String claim = mapping.claim();
      if (claim == null
          || variables.getOrDefault("jwt:" + claim, List.of()).contains(mapping.value())) {
        policies.add(mapping.policy());
      }
    }
    long ends = claims.getExpirationTime().getTime() + rules.leeway().toMillis();
    return new Proof.Proven(
        new Holder(rules.principals() + name, Grant.of(policies, variables), ends, clock),
        "the owner '%s' of a token (jwt-policies)".formatted(name),
        ends);
  }

  /** Objects in claims become {@code outer.inner}, lists several values. */
  private static void flatten(
      String prefix, Map<String, Object> claims, Map<String, List<String>> into, int depth) {
    claims.forEach(
        (name, value) -> {
          if (into.size() >= CLAIMS_MAX) {
            return;
          }
          if (value instanceof Map<?, ?> inner && depth < DEPTH_MAX) {
            Map<String, Object> named = new TreeMap<>();
            inner.forEach((key, of) -> named.put(String.valueOf(key), of));
            flatten(prefix + name + ".", named, into, depth + 1);
          } else if (value instanceof List<?> list) {
            into.put(
                prefix + name,
                list.stream()
                    .limit(CLAIMS_MAX)
                    .map(TokenIssuer::text)
                    .filter(t -> !t.isEmpty())
                    .toList());
          } else if (!text(value).isEmpty()) {
            into.put(prefix + name, List.of(text(value)));
          }
        });
  }

  private static String text(@Nullable Object value) {
    if (value instanceof Date date) {
      return Long.toString(date.getTime() / 1000);
    }
    return value instanceof String || value instanceof Number || value instanceof Boolean
        ? value.toString()
        : "";
  }

  /** May do nothing from the moment on in which the token ends. */
  private record Holder(String principal, Grant granted, long endsMillis, Clock clock)
      implements Bearer {
    @Override
    public int version() {
      return clock.millis() < endsMillis ? 0 : 1;
    }

    @Override
    public @Nullable Grant grant() {
      return version() == 0 ? granted : null;
    }
  }
}
