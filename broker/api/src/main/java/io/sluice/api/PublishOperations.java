package io.sluice.api;

import io.sluice.identity.Action;
import io.sluice.message.QoS;
import io.sluice.message.TopicName;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/**
 * {@code POST /topics/{topic}}. Source: AWS IoT API Reference, "Publish" of the data plane; AWS IoT
 * Developer Guide, "HTTPS".
 */
final class PublishOperations {
  private static final Family FAMILY = Family.IOT_DATA;

  private final HttpPublisher publisher;
  private final int payloadBytesMax;

  PublishOperations(HttpPublisher publisher, int payloadBytesMax) {
    this.publisher = publisher;
    this.payloadBytesMax = payloadBytesMax;
  }

  void addTo(Operations operations) {
    operations
        .data()
        .add("POST", "/topics/{topic+}", Operation.write(FAMILY, "Publish", this::publish));
  }

  private CompletableFuture<Reply> publish(Call call) {
    TopicName topic = MessageParameters.topic(call.pathVariable("topic"), true);
    boolean retain = call.flag("retain");
    DataPlane.require(call, Action.PUBLISH, topic.toString());
    if (retain) {
      DataPlane.require(call, Action.RETAIN_PUBLISH, topic.toString());
    }
    if (call.body().length > payloadBytesMax) {
      throw FAMILY.tooLarge(payloadBytesMax);
    }
    QoS qos = QoS.of(call.number("qos", 0, 0, 1));
    return publisher
        .publish(
            topic,
            call.body(),
            qos,
            retain,
            MessageParameters.properties(call, MessageParameters.expirySeconds(call)),
            DataPlane.origin(call))
        .thenApply(
            landed ->
                Reply.of(
                    Reply.object()
                        .put("message", "OK")
                        .put("traceId", UUID.randomUUID().toString())));
  }
}
