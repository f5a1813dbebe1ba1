package io.sluice.stream;

import java.security.SecureRandom;
import org.jspecify.annotations.Nullable;

/**
 * What this room is told about the house.
 *
 * @param account 12 digits, in ARNs and sentences
 * @param region in ARNs
 * @param sealKey seals shard iterators and list tokens, 32 bytes; when it changes, those given out
 *     before count as expired
 */
public record StreamSettings(String account, String region, StreamLimits limits, byte[] sealKey) {
  private static final int SEAL_KEY_BYTES = 32;

  public StreamSettings {
    if (sealKey.length != SEAL_KEY_BYTES) {
      throw new IllegalArgumentException(
          "the seal key of streams must have %d bytes, found %d; make it with SecureRandom"
              .formatted(SEAL_KEY_BYTES, sealKey.length));
    }
  }

  /** With a fresh seal key: iterators end with the process. */
  public static StreamSettings of(String account, String region, StreamLimits limits) {
    byte[] sealKey = new byte[SEAL_KEY_BYTES];
    new SecureRandom().nextBytes(sealKey);
    return new StreamSettings(account, region, limits, sealKey);
  }

  String arn(String stream) {
    return arnPrefix() + stream;
  }

  /** The stream that a request names by name, by ARN, or by both. */
  String streamOf(@Nullable String streamName, @Nullable String streamArn) {
    if (streamArn == null) {
      if (streamName == null) {
        throw StreamError.invalid("Either StreamName or StreamARN must be given; found neither.");
      }
      return checked(streamName);
    }
    int slash = streamArn.indexOf(":stream/");
    if (!streamArn.startsWith("arn:aws:kinesis:") || slash < 0) {
      throw StreamError.constraint(
          "streamARN",
          streamArn,
          "Member must satisfy regular expression pattern:"
              + " arn:aws.*:kinesis:.*:\\d{12}:stream/\\S+");
    }
    String name = checked(streamArn.substring(slash + ":stream/".length()));
    if (!streamArn.equals(arn(name))) {
      throw new StreamError(
          StreamError.Code.RESOURCE_NOT_FOUND,
          "Stream %s is not of this gateway, whose streams begin with %s.",
          streamArn,
          arnPrefix());
    }
    if (streamName != null && !streamName.equals(name)) {
      throw StreamError.invalid(
          "StreamName %s and StreamARN %s name different streams; give one of them.",
          streamName, streamArn);
    }
    return name;
  }

  private String arnPrefix() {
    return "arn:aws:kinesis:" + region + ":" + account + ":stream/";
  }

  private static String checked(String name) {
    if (!isName(name)) {
      throw StreamError.constraint(
          "streamName",
          name,
          "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+ and have length of 1 to"
              + " 128");
    }
    return name;
  }

  private static boolean isName(String name) {
    if (name.isEmpty() || name.length() > 128) {
      return false;
    }
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean letter = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
      if (!letter && !(c >= '0' && c <= '9') && c != '_' && c != '.' && c != '-') {
        return false;
      }
    }
    return true;
  }
}
