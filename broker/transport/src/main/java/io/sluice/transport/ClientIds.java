package io.sluice.transport;

import io.netty.buffer.ByteBufUtil;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Which client identifiers are taken, and the one for a client that sent none. Any thread. */
final class ClientIds {
  private ClientIds() {}

  /** An identifier that nobody has [MQTT-3.1.3-6]. */
  static String assigned(TransportLimits limits) {
    return (limits.awsQuirks() ? "$GEN/" : "auto-") + UUID.randomUUID();
  }

  /** Null when the client may call itself so, else a sentence [MQTT-3.1.3-8] [MQTT3-3.1.3-9]. */
  static @Nullable String fault(TransportLimits limits, String clientId) {
    int bytes = ByteBufUtil.utf8Bytes(clientId); // MQTT 3.1 allows 23: we are not so strict
    if (bytes > limits.clientIdBytesMax()) {
      return "the client identifier has %d bytes, at most %d are taken"
          .formatted(bytes, limits.clientIdBytesMax());
    }
    if (limits.awsQuirks() && clientId.startsWith("$")) {
      return "client identifiers that begin with '$' are reserved";
    }
    return null;
  }
}
