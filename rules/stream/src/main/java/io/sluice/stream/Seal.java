package io.sluice.stream;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Makes texts that a client carries but cannot read into or change: shard iterators and list
 * tokens. {@code version(1) | kind(1) | issuedMillis(8) | serial(8) | body | HMAC-SHA256, 16 bytes
 * of it}, in base64url. The serial makes each one different from all others, as clients expect of
 * iterators. Any thread.
 */
final class Seal {
  static final long LIFE_MILLIS = 300_000; // of both kinds
  private static final byte VERSION = 1;
  private static final int BODY_AT = 18;
  private static final int MAC_BYTES = 16;
  private static final int TEXT_MAX = 512;

  /** What was found inside; whether it is too old is the caller's question. */
  record Opened(byte[] body, long issuedMillis) {}

  /** How a text looks to us. */
  sealed interface Found {
    /** Ours and whole. */
    record Ours(Opened opened) implements Found {}

    /** Shaped like one of ours, sealed with another key: of an earlier run, or altered. */
    record Foreign() implements Found {}

    /** Nothing of ours. */
    record Nonsense() implements Found {}
  }

  private final byte[] key;
  private final AtomicLong serials = new AtomicLong();

  Seal(byte[] key) {
    this.key = key.clone();
  }

  String seal(char kind, byte[] body, long nowMillis) {
    ByteBuffer out = ByteBuffer.allocate(BODY_AT + body.length + MAC_BYTES);
    out.put(VERSION).put((byte) kind).putLong(nowMillis).putLong(serials.incrementAndGet());
    out.put(body);
    out.put(mac(out.array(), BODY_AT + body.length));
    return Base64.getUrlEncoder().withoutPadding().encodeToString(out.array());
  }

  Found open(char kind, String text) {
    Optional<byte[]> bytes = decode(text);
    if (bytes.isEmpty()) {
      return new Found.Nonsense();
    }
    byte[] sealed = bytes.get();
    int macAt = sealed.length - MAC_BYTES;
    if (macAt < BODY_AT || sealed[0] != VERSION || sealed[1] != (byte) kind) {
      return new Found.Nonsense();
    }
    byte[] mac = Arrays.copyOfRange(sealed, macAt, sealed.length);
    if (!MessageDigest.isEqual(mac, mac(sealed, macAt))) {
      return new Found.Foreign();
    }
    long issuedMillis = ByteBuffer.wrap(sealed).getLong(2);
    return new Found.Ours(new Opened(Arrays.copyOfRange(sealed, BODY_AT, macAt), issuedMillis));
  }

  private static Optional<byte[]> decode(String text) {
    if (text.length() > TEXT_MAX) {
      return Optional.empty();
    }
    try {
      return Optional.of(Base64.getUrlDecoder().decode(text.getBytes(StandardCharsets.ISO_8859_1)));
    } catch (IllegalArgumentException noBase64) {
      return Optional.empty();
    }
  }

  private byte[] mac(byte[] bytes, int length) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      mac.update(bytes, 0, length);
      return Arrays.copyOf(mac.doFinal(), MAC_BYTES);
    } catch (GeneralSecurityException never) { // every Java platform must have it
      throw new IllegalStateException(never);
    }
  }
}
