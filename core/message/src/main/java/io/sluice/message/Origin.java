package io.sluice.message;

import org.jspecify.annotations.Nullable;

/**
 * Who published: what rules ask for by {@code clientid()}, {@code principal()} and {@code
 * sourceip()}.
 *
 * @param clientId the client identifier, null over HTTP and for the gateway's own messages
 * @param principal the certificate id or user the connection was authenticated as, null when
 *     anonymous
 * @param sourceIp the peer's address in text, null for the gateway's own messages
 * @param kind how it came in
 * @param hops how many republish actions lie behind it, 0 for a publisher's own; at most 255.
 *     Bounds loops of rules
 */
public record Origin(
    @Nullable String clientId,
    @Nullable String principal,
    @Nullable String sourceIp,
    Kind kind,
    int hops) {

  /** The gateway itself: shadow replies, lifecycle events, republish actions. */
  public static final Origin GATEWAY = new Origin(null, null, null, Kind.GATEWAY, 0);

  /** How a publication came in. */
  public enum Kind {
    MQTT(0),
    HTTP(1),
    GATEWAY(2),
    /**
     * A will message: the shadow service ignores it (AWS IoT Developer Guide, "Device Shadow MQTT
     * topics").
     */
    WILL(3);

    private static final Kind[] VALUES = values();

    private final int code;

    Kind(int code) {
      this.code = code;
    }

    /** The code in records on disk. */
    int code() {
      return code;
    }

    static Kind of(int code) {
      return VALUES[code];
    }
  }
}
