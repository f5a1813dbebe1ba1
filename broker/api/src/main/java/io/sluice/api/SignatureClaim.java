package io.sluice.api;

import io.sluice.api.PercentEncoding.Parameter;
import io.sluice.api.SignatureRefused.Fault;
import io.sluice.api.SignatureV4.Scope;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A request that says which key signed it, before its body has proved it.
 *
 * @param date in basic format, as the string to sign has it
 * @param signedHeaders lower-case names
 * @param query the parameters that were signed
 */
record SignatureClaim(
    RequestHead head,
    AccessKey key,
    Scope scope,
    String date,
    List<String> signedHeaders,
    String signature,
    List<Parameter> query) {
  private static final String UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD";
  private static final String CONTENT_SHA256 = "x-amz-content-sha256";
  private static final String SECURITY_TOKEN = "X-Amz-Security-Token";

  /**
   * Proves the claim with the body, or refuses the request.
   *
   * @return the key that signed
   */
  AccessKey prove(byte[] body) {
    String payloadHash = payloadHash(body);
    if (matches(query, payloadHash)) {
      return key;
    }
    // Presigned WebSocket URLs carry the token behind a signature that was made without it.
    List<Parameter> withoutToken =
        query.stream().filter(p -> !p.name().equalsIgnoreCase(SECURITY_TOKEN)).toList();
    if (scope.service().equals(SignatureV4.DEVICE_GATEWAY)
        && withoutToken.size() < query.size()
        && matches(withoutToken, payloadHash)) {
      return key;
    }
    throw new SignatureRefused(
        Fault.MISMATCH,
        "The request signature we calculated does not match the signature you provided. Check the secret access key of '%s' and that nothing between client and gateway changes the request"
            .formatted(key.id()));
  }

  private boolean matches(List<Parameter> signedQuery, String payloadHash) {
    String canonical = canonicalRequest(signedQuery, payloadHash);
    String toSign =
        String.join(
            "\n",
            SignatureV4.ALGORITHM,
            date,
            scope.text(),
            sha256(canonical.getBytes(StandardCharsets.UTF_8)));
    byte[] signing = hmac(("AWS4" + key.secret()).getBytes(StandardCharsets.UTF_8), scope.day());
    for (String part : List.of(scope.region(), scope.service(), "aws4_request")) {
      signing = hmac(signing, part);
    }
    String expected = HexFormat.of().formatHex(hmac(signing, toSign));
    return MessageDigest.isEqual( // constant time: how far a guess was right must not show
        expected.getBytes(StandardCharsets.UTF_8),
        signature.toLowerCase(Locale.ROOT).getBytes(StandardCharsets.UTF_8));
  }

  private String canonicalRequest(List<Parameter> signedQuery, String payloadHash) {
    StringBuilder text = new StringBuilder(512);
    text.append(head.method()).append('\n');
    text.append(canonicalPath()).append('\n');
    text.append(PercentEncoding.canonicalQuery(signedQuery)).append('\n');
    for (String name : signedHeaders) {
      text.append(name).append(':').append(canonicalHeader(name)).append('\n');
    }
    text.append('\n').append(String.join(";", signedHeaders)).append('\n').append(payloadHash);
    return text.toString();
  }

  /** Every service but S3 normalises the path and encodes what was sent once more. */
  private String canonicalPath() {
    return scope.service().equals("s3")
        ? head.rawPath()
        : PercentEncoding.encode(normalised(head.rawPath()), true);
  }

  /** Without dot segments and doubled slashes, RFC 3986 section 6; a trailing slash stays. */
  private static String normalised(String path) {
    Deque<String> kept = new ArrayDeque<>();
    String[] segments = path.split("/", -1);
    for (String segment : segments) {
      if (segment.equals("..")) {
        kept.pollLast();
      } else if (!segment.isEmpty() && !segment.equals(".")) {
        kept.addLast(segment);
      }
    }
    String last = segments[segments.length - 1];
    boolean slashAtEnd = last.isEmpty() || last.equals(".") || last.equals("..");
    return "/" + String.join("/", kept) + (slashAtEnd && !kept.isEmpty() ? "/" : "");
  }

  private String canonicalHeader(String name) {
    StringBuilder joined = new StringBuilder();
    for (String value : head.headers().getOrDefault(name, List.of())) {
      joined.append(joined.isEmpty() ? "" : ",").append(squeezed(value));
    }
    return joined.toString();
  }

  private static String squeezed(String value) {
    String trimmed = value.strip();
    return trimmed.contains("  ") ? trimmed.replaceAll(" +", " ") : trimmed;
  }

  /** The hash that was signed; a header that states one must state the body's own. */
  private String payloadHash(byte[] body) {
    String stated = head.header(CONTENT_SHA256);
    if (stated == null) {
      stated = SignatureV4.valueOf(query, CONTENT_SHA256);
    }
    if (stated == null) {
      return sha256(body);
    }
    if (stated.equals(UNSIGNED_PAYLOAD)) {
      return stated;
    }
    if (stated.startsWith("STREAMING-")) {
      throw new SignatureRefused(
          Fault.INCOMPLETE,
          "%s is '%s'; chunk signatures are not supported, so sign the whole body"
              .formatted(CONTENT_SHA256, stated));
    }
    if (!stated.equalsIgnoreCase(sha256(body))) {
      throw new SignatureRefused(
          Fault.MISMATCH,
          "The provided '%s' header does not match what was computed: the body was changed after it was signed"
              .formatted(CONTENT_SHA256));
    }
    return stated;
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (GeneralSecurityException everyJdkHasIt) {
      throw new IllegalStateException(everyJdkHasIt);
    }
  }

  private static byte[] hmac(byte[] key, String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException everyJdkHasIt) {
      throw new IllegalStateException(everyJdkHasIt);
    }
  }
}
