package io.sluice.api;

import io.sluice.store.Clock;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Checks the signature (Version 4) of the HTTP request that opens a WebSocket for MQTT: in its
 * query, as browsers must have it, or in its headers. AWS IoT Developer Guide, "MQTT over
 * WebSocket": service {@code iotdevicegateway}, the security token not signed. Costs some hashes
 * and reads memory only, so it may run on an event loop. Immutable.
 */
public final class UpgradeSignatures {
  private static final Set<String> SERVICES = Set.of("iotdevicegateway", "iotdata");

  private final SignatureV4 signatures;
  private final String region;

  public UpgradeSignatures(AccessKeys keys, Clock clock, String region) {
    this.signatures = new SignatureV4(keys, clock);
    this.region = region;
  }

  /** What came of it. */
  public sealed interface Outcome {}

  /** It was signed with this key. */
  public record Signed(AccessKey key) implements Outcome {}

  /**
   * It was not.
   *
   * @param word fixed, for counters
   * @param sentence for the client and the operator
   */
  public record Unsigned(String word, String sentence) implements Outcome {}

  /**
   * Whether a request says that it is signed.
   *
   * @param headers by lower-case name
   */
  public static boolean isSigned(String rawQuery, Map<String, List<String>> headers) {
    return rawQuery.contains("X-Amz-Signature=")
        || headers.getOrDefault("authorization", List.of()).stream()
            .anyMatch(value -> value.startsWith(SignatureV4.ALGORITHM));
  }

  /**
   * Checks one.
   *
   * @param rawPath percent-encoded, as it was sent
   * @param headers by lower-case name
   */
  public Outcome check(String rawPath, String rawQuery, Map<String, List<String>> headers) {
    try {
      SignatureClaim claim = signatures.claim(new RequestHead("GET", rawPath, rawQuery, headers));
      SignatureV4.Scope scope = claim.scope();
      if (!scope.region().equals(region) || !SERVICES.contains(scope.service())) {
        return new Unsigned(
            "signature_scope",
            "Credential should be scoped to region '%s' and service 'iotdevicegateway', not '%s' and '%s'"
                .formatted(region, shown(scope.region()), shown(scope.service())));
      }
      return new Signed(claim.prove(new byte[0]));
    } catch (SignatureRefused refused) {
      return new Unsigned(
          "signature_" + refused.fault().name().toLowerCase(Locale.ROOT), refused.getMessage());
    } catch (IllegalArgumentException malformed) { // a broken percent sign
      return new Unsigned(
          "signature_incomplete", "the query is malformed: " + malformed.getMessage());
    }
  }

  private static String shown(String text) {
    return text.length() > 64 ? text.substring(0, 64) + "..." : text;
  }
}
