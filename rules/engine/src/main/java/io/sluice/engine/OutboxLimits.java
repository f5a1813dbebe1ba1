package io.sluice.engine;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The bounds of one lane: the operator's, or closer ones of the rule's author. */
record OutboxLimits(
    long messagesMax,
    long bytesMax,
    long ageMillisMax,
    int triesMax,
    int callsMax,
    OutboxSettings.Policy policy,
    Carrier.Batching batching) {
  private static final long BACK_OFF_MILLIS_MIN = 1_000;
  private static final long BACK_OFF_MILLIS_MAX = 300_000;

  /**
   * @param action null when its rule is gone: what waits is then sent one by one
   */
  static OutboxLimits of(@Nullable OutboundAction action, OutboxSettings settings) {
    if (action == null) {
      return new OutboxLimits(
          settings.laneMessagesMax(),
          settings.laneBytesMax(),
          settings.ageMax().toMillis(),
          Integer.MAX_VALUE,
          settings.callsMax(),
          settings.policy(),
          Carrier.Batching.ALONE);
    }
    JsonNode own = action.outbox();
    return new OutboxLimits(
        Math.min(
            settings.laneMessagesMax(), own.path("messagesMax").asLong(settings.laneMessagesMax())),
        Math.min(settings.laneBytesMax(), own.path("bytesMax").asLong(settings.laneBytesMax())),
        own.has("ageSeconds")
            ? own.path("ageSeconds").asLong() * 1000
            : settings.ageMax().toMillis(),
        own.path("triesMax").asInt(Integer.MAX_VALUE),
        own.path("callsMax").asInt(settings.callsMax()),
        own.has("policy")
            ? OutboxSettings.Policy.valueOf(own.path("policy").asText().toUpperCase(Locale.ROOT))
            : settings.policy(),
        action.batching());
  }

  /**
   * How long a message waits after a failed try: doubling from a second to five minutes, a fifth
   * more or less, so that what failed together does not come back together. Follows from its
   * arguments alone.
   */
  static long backOffMillis(long sequence, int tries) {
    long doubled =
        Math.min(BACK_OFF_MILLIS_MAX, BACK_OFF_MILLIS_MIN << Math.min(tries - 1, Short.SIZE));
    long mixed = (sequence * 31 + tries) * 0x9E3779B97F4A7C15L;
    double jitter = 0.8 + 0.4 * (mixed >>> 11) / (double) (1L << 53);
    return (long) (doubled * jitter);
  }
}
