package io.sluice.stream;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Checks of the wire's members that several operations share. */
final class Check {
  private static final int PARTITION_KEY_CHARACTERS_MAX = 256;

  private Check() {}

  static <T> T present(@Nullable T value, String member) {
    if (value == null) {
      throw StreamError.missing(member);
    }
    return value;
  }

  static int within(@Nullable Integer value, int absent, int min, int max, String member) {
    if (value == null) {
      return absent;
    }
    if (value < min) {
      throw StreamError.constraint(
          member, value, "Member must have value greater than or equal to " + min);
    }
    if (value > max) {
      throw StreamError.constraint(
          member, value, "Member must have value less than or equal to " + max);
    }
    return value;
  }

  static int shard(@Nullable String shardId, String member) {
    String id = present(shardId, member);
    return Shard.index(id)
        .orElseThrow(
            () ->
                StreamError.invalid(
                    "%s must be 'shardId-' and twelve digits; use one that ListShards gave.",
                    member));
  }

  /** A record that may be put: hashed, and within the limits. */
  static PartitionStreams.Entry entry(
      @Nullable String partitionKey,
      @Nullable String explicitHashKey,
      byte @Nullable [] data,
      StreamLimits limits) {
    String key = present(partitionKey, "partitionKey");
    byte[] bytes = present(data, "data");
    int characters = key.codePointCount(0, key.length());
    if (characters < 1 || characters > PARTITION_KEY_CHARACTERS_MAX) {
      throw StreamError.constraint(
          "partitionKey",
          "(of " + characters + " characters)",
          "Member must have length of 1 to " + PARTITION_KEY_CHARACTERS_MAX);
    }
    HashKey hash =
        explicitHashKey == null
            ? HashKey.of(key)
            : HashKey.parse(explicitHashKey, "ExplicitHashKey");
    PartitionStreams.Entry entry =
        new PartitionStreams.Entry(hash, key.getBytes(StandardCharsets.UTF_8), bytes);
    if (entry.bytes() > limits.recordBytesMax()) {
      throw StreamError.constraint(
          "data",
          "(of " + entry.bytes() + " bytes with its partition key)",
          "Member must have length less than or equal to " + limits.recordBytesMax());
    }
    return entry;
  }
}
