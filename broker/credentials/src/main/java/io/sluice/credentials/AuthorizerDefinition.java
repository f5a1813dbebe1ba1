package io.sluice.credentials;

import io.sluice.identity.Outgoing;
import io.sluice.identity.RegistryError;
import io.sluice.identity.RegistryRefused;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A custom authorizer: somebody who is asked over HTTP who a client is. Source: AWS IoT Developer
 * Guide, "Custom authentication and authorization".
 *
 * @param url in the place of a function's ARN
 * @param tokenKeyName which parameter of the user name, query or header holds the token
 * @param publicKeys PEM by name; a token is signed with one of the private keys
 * @param active whether clients may use it
 * @param signingDisabled whether tokens need no signature
 */
public record AuthorizerDefinition(
    String name,
    String url,
    @Nullable String tokenKeyName,
    Map<String, String> publicKeys,
    boolean active,
    boolean signingDisabled,
    boolean cachingForHttp,
    long createdMillis,
    long modifiedMillis) {
  private static final Pattern NAME = Pattern.compile("[\\w=,@-]{1,128}");
  private static final Pattern KEY_NAME = Pattern.compile("[a-zA-Z0-9:_-]{1,128}");
  private static final int KEYS_MAX = 2;
  private static final int KEY_BITS_MIN = 2_048;
  private static final int KEY_CHARS_MAX = 5120;

  public AuthorizerDefinition {
    publicKeys = java.util.Collections.unmodifiableMap(new TreeMap<>(publicKeys));
    check(
        NAME.matcher(name).matches(),
        "authorizer name '%s' has other characters than letters, digits and _ = , @ -",
        name);
    check(
        Outgoing.isUrl(url),
        "authorizerFunctionArn of '%s' is no http or https URL, which this gateway has in its place",
        name);
    check(
        publicKeys.size() <= KEYS_MAX
            && publicKeys.keySet().stream().allMatch(key -> KEY_NAME.matcher(key).matches()),
        "authorizer '%s' has more than two signing keys, or their names are not 1 to 128 letters, digits and : _ -",
        name);
    check(
        tokenKeyName == null || KEY_NAME.matcher(tokenKeyName).matches(),
        "tokenKeyName of '%s' is not 1 to 128 letters, digits and : _ -",
        name);
    check(
        signingDisabled || tokenKeyName != null && !publicKeys.isEmpty(),
        "authorizer '%s' needs tokenKeyName and tokenSigningPublicKeys, or signingDisabled",
        name);
    for (String pem : publicKeys.values()) {
      check(
          pem.length() <= KEY_CHARS_MAX && key(pem) != null,
          "a public key of '%s' is no RSA key in PEM (BEGIN PUBLIC KEY)",
          name);
    }
  }

  private static void check(boolean holds, String sentence, String name) {
    if (!holds) {
      String shown = name.length() > 128 ? name.substring(0, 128) + "..." : name;
      throw new RegistryRefused(RegistryError.INVALID_REQUEST, sentence.formatted(shown));
    }
  }

  private static @Nullable PublicKey key(String pem) {
    try {
      String base64 = pem.replaceAll("-----(BEGIN|END) PUBLIC KEY-----", "").replaceAll("\\s", "");
      return KeyFactory.getInstance("RSA")
          .generatePublic(new X509EncodedKeySpec(Base64.getDecoder().decode(base64)));
    } catch (GeneralSecurityException | IllegalArgumentException none) {
      return null;
    }
  }

  /**
   * Looks at what is asked of new keys, and not of those that were kept before.
   *
   * @throws RegistryRefused when a key is shorter than AWS IoT allows
   */
  void requireStrongKeys() {
    for (String pem : publicKeys.values()) {
      check(
          key(pem) instanceof RSAPublicKey rsa && rsa.getModulus().bitLength() >= KEY_BITS_MIN,
          "a public key of '%s' has fewer than 2048 bits; make a longer one",
          name);
    }
  }

  /** Whether a token is signed with one of its keys: SHA-256 and RSA, base64. */
  boolean isSigned(String token, String signature) {
    for (String pem : publicKeys.values()) {
      try {
        Signature check = Signature.getInstance("SHA256withRSA");
        check.initVerify(key(pem));
        check.update(token.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        if (check.verify(Base64.getDecoder().decode(signature))) {
          return true;
        }
      } catch (GeneralSecurityException | IllegalArgumentException garbled) {
        // not by this key; the next may fit
      }
    }
    return false;
  }
}
