package io.sluice.credentials;

import io.sluice.identity.Outgoing;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which JSON Web Tokens of one issuer are taken, and what they stand for.
 *
 * @param name tells the owners of his tokens from those of others; empty for the issuer of the
 *     settings
 * @param issuer what {@code iss} must be
 * @param keys the issuer's JWK set: an https address (http on this machine only), or a file; empty:
 *     where the issuer's own discovery document says
 * @param audience what must be among {@code aud}
 * @param algorithms of signatures, by their names in RFC 7518; only those with a public key
 * @param leeway how far clocks may be apart
 * @param nameClaim the claim that names the principal
 * @param policies which policies a token's owner has
 */
public record TokenRules(
    String name,
    String issuer,
    String keys,
    String audience,
    Set<String> algorithms,
    Duration leeway,
    String nameClaim,
    List<Mapping> policies) {
  /** With a public key: nobody who can read the key set can sign. */
  private static final Set<String> ASYMMETRIC =
      Set.of("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512");

  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9_-]{0,64}");

  private static final Pattern MAPPING =
      Pattern.compile("(?:([^=]{1,128})=(.{1,512}):)?([a-zA-Z0-9_+=,.@-]{1,128})");

  /** They are not as they must be; the sentence says what to do. */
  public static final class Refused extends RuntimeException {
    Refused(String message) {
      super(message, null, false, false);
    }
  }

  /**
   * A policy, and who has it.
   *
   * @param claim the claim that decides; null: everybody
   * @param value what the claim, or one of its values, must be
   */
  public record Mapping(@Nullable String claim, @Nullable String value, String policy) {
    /**
     * Reads {@code POLICY} or {@code CLAIM=VALUE:POLICY}.
     *
     * @throws Refused when it is neither
     */
    static Mapping parse(String text) {
      Matcher matcher = MAPPING.matcher(text);
      if (!matcher.matches()) {
        throw new Refused(
            "'%s' is neither POLICY nor CLAIM=VALUE:POLICY; a policy's name has letters, digits and _ + = , . @ -"
                .formatted(text));
      }
      return new Mapping(matcher.group(1), matcher.group(2), matcher.group(3));
    }
  }

  public TokenRules {
    algorithms = Set.copyOf(algorithms);
    policies = List.copyOf(policies);
    if (issuer.isBlank() || audience.isBlank()) {
      throw new Refused(
          "tokens need an issuer and an audience; without one of them anybody's token would do");
    }
    if (!NAME.matcher(name).matches()) {
      throw new Refused("an issuer's name has letters, digits, _ and -, 64 at most");
    }
    for (String algorithm : algorithms) {
      if (!ASYMMETRIC.contains(algorithm)) {
        throw new Refused(
            "algorithm '%s' is not taken; name some of %s: with others whoever can check could also sign"
                .formatted(algorithm, ASYMMETRIC.stream().sorted().toList()));
      }
    }
    if (algorithms.isEmpty()) {
      throw new Refused("no algorithm is named; RS256 and ES256 are usual");
    }
    if (isAddress(keys) && !isSafeAddress(keys)) {
      throw new Refused("keys from '%s' could be exchanged on the way; use https".formatted(keys));
    }
    if (keys.isBlank() && !isSafeAddress(issuer)) {
      throw new Refused(
          "issuer '%s' is no https address that could be asked for its keys; name them"
              .formatted(issuer));
    }
  }

  /** Reads the mappings, one each. */
  public static List<Mapping> mappings(List<String> texts) {
    List<Mapping> mappings = new ArrayList<>();
    texts.stream()
        .map(String::strip)
        .filter(text -> !text.isEmpty())
        .map(Mapping::parse)
        .forEach(mappings::add);
    return mappings;
  }

  /** Whether owners of tokens have a policy. */
  public boolean give(String policy) {
    return policies.stream().anyMatch(mapping -> mapping.policy().equals(policy));
  }

  /** What the principals of this issuer's owners begin with; no other issuer's do. */
  public String principals() {
    return name.isEmpty() ? "jwt/" : "jwt." + name + "/";
  }

  boolean keysAreDiscovered() {
    return keys.isBlank();
  }

  boolean keysAreAFile() {
    return !isAddress(keys);
  }

  /** Whether nobody on the way can change what comes from an address. */
  static boolean isSafeAddress(String text) {
    if (!Outgoing.isUrl(text)) {
      return false;
    }
    URI address = URI.create(text);
    return address.getScheme().equals("https") || isHere(address);
  }

  private static boolean isAddress(String keys) {
    return keys.startsWith("https://") || keys.startsWith("http://");
  }

  private static boolean isHere(URI address) {
    return Set.of("localhost", "127.0.0.1", "[::1]").contains(String.valueOf(address.getHost()));
  }
}
