package io.sluice.queue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The digests that clients compare: lower-case hexadecimal MD5. Source: Amazon SQS Developer Guide.
 */
public final class MessageDigests {
  private static final byte TEXT = 1;
  private static final byte BINARY = 2;

  private MessageDigests() {}

  /** {@code MD5OfMessageBody}. */
  public static String ofBody(String body) {
    return hex(md5().digest(body.getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * {@code MD5OfMessageAttributes}, over exactly the attributes given, in the order of their names;
   * null when there are none.
   */
  public static @Nullable String ofAttributes(Map<String, MessageAttribute> attributes) {
    if (attributes.isEmpty()) {
      return null;
    }
    MessageDigest md5 = md5();
    new TreeMap<>(attributes)
        .forEach(
            (name, value) -> {
              part(md5, name.getBytes(StandardCharsets.UTF_8));
              part(md5, value.dataType().getBytes(StandardCharsets.UTF_8));
              byte[] binary = value.binaryValue();
              if (binary != null) {
                md5.update(BINARY);
                part(md5, binary);
              } else {
                md5.update(TEXT);
                part(md5, String.valueOf(value.stringValue()).getBytes(StandardCharsets.UTF_8));
              }
            });
    return hex(md5.digest());
  }

  /** {@code MD5OfMessageSystemAttributes}: of the trace header, the only one that can be sent. */
  public static @Nullable String ofTraceHeader(@Nullable String traceHeader) {
    return traceHeader == null
        ? null
        : ofAttributes(Map.of("AWSTraceHeader", MessageAttribute.string(traceHeader)));
  }

  static byte[] md5Of(byte[] bytes) {
    return md5().digest(bytes);
  }

  static String hex(byte[] digest) {
    return HexFormat.of().formatHex(digest);
  }

  private static void part(MessageDigest md5, byte[] bytes) {
    md5.update(ByteBuffer.allocate(4).putInt(bytes.length).array());
    md5.update(bytes);
  }

  private static MessageDigest md5() {
    try {
      return MessageDigest.getInstance("MD5");
    } catch (NoSuchAlgorithmException impossible) { // every Java platform has it
      throw new AssertionError(impossible);
    }
  }
}
