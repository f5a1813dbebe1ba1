package io.sluice.credentials;

import com.nimbusds.jwt.JWT;
import com.nimbusds.jwt.JWTParser;
import io.sluice.identity.Outgoing;
import io.sluice.store.Clock;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * Checks JSON Web Tokens (RFC 7519; the advice of RFC 8725). What a token says of its issuer
 * chooses who checks it, and he believes nothing that his key has not signed. Any thread; a token
 * is checked by the threads of its issuer's own {@link Waiting} room, since keys may have to be
 * fetched and one issuer must not hold up another.
 */
public final class TokenDesk {
  private static final Pattern TOKEN = Pattern.compile("ey[\\w-]+\\.[\\w-]+\\.[\\w-]*");
  private static final int TOKEN_CHARS_MAX = 16_384;
  private static final long KEYS_INTERVAL_MILLIS = 30_000;

  private final Map<String, Issuing> issuers = new HashMap<>(); // not changed after construction

  private record Issuing(TokenIssuer issuer, Waiting waiting) {}

  /**
   * @param rules of each issuer
   * @param rooms makes the room where an issuer's tokens wait
   * @throws TokenRules.Refused when two have one issuer, or one name
   */
  public TokenDesk(
      List<TokenRules> rules, Supplier<Waiting> rooms, Outgoing outgoing, Clock clock) {
    this(rules, rooms, outgoing, clock, KEYS_INTERVAL_MILLIS);
  }

  TokenDesk(
      List<TokenRules> rules,
      Supplier<Waiting> rooms,
      Outgoing outgoing,
      Clock clock,
      long keysIntervalMillis) {
    Set<String> principals = new HashSet<>();
    for (TokenRules each : rules) {
      Issuing issuing =
          new Issuing(new TokenIssuer(each, outgoing, clock, keysIntervalMillis), rooms.get());
      if (issuers.put(each.issuer(), issuing) != null || !principals.add(each.principals())) {
        throw new TokenRules.Refused(
            "issuer '%s', or its name, is there twice; give each a name of its own"
                .formatted(each.issuer()));
      }
    }
  }

  /** Whether a password looks like a token, so that it is meant for this desk. */
  public static boolean isToken(byte[] password) {
    return password.length <= TOKEN_CHARS_MAX
        && TOKEN.matcher(new String(password, StandardCharsets.ISO_8859_1)).matches();
  }

  /** Decides about a token in its compact form. */
  public CompletableFuture<Proof> prove(String token) {
    if (token.length() > TOKEN_CHARS_MAX) {
      return failed("bad_token", "a token of %d characters is too long".formatted(token.length()));
    }
    try {
      JWT parsed = JWTParser.parse(token);
      String issuer = parsed.getJWTClaimsSet().getIssuer();
      Issuing named = issuer == null ? null : issuers.get(issuer);
      return named == null
          ? failed(
              "token_issuer",
              "the token is of none of the %d issuers whose tokens are taken"
                  .formatted(issuers.size()))
          : named.waiting().enter(() -> named.issuer().check(parsed));
    } catch (ParseException | IllegalArgumentException garbled) { // the latter of bad base64
      return failed("bad_token", "the token is none in the compact form of RFC 7515");
    }
  }

  private static CompletableFuture<Proof> failed(String word, String sentence) {
    return CompletableFuture.completedFuture(new Proof.Failed(Proof.Cause.WRONG, word, sentence));
  }

  /** How often the keys of issuers were read. */
  public long keyReads() {
    return issuers.values().stream().mapToLong(each -> each.issuer().keyReads()).sum();
  }
}
