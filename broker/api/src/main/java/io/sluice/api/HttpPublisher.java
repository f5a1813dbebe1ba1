package io.sluice.api;

import io.sluice.message.Origin;
import io.sluice.message.PublishProperties;
import io.sluice.message.QoS;
import io.sluice.message.TopicName;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The way of a publication that came over HTTP into the broker; the gateway ties it to dispatch.
 */
@FunctionalInterface
public interface HttpPublisher {

  /**
   * Publishes. Called on an event loop, so it must not block; may throw what the future may fail
   * with.
   *
   * @param topic not reserved, except Basic Ingest's {@code $aws/rules/...}
   * @param payload the publisher's from now on, nobody changes it
   * @param qos 0 or 1
   * @param origin of kind HTTP
   * @return completes when everything needed to carry the message to its durable receivers is on
   *     disk; fails with {@link io.sluice.store.Overloaded} or {@link io.sluice.store.StoreFailed},
   *     and then the caller is not told that it landed
   */
  CompletableFuture<@Nullable Void> publish(
      TopicName topic,
      byte[] payload,
      QoS qos,
      boolean retain,
      PublishProperties properties,
      Origin origin);
}
