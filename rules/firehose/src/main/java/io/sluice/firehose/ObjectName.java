package io.sluice.firehose;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.UUID;

/**
 * Names objects as Firehose does: {@code prefix STREAM-VERSION-yyyy-MM-dd-HH-mm-ss-UUID extension}.
 * What looks random is a digest of the parcel's durable identity, so that a repeat after a crash
 * gets the same name and replaces the object instead of doubling it. Source: Firehose Developer
 * Guide, "Configure Amazon S3 object name format".
 */
final class ObjectName {
  private static final DateTimeFormatter SECONDS =
      DateTimeFormatter.ofPattern("yyyy-MM-dd-HH-mm-ss", Locale.ENGLISH);
  private static final String LETTERS =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  private static final int RANDOM_STRING_CHARACTERS = 11;

  private ObjectName() {}

  /**
   * The key of a parcel's object.
   *
   * @param identity names the parcel for ever: its delivery stream with its creation, and its
   *     number
   */
  static String of(
      String stream, long version, Destination destination, long oldestMillis, String identity) {
    ZonedDateTime oldest = Instant.ofEpochMilli(oldestMillis).atZone(destination.timeZone());
    String prefix = destination.prefix();
    int[] uses = {0};
    String evaluated =
        PrefixExpression.ofPrefix(prefix == null ? "" : prefix)
            .evaluate(oldest, () -> randomString(identity + "/" + uses[0]++));
    return evaluated + name(stream, version, destination, oldest, uuid(identity));
  }

  private static String name(
      String stream, long version, Destination destination, ZonedDateTime oldest, UUID uuid) {
    String extension = destination.fileExtension();
    return stream
        + "-"
        + version
        + "-"
        + SECONDS.format(oldest)
        + "-"
        + uuid
        + (extension == null ? destination.compression().extension : extension);
  }

  /** A name as long as they get, to check lengths with. */
  static String sample(String stream, Destination destination) {
    ZonedDateTime any = Instant.EPOCH.atZone(destination.timeZone());
    return name(stream, 1_000_000, destination, any, new UUID(0, 0));
  }

  private static UUID uuid(String identity) {
    ByteBuffer digest = ByteBuffer.wrap(digest(identity));
    long high = digest.getLong() & ~0xF000L | 0x4000L; // the shape of a random one, as AWS uses
    long low = digest.getLong() & ~(3L << 62) | 1L << 63;
    return new UUID(high, low);
  }

  private static String randomString(String identity) {
    byte[] digest = digest("random-string " + identity);
    StringBuilder letters = new StringBuilder(RANDOM_STRING_CHARACTERS);
    for (int i = 0; i < RANDOM_STRING_CHARACTERS; i++) {
      letters.append(LETTERS.charAt((digest[i] & 0xFF) % LETTERS.length()));
    }
    return letters.toString();
  }

  private static byte[] digest(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException never) { // every Java platform must have it
      throw new IllegalStateException(never);
    }
  }
}
