package io.sluice.transport;

import io.sluice.dispatch.Landing;
import io.sluice.dispatch.PublishPath;
import io.sluice.message.InvalidTopic;
import io.sluice.message.Publication;
import io.sluice.message.QoS;
import io.sluice.message.TopicName;
import io.sluice.store.Overloaded;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * PUBLISH packets of one client: checked, handed to the publish path, and acknowledged when they
 * have landed. Event loop only.
 *
 * <p>Acknowledgements leave in the order of the PUBLISH packets [MQTT-4.6.0-2], though the log's
 * partitions finish in any order: {@link #unacknowledged} keeps them in line. Its bound is our
 * receive maximum; an MQTT 5 client that passes it is disconnected, of an older one, which does not
 * know the bound, no more is read until the acknowledgements have caught up.
 *
 * <p>QoS 2: a packet identifier is in {@link #received} from its PUBLISH until its PUBCOMP leaves,
 * and a PUBLISH that repeats it is answered and goes no further [MQTT-4.3.3-10]. Of a persistent
 * session the store keeps it too, so it outlives the connection and the process.
 */
final class PublishDesk {
  private static final int SUCCESS = 0;
  private static final int NO_MATCHING_SUBSCRIBERS = 0x10;
  private static final int NOT_AUTHORIZED = 0x87;
  private static final int QUOTA_EXCEEDED = 0x97;
  private static final int PACKET_IDENTIFIER_NOT_FOUND = 0x92;
  private static final int PAYLOAD_FORMAT_INVALID = 0x99;
  private static final int FAILURE = 0x80; // reason codes from here on
  private static final int UNKNOWN = -1;

  // What is known of an identifier in received.
  private static final long ON_ITS_WAY = 0; // its PUBREC has not left
  private static final long HERE = 1; // the connection alone knows it
  private static final long KEPT = 2; // the store knows it too

  private final Broker broker;
  private final MqttConnection connection;
  private final Client client;
  private final Outbound outbound;
  private final ArrayDeque<Unacknowledged> unacknowledged = new ArrayDeque<>();
  private final PacketIds received = new PacketIds();
  private final @Nullable TopicName[] aliases;
  private int unacknowledgedQos1;
  private @Nullable TopicName lastTopic;

  /** A PUBLISH whose PUBACK or PUBREC has not left; run on the loop when it has landed, or not. */
  private final class Unacknowledged implements Runnable {
    final int packetId;
    final QoS qos;
    final long sinceNanos = System.nanoTime();
    int code = UNKNOWN;
    @Nullable String why;
    long kept = HERE;
    @Nullable Throwable failure;

    Unacknowledged(int packetId, QoS qos) {
      this.packetId = packetId;
      this.qos = qos;
    }

    boolean isSettled() {
      return code != UNKNOWN || failure != null;
    }

    @Override
    public void run() {
      broker.counters().landNanos.add(System.nanoTime() - sinceNanos);
      acknowledgeInOrder();
    }
  }

  /**
   * @param aliasesMax the topic aliases that CONNACK offered; 0 before MQTT 5
   */
  PublishDesk(
      Broker broker, MqttConnection connection, Client client, Outbound outbound, int aliasesMax) {
    this.broker = broker;
    this.connection = connection;
    this.client = client;
    this.outbound = outbound;
    this.aliases = new TopicName[aliasesMax + 1];
    for (int packetId : client.received()) {
      received.put(packetId, KEPT);
    }
  }

  void publish(PublishPacket packet) {
    QoS qos = packet.qos();
    int packetId = packet.packetId();
    Fault fault = PublishBounds.fault(broker.limits(), packet);
    if (fault != null) {
      connection.close(fault.reason(), fault.why());
      return;
    }
    if (qos == QoS.AT_MOST_ONCE && packet.duplicate()) {
      connection.close(Reason.MALFORMED, "DUP is set with QoS 0 [MQTT-3.3.1-2]");
      return;
    }
    TopicName topic = topic(packet);
    if (topic == null) {
      return; // closed
    }
    if (qos == QoS.EXACTLY_ONCE && received.get(packetId) != PacketIds.NONE) {
      repeated(packetId);
      return;
    }
    if (!client.permissions().mayPublish(topic, packet.retain())) {
      deny(topic, qos, packetId);
      return;
    }
    if (broker.limits().payloadFormatChecked() && PublishBounds.isMislabelled(packet)) {
      mislabelled(topic, qos, packetId);
      return;
    }
    if (qos != QoS.AT_MOST_ONCE && !mayFollow()) {
      return; // closed
    }
    String responseTopic = packet.properties().responseTopic();
    if (responseTopic != null
        && (responseTopic.indexOf('#') >= 0 || responseTopic.indexOf('+') >= 0)) {
      connection.close(Reason.PROTOCOL_ERROR, "Response Topic has a wildcard [MQTT-3.3.2-14]");
      return;
    }
    publish(packet, topic);
  }

  private void mislabelled(TopicName topic, QoS qos, int packetId) {
    broker.counters().dropped("payload_format_invalid");
    String why = "the payload for topic '%s' says that it is UTF-8 and is not".formatted(topic);
    if (qos != QoS.AT_MOST_ONCE) {
      settle(packetId, qos, PAYLOAD_FORMAT_INVALID, why);
    } else {
      connection.close(Reason.PAYLOAD_FORMAT_INVALID, why);
    }
  }

  /** Whether the client may have one more under way. */
  private boolean mayFollow() {
    int max = broker.limits().receiveMaximum();
    if (client.isV5() && unacknowledgedQos1 + received.size() >= max) {
      connection.close(
          Reason.RECEIVE_MAXIMUM,
          "more than %d publications unacknowledged [MQTT-3.3.4-7]".formatted(max));
      return false;
    }
    if (!client.isV5() && unacknowledged.size() >= max) {
      connection.reading().acknowledgementsLag(true);
    }
    return true;
  }

  private void publish(PublishPacket packet, TopicName topic) {
    QoS qos = packet.qos();
    int packetId = packet.packetId();
    boolean retain = packet.retain();
    broker.counters().publishReceived(qos);
    broker.counters().bytesReceived.add(packet.payload().length);
    long stamp = broker.stamps().next();
    Publication publication =
        new Publication(
            topic,
            packet.payload(),
            qos,
            retain,
            PublishBounds.expiring(broker.limits(), packet.properties()),
            client.origin(),
            stamp);
    if (retain) {
      broker.sessions().retained().announce(stamp);
    }
    CompletableFuture<Landing> landing =
        qos == QoS.EXACTLY_ONCE && client.session().isPersistent()
            ? broker
                .publishPath()
                .publishOnce(publication, client.session(), connection.outlet(), packetId)
            : broker.publishPath().publish(publication, client.session());
    if (landing == PublishPath.RESERVED && broker.limits().awsQuirks()) {
      connection.close(Reason.TOPIC_INVALID, "topic '%s' is reserved".formatted(topic));
    }
    if (retain && landing == PublishPath.RESERVED) {
      broker.sessions().retained().forget(stamp);
    }
    if (qos != QoS.AT_MOST_ONCE) {
      acknowledgeWhen(landing, packetId, qos);
    }
  }

  private void deny(TopicName topic, QoS qos, int packetId) {
    broker.counters().denied("publish");
    String why = "no policy allows iot:Publish on topic '%s'".formatted(topic);
    if (client.isV5() && qos != QoS.AT_MOST_ONCE) {
      settle(packetId, qos, NOT_AUTHORIZED, why);
    } else { // MQTT 3.1.1 has no way to say no but this [MQTT3-3.3.5-2]
      connection.close(Reason.NOT_AUTHORIZED, why);
    }
  }

  // ---- QoS 2

  /** A PUBLISH that was taken already: its PUBREC is sent again, if it has left once. */
  private void repeated(int packetId) {
    if (received.get(packetId) != ON_ITS_WAY) {
      settle(packetId, QoS.EXACTLY_ONCE, SUCCESS, null);
    }
  }

  /** PUBREL: the identifier may stand for another publication once PUBCOMP has left. */
  void pubrel(int packetId) {
    long known = received.get(packetId);
    if (known == PacketIds.NONE) {
      Packets.pubcomp(
          outbound.out(), packetId, client.isV5() ? PACKET_IDENTIFIER_NOT_FOUND : SUCCESS);
    } else if (known == ON_ITS_WAY) {
      connection.close(Reason.PROTOCOL_ERROR, "PUBREL before the PUBREC that it answers");
    } else if (known == HERE) {
      received.release(packetId);
      Packets.pubcomp(outbound.out(), packetId, SUCCESS);
    } else { // not before the store has forgotten it, or its next publication would seem repeated
      broker
          .sessions()
          .release(client.session(), packetId)
          .whenComplete(
              (kept, failure) -> connection.loop().post(() -> released(packetId, failure)));
    }
  }

  private void released(int packetId, @Nullable Throwable failure) {
    if (connection.isClosing()) {
      return;
    }
    if (failure != null) {
      connection.close(
          Reason.SERVER_ERROR, "the gateway's store did not take a PUBREL; connect and send again");
      return;
    }
    received.release(packetId);
    Packets.pubcomp(outbound.out(), packetId, SUCCESS);
    connection.flushLater();
  }

  // ---- topic names and their aliases

  /** Null when the connection had to be closed. */
  private @Nullable TopicName topic(PublishPacket packet) {
    String name = packet.topic();
    int alias = packet.alias();
    if (alias == PublishPacket.NO_ALIAS) {
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
    if (topic != null && topic.toString().equals(name)) { // mostly the same instance
      return topic; // devices publish to the same topic again and again
    }
    try {
      topic = TopicName.of(name);
    } catch (InvalidTopic invalid) {
      connection.close(Reason.TOPIC_INVALID, String.valueOf(invalid.getMessage()));
      return null;
    }
    String fault = TopicBounds.fault(broker.limits(), topic);
    if (fault != null) {
      connection.close(Reason.TOPIC_INVALID, fault);
      return null;
    }
    lastTopic = topic;
    return topic;
  }

  // ---- acknowledgements

  private void acknowledgeWhen(CompletableFuture<Landing> landing, int packetId, QoS qos) {
    if (landing == PublishPath.LANDED) { // by identity: no callback, nothing to allocate
      landed(packetId, qos, Landing.LANDED);
    } else if (landing == PublishPath.NOBODY) {
      landed(packetId, qos, Landing.NOBODY);
    } else if (landing == PublishPath.RESERVED) {
      landed(packetId, qos, Landing.RESERVED);
    } else if (landing == PublishPath.FULL) {
      landed(packetId, qos, Landing.FULL);
    } else {
      Unacknowledged waiting = new Unacknowledged(packetId, qos);
      if (qos == QoS.EXACTLY_ONCE) {
        received.put(packetId, ON_ITS_WAY);
        waiting.kept = client.session().isPersistent() ? KEPT : HERE;
      }
      await(waiting);
      landing.whenComplete((landed, failure) -> post(waiting, landed, failure));
    }
  }

  private void landed(int packetId, QoS qos, Landing landing) {
    if (landing == Landing.FULL && !client.isV5()) {
      connection.close(
          Reason.QUOTA, "an inbox that must keep a publication is full; publish it again later");
      return;
    }
    int code = code(landing);
    if (qos == QoS.EXACTLY_ONCE && code < FAILURE) {
      received.put(packetId, HERE);
    }
    settle(packetId, qos, code, why(landing));
  }

  private void await(Unacknowledged waiting) {
    unacknowledged.add(waiting);
    if (waiting.qos == QoS.AT_LEAST_ONCE) {
      unacknowledgedQos1++;
    }
  }

  /** On the store's thread. */
  private void post(Unacknowledged waiting, @Nullable Landing landed, @Nullable Throwable failure) {
    if (landed != null) {
      waiting.code = code(landed);
      waiting.why = why(landed);
    } else {
      waiting.failure = failure;
    }
    connection.loop().post(waiting); // publishes its fields to the loop
  }

  /** The answer is known now, but has to wait for those before it. */
  private void settle(int packetId, QoS qos, int code, @Nullable String why) {
    if (unacknowledged.isEmpty()) {
      answer(packetId, qos, code, why);
    } else {
      Unacknowledged waiting = new Unacknowledged(packetId, qos);
      waiting.code = code;
      waiting.why = why;
      long known = received.get(packetId);
      waiting.kept = known == PacketIds.NONE ? HERE : known;
      await(waiting);
    }
  }

  private void answer(int packetId, QoS qos, int code, @Nullable String why) {
    if (code >= FAILURE) {
      Packets.refusal(
          outbound.out(), qos, packetId, code, client.told(why), client.packetBytesMax());
    } else if (qos == QoS.AT_LEAST_ONCE) {
      Packets.puback(outbound.out(), packetId, code);
    } else {
      Packets.pubrec(outbound.out(), packetId, code);
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
      case FULL -> QUOTA_EXCEEDED;
    };
  }

  private static @Nullable String why(Landing landing) {
    return switch (landing) {
      case LANDED, NOBODY -> null;
      case RESERVED -> "the topic is reserved for the gateway";
      case FULL -> "an inbox that must keep the publication is full; publish it again later";
    };
  }

  private void acknowledgeInOrder() {
    for (Unacknowledged first = unacknowledged.peek();
        first != null && first.isSettled();
        first = unacknowledged.peek()) {
      unacknowledged.remove();
      if (first.qos == QoS.AT_LEAST_ONCE) {
        unacknowledgedQos1--;
      }
      if (connection.isClosing()) {
        continue;
      }
      if (first.failure == null) {
        if (first.qos == QoS.EXACTLY_ONCE && first.code < FAILURE) {
          received.put(first.packetId, first.kept);
        }
        answer(first.packetId, first.qos, first.code, first.why);
      } else {
        refused(first);
      }
    }
    if (unacknowledged.size() <= broker.limits().receiveMaximum() / 2) {
      connection.reading().acknowledgementsLag(false);
    }
    connection.flushLater();
  }

  /** It is not on disk, so it must not be acknowledged: the client will send it again. */
  private void refused(Unacknowledged publish) {
    if (publish.qos == QoS.EXACTLY_ONCE) {
      received.release(publish.packetId);
    }
    Throwable cause =
        publish.failure instanceof CompletionException wrapped && wrapped.getCause() != null
            ? wrapped.getCause()
            : publish.failure;
    if (cause instanceof Overloaded && client.isV5()) {
      answer(
          publish.packetId,
          publish.qos,
          QUOTA_EXCEEDED,
          "the gateway's store is busy; publish it again later");
    } else {
      connection.close(
          Reason.SERVER_ERROR,
          "the gateway's store did not take a publication; connect and publish again");
    }
  }
}
