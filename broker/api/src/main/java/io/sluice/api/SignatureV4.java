package io.sluice.api;

import io.sluice.api.PercentEncoding.Parameter;
import io.sluice.api.SignatureRefused.Fault;
import io.sluice.store.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Verifies AWS Signature Version 4, in the {@code Authorization} header or in the query of a
 * presigned URL. Source: AWS IAM User Guide, "Create a signed AWS API request".
 *
 * <p>In two steps, so that a stranger costs no memory: {@link #claim} looks at the head alone (is
 * the key known, is the date near, is everything there), {@link SignatureClaim#prove} then needs
 * the body. The credential scope may name any region and service: a key here is good for all of
 * them. A repeated request within the 15 minutes is not noticed.
 *
 * <p>Immutable, safe for any thread.
 */
final class SignatureV4 {
  static final String ALGORITHM = "AWS4-HMAC-SHA256";

  /** The service that MQTT over WebSocket is signed for. */
  static final String DEVICE_GATEWAY = "iotdevicegateway";

  private static final Duration SKEW_MAX = Duration.ofMinutes(15);
  private static final long PRESIGNED_SECONDS_MAX = Duration.ofDays(7).toSeconds();
  private static final DateTimeFormatter BASIC =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT);

  private final AccessKeys keys;
  private final Clock clock;

  SignatureV4(AccessKeys keys, Clock clock) {
    this.keys = keys;
    this.clock = clock;
  }

  /** What a request claims about its sender, checked as far as its head allows. */
  SignatureClaim claim(RequestHead head) {
    String authorization = head.header("authorization");
    if (authorization != null) {
      return headerClaim(head, authorization);
    }
    List<Parameter> query = parameters(head);
    if (valueOf(query, "X-Amz-Signature") != null) {
      return presignedClaim(head, query);
    }
    throw new SignatureRefused(
        Fault.MISSING,
        "Request is missing Authentication Token: sign it with an access key of this gateway"
            + " (Signature Version 4)");
  }

  private SignatureClaim headerClaim(RequestHead head, String authorization) {
    if (!authorization.startsWith(ALGORITHM + " ")) {
      throw new SignatureRefused(
          Fault.INCOMPLETE,
          "Authorization header does not begin with '%s'; sign with Signature Version 4"
              .formatted(ALGORITHM));
    }
    Map<String, String> parts = new HashMap<>();
    for (String part : authorization.substring(ALGORITHM.length() + 1).split(",", 16)) {
      int equals = part.indexOf('=');
      if (equals > 0) {
        parts.put(part.substring(0, equals).strip(), part.substring(equals + 1).strip());
      }
    }
    String amzDate = head.header("x-amz-date");
    Instant date = amzDate != null ? basic(amzDate) : httpDate(head.header("date"));
    requireNear(date);
    Scope scope = scope(required(parts.get("Credential"), "Credential"), date);
    return new SignatureClaim(
        head,
        key(scope),
        scope,
        BASIC.format(date.atOffset(ZoneOffset.UTC)),
        signedHeaders(head, required(parts.get("SignedHeaders"), "SignedHeaders")),
        required(parts.get("Signature"), "Signature"),
        parameters(head));
  }

  private SignatureClaim presignedClaim(RequestHead head, List<Parameter> query) {
    String algorithm = required(valueOf(query, "X-Amz-Algorithm"), "X-Amz-Algorithm");
    if (!algorithm.equals(ALGORITHM)) {
      throw new SignatureRefused(
          Fault.INCOMPLETE,
          "X-Amz-Algorithm is '%s'; sign with '%s'".formatted(algorithm, ALGORITHM));
    }
    Instant date = basic(required(valueOf(query, "X-Amz-Date"), "X-Amz-Date"));
    Scope scope = scope(required(valueOf(query, "X-Amz-Credential"), "X-Amz-Credential"), date);
    String expires = valueOf(query, "X-Amz-Expires");
    if (expires == null && scope.service().equals(DEVICE_GATEWAY)) {
      requireNear(date); // the AWS IoT Device SDKs sign such URLs at once before they use them
    } else {
      requireUnexpired(date, expires);
    }
    String names = required(valueOf(query, "X-Amz-SignedHeaders"), "X-Amz-SignedHeaders");
    String signature = required(valueOf(query, "X-Amz-Signature"), "X-Amz-Signature");
    List<Parameter> signed =
        query.stream().filter(p -> !p.name().equalsIgnoreCase("X-Amz-Signature")).toList();
    return new SignatureClaim(
        head,
        key(scope),
        scope,
        BASIC.format(date.atOffset(ZoneOffset.UTC)),
        signedHeaders(head, names),
        signature,
        signed);
  }

  /** The credential scope: {@code id/day/region/service/aws4_request}. */
  record Scope(String keyId, String day, String region, String service) {
    /** As the string to sign has it. */
    String text() {
      return day + "/" + region + "/" + service + "/aws4_request";
    }
  }

  private static Scope scope(String credential, Instant date) {
    String[] parts = credential.split("/", -1);
    if (parts.length != 5 || !parts[4].equals("aws4_request")) {
      throw new SignatureRefused(
          Fault.INCOMPLETE,
          "Credential has %d parts; it must read 'key id/yyyyMMdd/region/service/aws4_request'"
              .formatted(parts.length));
    }
    String day = BASIC.format(date.atOffset(ZoneOffset.UTC)).substring(0, 8);
    if (!parts[1].equals(day)) {
      throw new SignatureRefused(
          Fault.MISMATCH,
          "Credential is scoped to the date '%s', but the request is dated '%s'; use one date for both"
              .formatted(parts[1], day));
    }
    return new Scope(parts[0], parts[1], parts[2], parts[3]);
  }

  private AccessKey key(Scope scope) {
    AccessKey key = keys.get(scope.keyId());
    if (key == null) {
      throw new SignatureRefused(
          Fault.UNKNOWN_KEY,
          "The security token included in the request is invalid: this gateway has no access key"
              + " with that id; take one from its access key file");
    }
    return key;
  }

  /**
   * The names a signature covers. The host must be among them, and the target: else a captured
   * signature would be good for another operation.
   */
  private static List<String> signedHeaders(RequestHead head, String names) {
    List<String> signed = List.of(names.toLowerCase(Locale.ROOT).split(";", -1));
    for (String must : List.of("host", "x-amz-target")) {
      if ((must.equals("host") || head.header(must) != null) && !signed.contains(must)) {
        throw new SignatureRefused(
            Fault.INCOMPLETE,
            "'%s' must be a signed header; add it to SignedHeaders and sign again".formatted(must));
      }
    }
    return signed;
  }

  private void requireNear(Instant date) {
    Duration off = Duration.between(date, Instant.ofEpochMilli(clock.millis()));
    if (off.compareTo(SKEW_MAX) > 0) {
      throw new SignatureRefused(
          Fault.EXPIRED,
          "Signature expired: the request is dated %s, %d s ago; at most %d s are allowed, so set the client's clock"
              .formatted(
                  BASIC.format(date.atOffset(ZoneOffset.UTC)),
                  off.toSeconds(),
                  SKEW_MAX.toSeconds()));
    }
    if (off.negated().compareTo(SKEW_MAX) > 0) {
      throw new SignatureRefused(
          Fault.EXPIRED,
          "Signature not yet current: the request is dated %s, %d s ahead; at most %d s are allowed, so set the client's clock"
              .formatted(
                  BASIC.format(date.atOffset(ZoneOffset.UTC)),
                  off.negated().toSeconds(),
                  SKEW_MAX.toSeconds()));
    }
  }

  private void requireUnexpired(Instant date, @Nullable String expires) {
    long seconds;
    try {
      seconds = Long.parseLong(required(expires, "X-Amz-Expires"));
    } catch (NumberFormatException notNumber) {
      seconds = -1;
    }
    if (seconds < 0 || seconds > PRESIGNED_SECONDS_MAX) {
      throw new SignatureRefused(
          Fault.INCOMPLETE,
          "X-Amz-Expires must be a number of seconds from 0 to %d"
              .formatted(PRESIGNED_SECONDS_MAX));
    }
    Instant now = Instant.ofEpochMilli(clock.millis());
    if (now.isAfter(date.plusSeconds(seconds)) || now.isBefore(date.minus(SKEW_MAX))) {
      throw new SignatureRefused(
          Fault.EXPIRED,
          "Signature expired: the URL is dated %s and good for %d s; sign a new one"
              .formatted(BASIC.format(date.atOffset(ZoneOffset.UTC)), seconds));
    }
  }

  private static Instant basic(String text) {
    try {
      return LocalDateTime.parse(text, BASIC).toInstant(ZoneOffset.UTC);
    } catch (DateTimeException malformed) {
      throw new SignatureRefused(
          Fault.INCOMPLETE, "X-Amz-Date must be in ISO-8601 'basic format', as 20261121T080000Z");
    }
  }

  private static Instant httpDate(@Nullable String text) {
    if (text == null) {
      throw new SignatureRefused(
          Fault.INCOMPLETE,
          "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header");
    }
    try {
      return ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
    } catch (DateTimeException notRfc1123) {
      return basic(text);
    }
  }

  private static List<Parameter> parameters(RequestHead head) {
    try {
      return PercentEncoding.parameters(head.rawQuery(), false);
    } catch (IllegalArgumentException malformed) {
      throw new SignatureRefused(
          Fault.INCOMPLETE, "the query is malformed: " + malformed.getMessage());
    }
  }

  static @Nullable String valueOf(List<Parameter> query, String name) {
    for (Parameter p : query) {
      if (p.name().equalsIgnoreCase(name)) {
        return p.value();
      }
    }
    return null;
  }

  private static String required(@Nullable String value, String name) {
    if (value == null || value.isEmpty()) {
      throw new SignatureRefused(
          Fault.INCOMPLETE,
          "'%s' is missing from the signature; sign with Signature Version 4".formatted(name));
    }
    return value;
  }
}
