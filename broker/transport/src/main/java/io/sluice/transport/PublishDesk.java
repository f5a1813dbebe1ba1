package io.sluice.transport;

import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.sluice.dispatch.Landing;
import io.sluice.dispatch.PublishPath;
import io.sluice.message.InvalidTopic;
import io.sluice.message.Publication;
import io.sluice.message.PublishProperties;
import io.sluice.message.QoS;
import io.sluice.message.TopicName;
import io.sluice.store.Overloaded;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * PUBLISH packets of one client: checked, handed to the publish path, and acknowledged when they
 * have landed. Event loop only.
 *
 * <p>Acknowledgements leave in the order of the PUBLISH packets [MQTT-4.6.0-2], though the log's
 * partitions finish in any order: {@link #unacknowledged} keeps them in line. Its bound is our
 * receive maximum; an MQTT 5 client that passes it is disconnected, of an older one, which does not
 * know the bound, no more is read until the acknowledgements have caught up.
 */
final class PublishDesk {
  private static final int SUCCESS = 0;
  private static final int NO_MATCHING_SUBSCRIBERS = 0x10;
  private static final int NOT_AUTHORIZED = 0x87;
  private static final int QUOTA_EXCEEDED = 0x97;
  private static final int UNKNOWN = -1;

  private final Broker broker;
  private final MqttConnection connection;
  private final Client client;
  private final Outbound outbound;
  private final SubscribeDesk subscribeDesk;
  private final ArrayDeque<Unacknowledged> unacknowledged = new ArrayDeque<>();
  private final @Nullable TopicName[] aliases;
  private @Nullable TopicName lastTopic;

  /** A PUBLISH of QoS 1 whose PUBACK has not left; run on the loop when it has landed, or not. */
  private final class Unacknowledged implements Runnable {
    final int packetId;
    int code = UNKNOWN;
    @Nullable Throwable failure;

    Unacknowledged(int packetId) {
      this.packetId = packetId;
    }

    boolean isSettled() {
      return code != UNKNOWN || failure != null;
    }

    @Override
    public void run() {
      acknowledgeInOrder();
    }
  }

  /**
   * @param aliasesMax the topic aliases that CONNACK offered; 0 before MQTT 5
   */
  PublishDesk(
      Broker broker,
      MqttConnection connection,
      Client client,
      Outbound outbound,
      SubscribeDesk subscribeDesk,
      int aliasesMax) {
    this.broker = broker;
    this.connection = connection;
    this.client = client;
    this.outbound = outbound;
    this.subscribeDesk = subscribeDesk;
    this.aliases = new TopicName[aliasesMax + 1];
  }

  void publish(MqttPublishMessage message) {
    int qos = message.fixedHeader().qosLevel().value();
    int packetId = message.variableHeader().packetId();
    if (qos == 2) {
      connection.close(
          Reason.QOS_NOT_SUPPORTED,
          "QoS 2 is not offered; publish with QoS 0 or 1 [MQTT-3.2.2-11]");
      return;
    }
    if (qos == 0 && message.fixedHeader().isDup()) {
      connection.close(Reason.MALFORMED, "DUP is set with QoS 0 [MQTT-3.3.1-2]");
      return;
    }
    TopicName topic = topic(message);
    if (topic == null) {
      return; // closed
    }
    boolean retain = message.fixedHeader().isRetain();
    if (!client.permissions().mayPublish(topic, retain)) {
      deny(topic, qos, packetId);
      return;
    }
    if (qos == 1 && unacknowledged.size() >= broker.limits().receiveMaximum()) {
      if (client.isV5()) {
        connection.close(
            Reason.RECEIVE_MAXIMUM,
            "more than %d publications unacknowledged [MQTT-3.3.4-7]"
                .formatted(broker.limits().receiveMaximum()));
        return;
      }
      connection.acknowledgementsLag(true);
    }
    PublishProperties properties = properties(message);
    if (properties != null) {
      publish(message, topic, qos, packetId, retain, properties);
    }
  }

  private void publish(
      MqttPublishMessage message,
      TopicName topic,
      int qos,
      int packetId,
      boolean retain,
      PublishProperties properties) {
    (qos == 0 ? broker.counters().publishReceivedQos0 : broker.counters().publishReceivedQos1)
        .increment();
    byte[] payload = ByteBufUtil.getBytes(message.payload());
    broker.counters().bytesReceived.add(payload.length);
    long stamp = broker.stamps().next();
    Publication publication =
        new Publication(
            topic,
            payload,
            qos == 0 ? QoS.AT_MOST_ONCE : QoS.AT_LEAST_ONCE,
            retain,
            properties,
            client.origin(),
            stamp);
    if (retain) {
      subscribeDesk.awaitRetained(broker.sessions().retained().whenApplied(stamp));
    }
    CompletableFuture<Landing> landing =
        broker.publishPath().publish(publication, client.session());
    if (retain && landing == PublishPath.RESERVED) {
      broker.sessions().retained().forget(stamp);
    }
    if (qos == 1) {
      acknowledgeWhen(landing, packetId);
    }
  }

  private void deny(TopicName topic, int qos, int packetId) {
    broker.counters().denied("publish");
    if (client.isV5() && qos == 1) {
      settle(packetId, NOT_AUTHORIZED);
    } else { // MQTT 3.1.1 has no way to say no but this [MQTT3-3.3.5-2]
      connection.close(
          Reason.NOT_AUTHORIZED, "no policy allows iot:Publish on topic '%s'".formatted(topic));
    }
  }

  /** Null when the connection had to be closed. */
  private @Nullable PublishProperties properties(MqttPublishMessage message) {
    MqttProperties given = message.variableHeader().properties();
    if (!client.isV5() || given.isEmpty()) {
      return PublishProperties.NONE;
    }
    if (!given.getProperties(MqttProperties.SUBSCRIPTION_IDENTIFIER).isEmpty()) {
      connection.close(
          Reason.PROTOCOL_ERROR, "a client's PUBLISH has a Subscription Identifier [MQTT-3.3.4-6]");
      return null;
    }
    PublishProperties properties = Properties5.publish(given);
    String responseTopic = properties.responseTopic();
    if (responseTopic != null
        && (responseTopic.indexOf('#') >= 0 || responseTopic.indexOf('+') >= 0)) {
      connection.close(Reason.PROTOCOL_ERROR, "Response Topic has a wildcard [MQTT-3.3.2-14]");
      return null;
    }
    return properties;
  }

  // ---- topic names and their aliases

  /** Null when the connection had to be closed. */
  private @Nullable TopicName topic(MqttPublishMessage message) {
    String name = message.variableHeader().topicName();
    Integer alias =
        client.isV5()
            ? Properties5.integer(message.variableHeader().properties(), MqttProperties.TOPIC_ALIAS)
            : null;
    if (alias == null) {
      return name.isEmpty() && client.isV5() ? noTopic() : named(name);
    }
    if (alias < 1 || alias >= aliases.length) {
      connection.close(
          Reason.ALIAS_INVALID,
          "topic alias %d is not between 1 and %d [MQTT-3.3.2-8]"
              .formatted(alias, aliases.length - 1));
      return null;
    }
    if (name.isEmpty()) {
      TopicName known = aliases[alias];
      return known == null ? noTopic() : known;
    }
    TopicName topic = named(name);
    if (topic != null) {
      aliases[alias] = topic; // [MQTT-3.3.2-12]
    }
    return topic;
  }

  private @Nullable TopicName noTopic() {
    connection.close(
        Reason.PROTOCOL_ERROR, "PUBLISH has neither a topic name nor an alias that stands for one");
    return null;
  }

  private @Nullable TopicName named(String name) {
    TopicName topic = lastTopic;
    if (topic != null && topic.toString().equals(name)) {
      return topic; // devices publish to the same topic again and again
    }
    try {
      topic = TopicName.of(name);
    } catch (InvalidTopic invalid) {
      connection.close(Reason.TOPIC_INVALID, String.valueOf(invalid.getMessage()));
      return null;
    }
    if (name.indexOf(MqttConnection.REPLACED) >= 0) {
      connection.close(Reason.MALFORMED, "topic name is not valid UTF-8 [MQTT-1.5.4-1]");
      return null;
    }
    if (topic.levels() > broker.limits().topicLevelsMax()) {
      connection.close(
          Reason.TOPIC_INVALID,
          "topic name has %d levels; at most %d are taken"
              .formatted(topic.levels(), broker.limits().topicLevelsMax()));
      return null;
    }
    lastTopic = topic;
    return topic;
  }

  // ---- acknowledgements

  private void acknowledgeWhen(CompletableFuture<Landing> landing, int packetId) {
    if (landing == PublishPath.LANDED) { // by identity: no callback, nothing to allocate
      settle(packetId, SUCCESS);
    } else if (landing == PublishPath.NOBODY) {
      settle(packetId, code(Landing.NOBODY));
    } else if (landing == PublishPath.RESERVED) {
      settle(packetId, code(Landing.RESERVED));
    } else {
      Unacknowledged waiting = new Unacknowledged(packetId);
      unacknowledged.add(waiting);
      landing.whenComplete((landed, failure) -> post(waiting, landed, failure));
    }
  }

  /** On the store's thread. */
  private void post(Unacknowledged waiting, @Nullable Landing landed, @Nullable Throwable failure) {
    if (landed != null) {
      waiting.code = code(landed);
    } else {
      waiting.failure = failure;
    }
    connection.loop().post(waiting); // publishes the two fields to the loop
  }

  /** The answer is known now, but has to wait for those before it. */
  private void settle(int packetId, int code) {
    if (unacknowledged.isEmpty()) {
      Packets.puback(outbound.out(), packetId, code);
    } else {
      Unacknowledged waiting = new Unacknowledged(packetId);
      waiting.code = code;
      unacknowledged.add(waiting);
    }
  }

  private int code(Landing landing) {
    if (!client.isV5()) {
      return SUCCESS;
    }
    return switch (landing) {
      case LANDED -> SUCCESS;
      case NOBODY -> NO_MATCHING_SUBSCRIBERS;
      case RESERVED -> NOT_AUTHORIZED;
    };
  }

  private void acknowledgeInOrder() {
    for (Unacknowledged first = unacknowledged.peek();
        first != null && first.isSettled();
        first = unacknowledged.peek()) {
      unacknowledged.remove();
      if (connection.isClosing()) {
        continue;
      }
      if (first.failure == null) {
        Packets.puback(outbound.out(), first.packetId, first.code);
      } else {
        refused(first);
      }
    }
    if (unacknowledged.size() <= broker.limits().receiveMaximum() / 2) {
      connection.acknowledgementsLag(false);
    }
    connection.flushLater();
  }

  /** It is not on disk, so it must not be acknowledged: the client will send it again. */
  private void refused(Unacknowledged publish) {
    if (publish.failure instanceof Overloaded && client.isV5()) {
      Packets.puback(outbound.out(), publish.packetId, QUOTA_EXCEEDED);
    } else {
      connection.close(
          Reason.SERVER_ERROR,
          "the gateway's store did not take a publication; connect and publish again");
    }
  }
}
