package io.sluice.transport;

import io.sluice.message.Origin;
import io.sluice.message.Publication;
import io.sluice.session.Will;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The will of one connection: published when the connection ends, unless the client said goodbye or
 * comes back in time. Event loop only.
 */
final class LastWill {
  private final Broker broker;
  private final Loop loop;
  private final Client client;
  private @Nullable Will will;

  LastWill(Broker broker, Loop loop, Client client) {
    this.broker = broker;
    this.loop = loop;
    this.client = client;
    this.will = client.will();
  }

  /** The client said goodbye. */
  void revoke() {
    will = null;
  }

  /**
   * The connection has ended: its will is published now, or after its delay if the session lasts so
   * long and the client does not come back to it [MQTT-3.1.2-8] [MQTT-3.1.3-9].
   */
  void connectionEnded(long expirySeconds) {
    Will left = will;
    if (left == null) {
      return;
    }
    long delaySeconds = Math.min(left.delaySeconds(), expirySeconds);
    if (delaySeconds == 0) {
      publish(left);
    } else {
      loop.eventLoop().schedule(() -> delayEnded(left), delaySeconds, TimeUnit.SECONDS);
    }
  }

  private void delayEnded(Will left) {
    if (client.session().openings() == client.opening()) {
      publish(left);
      loop.flush();
    }
  }

  private void publish(Will left) {
    Origin origin = client.origin();
    Origin gone =
        new Origin(origin.clientId(), origin.principal(), origin.sourceIp(), Origin.Kind.WILL, 0);
    broker
        .publishPath()
        .publish(
            new Publication(
                left.topic(),
                left.payload(),
                left.qos(),
                left.retain(),
                left.properties(),
                gone,
                broker.stamps().next()),
            null);
  }
}
