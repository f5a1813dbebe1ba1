package io.sluice.transport;

import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageIdVariableHeader;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttReasonCodeAndPropertiesVariableHeader;
import io.netty.handler.codec.mqtt.MqttSubscribeMessage;
import io.netty.handler.codec.mqtt.MqttUnsubscribeMessage;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import io.sluice.dispatch.Landing;
import io.sluice.dispatch.PublishPath;
import io.sluice.message.InvalidTopic;
import io.sluice.message.Origin;
import io.sluice.message.Publication;
import io.sluice.message.PublishProperties;
import io.sluice.message.QoS;
import io.sluice.message.TopicName;
import io.sluice.session.InboxMessage;
import io.sluice.session.Outlet;
import io.sluice.session.Shipment;
import io.sluice.session.Will;
import io.sluice.store.Overloaded;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client, from its CONNACK to the end of its connection: packets become calls of the session
 * and of the publish path, and what these answer becomes packets again.
 *
 * <p>Threads: everything on the connection's event loop, but for the methods of {@link Outlet},
 * which hand over to it.
 *
 * <p>Acknowledgements leave in the order of the PUBLISH packets [MQTT-4.6.0-2], though the log's
 * partitions finish in any order: {@link #unacknowledged} keeps them in line.
 */
final class MqttConnection extends ChannelInboundHandlerAdapter implements Outlet {
  private static final Logger LOG = LoggerFactory.getLogger(MqttConnection.class);
  private static final int QUOTA_EXCEEDED = 0x97;
  private static final int NOT_AUTHORIZED = 0x87;
  private static final int NO_MATCHING_SUBSCRIBERS = 0x10;
  private static final int DISCONNECT_WITH_WILL = 0x04;
  private static final int MAILBOX_QOS0_MAX = 200_000;

  private final Broker broker;
  private final Loop loop;
  private final Channel channel;
  private final ArrayDeque<Unacknowledged> unacknowledged = new ArrayDeque<>();
  private @Nullable Client client;
  private @Nullable Outbound outbound;
  private @Nullable SubscribeDesk desk;
  private @Nullable TopicName @Nullable [] aliases;
  private @Nullable TopicName lastTopic;
  private @Nullable ScheduledFuture<?> keepAlive;
  private long lastReadNanos = System.nanoTime();
  private boolean paused; // reading is off until acknowledgements catch up
  private boolean willDue = true;
  private boolean evicted; // taken over before it began
  private long expirySeconds;
  private @Nullable Reason closing;

  /**
   * A PUBLISH of QoS 1 whose PUBACK has not left; run on the loop when the publication has landed.
   */
  private final class Unacknowledged implements Runnable {
    final int packetId;
    @Nullable Landing landing;
    @Nullable Throwable failure;

    Unacknowledged(int packetId) {
      this.packetId = packetId;
    }

    boolean isDone() {
      return landing != null || failure != null;
    }

    @Override
    public void run() {
      acknowledgeInOrder();
    }
  }

  MqttConnection(Broker broker, Loop loop, Channel channel) {
    this.broker = broker;
    this.loop = loop;
    this.channel = channel;
  }

  // ---- beginning and end
  // -------------------------------------------------------------------------------------------------------

  /** The session is open: sends CONNACK and lets its messages follow. */
  void begin(
      Client admitted, boolean sessionPresent, Packets.ConnackProperties told, int aliasesMax) {
    client = admitted;
    expirySeconds = admitted.expirySeconds();
    Outbound out = new Outbound(broker, channel, admitted);
    outbound = out;
    desk = new SubscribeDesk(broker, this, admitted, out);
    if (admitted.isV5()) {
      aliases = new TopicName[aliasesMax + 1];
      Packets.connack5(out.out(), sessionPresent, told);
    } else {
      Packets.connack3(out.out(), sessionPresent, 0);
    }
    out.flush();
    broker.counters().sessionsOpen.increment();
    if (evicted) {
      close(Reason.TAKEN_OVER, "another connection uses the client identifier");
      return;
    }
    int window = Math.min(admitted.receiveMaximum(), broker.limits().inboxWindowMax());
    broker.sessions().resume(admitted.session(), this, window);
    if (admitted.keepAliveSeconds() > 0) {
      long limitNanos =
          TimeUnit.MILLISECONDS.toNanos(admitted.keepAliveSeconds() * 1500L); // [MQTT-3.1.2-22]
      scheduleKeepAlive(limitNanos, limitNanos);
    }
  }

  private void scheduleKeepAlive(long limitNanos, long inNanos) {
    keepAlive =
        loop.eventLoop()
            .schedule(
                () -> {
                  long left = lastReadNanos + limitNanos - System.nanoTime();
                  if (left <= 0) {
                    close(
                        Reason.KEEP_ALIVE,
                        "nothing was heard for one and a half times the keep alive");
                  } else {
                    scheduleKeepAlive(limitNanos, left);
                  }
                },
                inNanos,
                TimeUnit.NANOSECONDS);
  }

  /** Ends the connection from our side, and tells an MQTT 5 client why. */
  void close(Reason reason, String why) {
    Client known = client;
    if (closing != null) {
      return;
    }
    closing = reason;
    Outbound out = outbound;
    if (known == null || out == null) {
      channel.close();
      return;
    }
    if (reason != Reason.CLIENT_DISCONNECT && reason != Reason.CONNECTION_LOST) {
      LOG.info("client '{}' is disconnected: {} ({})", known.clientId(), why, reason.word());
      if (known.isV5()) {
        Packets.disconnect5(out.out(), reason.code(), why);
      }
    }
    out.flush();
    channel.writeAndFlush(channel.alloc().buffer(0)).addListener(ChannelFutureListener.CLOSE);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    Client known = client;
    Outbound out = outbound;
    if (known == null || out == null) {
      return;
    }
    if (closing == null) {
      closing = Reason.CONNECTION_LOST;
    }
    broker.counters().closed(closing.word());
    broker.counters().sessionsOpen.decrement();
    if (keepAlive != null) {
      keepAlive.cancel(false);
    }
    out.flush();
    out.release();
    CompletableFuture<Boolean> closed =
        broker.sessions().close(known.session(), this, expirySeconds);
    Will will = known.will();
    if (willDue && will != null) {
      long delay = Math.min(will.delaySeconds(), expirySeconds);
      if (delay == 0) {
        publishWill(known, will); // [MQTT-3.1.2-8]
      } else {
        closed.thenRun(
            () ->
                loop.eventLoop()
                    .schedule(
                        () -> {
                          if (known.session().outlet() == null) { // [MQTT-3.1.3-9]
                            publishWill(known, will);
                          }
                        },
                        delay,
                        TimeUnit.SECONDS));
      }
    }
    loop.flush();
  }

  private void publishWill(Client known, Will will) {
    Origin origin = known.origin();
    Origin left =
        new Origin(origin.clientId(), origin.principal(), origin.sourceIp(), Origin.Kind.WILL, 0);
    broker
        .publishPath()
        .publish(
            new Publication(
                will.topic(),
                will.payload(),
                will.qos(),
                will.retain(),
                will.properties(),
                left,
                broker.stamps().next()),
            null);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (cause instanceof IOException) {
      channel.close(); // the peer reset the connection
    } else if (cause instanceof DecoderException) {
      close(Reason.MALFORMED, "malformed packet: " + cause.getMessage());
    } else {
      LOG.error("client '{}' failed", client == null ? "?" : client.clientId(), cause);
      close(Reason.SERVER_ERROR, "the gateway made a mistake; its log says more");
    }
  }

  // ---- packets in
  // --------------------------------------------------------------------------------------------------------------

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object packet) {
    lastReadNanos = System.nanoTime();
    try {
      if (closing == null
          && packet instanceof MqttMessage message
          && client != null
          && outbound != null) {
        if (message
            .decoderResult()
            .isFailure()) { // Netty hands malformed packets on as if they were well
          malformed(message.decoderResult().cause());
        } else {
          read(message, client, outbound);
        }
      }
    } finally {
      ReferenceCountUtil.release(packet);
    }
  }

  private void malformed(Throwable cause) {
    if (cause instanceof TooLongFrameException) {
      close(
          Reason.PACKET_TOO_LARGE,
          "a packet is larger than %d bytes".formatted(broker.limits().packetBytesMax()));
    } else {
      close(Reason.MALFORMED, "malformed packet: " + cause.getMessage());
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    flushLater();
    loop.flush();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    Outbound out = outbound;
    if (channel.isWritable() && out != null) {
      out.drainQueue(nowMicros());
      out.flush();
    }
  }

  private void read(MqttMessage message, Client known, Outbound out) {
    switch (message.fixedHeader().messageType()) {
      case PUBLISH -> publish((MqttPublishMessage) message, known, out);
      case PUBACK -> {
        if (!out.puback(
            ((MqttMessageIdVariableHeader) message.variableHeader()).messageId(), nowMicros())) {
          LOG.debug(
              "client '{}' acknowledged a packet identifier that is not under way",
              known.clientId());
        }
      }
      case SUBSCRIBE -> desk().subscribe((MqttSubscribeMessage) message);
      case UNSUBSCRIBE -> desk().unsubscribe((MqttUnsubscribeMessage) message);
      case PINGREQ -> Packets.pingresp(out.out()); // [MQTT-3.12.4-1]
      case DISCONNECT -> disconnect(message, known);
      case CONNECT -> close(Reason.PROTOCOL_ERROR, "a second CONNECT [MQTT-3.1.0-2]");
      case PUBREC, PUBREL, PUBCOMP ->
          close(Reason.PROTOCOL_ERROR, "a packet of QoS 2, which CONNACK did not offer");
      case AUTH ->
          close(Reason.PROTOCOL_ERROR, "AUTH without an authentication method [MQTT-4.12.0-6]");
      default ->
          close(
              Reason.PROTOCOL_ERROR,
              message.fixedHeader().messageType() + " is a packet of servers");
    }
  }

  private SubscribeDesk desk() {
    return Objects.requireNonNull(desk, "set before packets are read");
  }

  private void disconnect(MqttMessage message, Client known) {
    willDue = false; // [MQTT-3.14.4-3]
    if (known.isV5()
        && message.variableHeader() instanceof MqttReasonCodeAndPropertiesVariableHeader header) {
      willDue = header.reasonCode() == DISCONNECT_WITH_WILL;
      long wanted =
          Properties5.unsigned(
              header.properties(), MqttProperties.SESSION_EXPIRY_INTERVAL, expirySeconds);
      if (known.expirySeconds() == 0 && wanted > 0) {
        willDue = true;
        close(
            Reason.PROTOCOL_ERROR,
            "DISCONNECT raises a session expiry interval of 0 [MQTT-3.1.2-23]");
        return;
      }
      expirySeconds = wanted;
    }
    close(Reason.CLIENT_DISCONNECT, "");
  }

  private void publish(MqttPublishMessage message, Client known, Outbound out) {
    int qos = message.fixedHeader().qosLevel().value();
    int packetId = message.variableHeader().packetId();
    if (qos == 2) {
      close(
          Reason.QOS_NOT_SUPPORTED,
          "QoS 2 is not offered; publish with QoS 0 or 1 [MQTT-3.2.2-11]");
      return;
    }
    TopicName topic = topic(message, known);
    if (topic == null) {
      return; // closed
    }
    boolean retain = message.fixedHeader().isRetain();
    if (!known.permissions().mayPublish(topic, retain)) {
      broker.counters().denied("publish");
      if (known.isV5() && qos == 1) {
        settle(packetId, NOT_AUTHORIZED);
      } else { // MQTT 3.1.1 has no way to say no but this [MQTT3-3.3.5-2]
        close(Reason.NOT_AUTHORIZED, "no policy allows iot:Publish on topic '%s'".formatted(topic));
      }
      return;
    }
    if (qos == 1 && unacknowledged.size() >= broker.limits().receiveMaximum()) {
      if (known.isV5()) {
        close(
            Reason.RECEIVE_MAXIMUM,
            "more than %d publications unacknowledged [MQTT-3.3.4-7]"
                .formatted(broker.limits().receiveMaximum()));
        return;
      }
      pause();
    }
    (qos == 0 ? broker.counters().publishReceivedQos0 : broker.counters().publishReceivedQos1)
        .increment();
    byte[] payload = ByteBufUtil.getBytes(message.payload());
    broker.counters().bytesReceived.add(payload.length);
    PublishProperties properties =
        known.isV5()
            ? Properties5.publish(message.variableHeader().properties())
            : PublishProperties.NONE;
    long stamp = broker.stamps().next();
    Publication publication =
        new Publication(
            topic,
            payload,
            qos == 0 ? QoS.AT_MOST_ONCE : QoS.AT_LEAST_ONCE,
            retain,
            properties,
            known.origin(),
            stamp);
    if (retain) {
      desk().awaitRetained(broker.sessions().retained().whenApplied(stamp));
    }
    CompletableFuture<Landing> landing = broker.publishPath().publish(publication, known.session());
    if (retain && landing == PublishPath.RESERVED) {
      broker.sessions().retained().forget(stamp);
    }
    if (qos == 1) {
      acknowledgeWhen(landing, packetId, known, out);
    }
  }

  private @Nullable TopicName topic(MqttPublishMessage message, Client known) {
    String name = message.variableHeader().topicName();
    Integer alias =
        known.isV5()
            ? Properties5.integer(message.variableHeader().properties(), MqttProperties.TOPIC_ALIAS)
            : null;
    @Nullable TopicName[] table = aliases;
    if (alias != null && (table == null || alias < 1 || alias >= table.length)) {
      close(
          Reason.ALIAS_INVALID,
          "topic alias %d is not between 1 and %d [MQTT-3.3.2-8]"
              .formatted(alias, table == null ? 0 : table.length - 1));
      return null;
    }
    if (name.isEmpty() && alias != null && table != null) {
      TopicName known1 = table[alias];
      if (known1 == null) {
        close(
            Reason.PROTOCOL_ERROR, "topic alias %d was never given a topic name".formatted(alias));
      }
      return known1;
    }
    TopicName topic = lastTopic;
    if (topic == null
        || !topic.toString().equals(name)) { // devices publish to the same topic again and again
      try {
        topic = TopicName.of(name);
      } catch (InvalidTopic invalid) {
        close(Reason.TOPIC_INVALID, String.valueOf(invalid.getMessage()));
        return null;
      }
      if (topic.levels() > broker.limits().topicLevelsMax()) {
        close(
            Reason.TOPIC_INVALID,
            "topic name has %d levels; at most %d are taken"
                .formatted(topic.levels(), broker.limits().topicLevelsMax()));
        return null;
      }
      lastTopic = topic;
    }
    if (alias != null && table != null) {
      table[alias] = topic;
    }
    return topic;
  }

  // ---- acknowledgements out
  // ----------------------------------------------------------------------------------------------------

  /** The answer is known now, but has to wait for those before it. */
  private void settle(int packetId, int code) {
    if (unacknowledged.isEmpty() && outbound != null) {
      Packets.puback(outbound.out(), packetId, code);
    } else {
      Unacknowledged waiting = new Unacknowledged(packetId);
      waiting.landing =
          code == NOT_AUTHORIZED ? Landing.RESERVED : code == 0 ? Landing.LANDED : Landing.NOBODY;
      unacknowledged.add(waiting);
    }
  }

  private void acknowledgeWhen(
      CompletableFuture<Landing> landing, int packetId, Client known, Outbound out) {
    if (landing == PublishPath.LANDED && unacknowledged.isEmpty()) {
      Packets.puback(out.out(), packetId, 0);
      return;
    }
    if (landing == PublishPath.LANDED
        || landing == PublishPath.NOBODY
        || landing == PublishPath.RESERVED) {
      settle(
          packetId,
          code(
              known,
              landing == PublishPath.LANDED
                  ? Landing.LANDED
                  : landing == PublishPath.NOBODY ? Landing.NOBODY : Landing.RESERVED));
      return;
    }
    Unacknowledged waiting = new Unacknowledged(packetId);
    unacknowledged.add(waiting);
    landing.whenComplete(
        (landed, failure) -> {
          waiting.landing = landed;
          waiting.failure = failure;
          loop.post(waiting); // publishes the two fields to the loop
        });
  }

  private static int code(Client known, Landing landing) {
    if (!known.isV5()) {
      return 0;
    }
    return switch (landing) {
      case LANDED -> 0;
      case NOBODY -> NO_MATCHING_SUBSCRIBERS;
      case RESERVED -> NOT_AUTHORIZED;
    };
  }

  private void acknowledgeInOrder() {
    Client known = client;
    Outbound out = outbound;
    while (!unacknowledged.isEmpty()
        && unacknowledged.peek().isDone()
        && known != null
        && out != null) {
      Unacknowledged first = unacknowledged.remove();
      if (first.failure != null) {
        refused(first, known, out);
      } else if (first.landing != null && closing == null) {
        Packets.puback(out.out(), first.packetId, code(known, first.landing));
      }
    }
    if (paused && unacknowledged.size() <= broker.limits().receiveMaximum() / 2) {
      paused = false;
      channel.config().setAutoRead(true);
    }
    flushLater();
  }

  /** It is not on disk, so it must not be acknowledged: the client will send it again. */
  private void refused(Unacknowledged publish, Client known, Outbound out) {
    if (publish.failure instanceof Overloaded && known.isV5() && closing == null) {
      Packets.puback(out.out(), publish.packetId, QUOTA_EXCEEDED);
    } else {
      close(
          Reason.SERVER_ERROR,
          "the gateway's store did not take a publication; connect and publish again");
    }
  }

  private void pause() {
    if (!paused) {
      paused = true;
      channel.config().setAutoRead(false);
    }
  }

  // ---- Outlet: any thread
  // ------------------------------------------------------------------------------------------------------

  @Override
  public void deliver(Shipment shipment, QoS qos, boolean retain, int[] subscriptionIds) {
    if (loop.isHere()) {
      deliverHere(shipment, qos, retain, subscriptionIds);
    } else if (qos == QoS.AT_MOST_ONCE && loop.backlog() > MAILBOX_QOS0_MAX) {
      broker.counters().dropped("slow_loop");
    } else {
      loop.post(() -> deliverHere(shipment, qos, retain, subscriptionIds));
    }
  }

  private void deliverHere(Shipment shipment, QoS qos, boolean retain, int[] subscriptionIds) {
    Outbound out = outbound;
    if (out != null && closing == null) {
      out.deliver(shipment, qos, retain, subscriptionIds, nowMicros());
      flushLater();
    }
  }

  @Override
  public void deliverInbox(List<InboxMessage> messages) {
    loop.post(
        () -> {
          Outbound out = outbound;
          if (out != null && closing == null) {
            out.deliverInbox(messages, nowMicros());
            flushLater();
          }
        });
  }

  @Override
  public void takenOver() {
    loop.post(
        () -> {
          evicted = true;
          if (client != null) {
            close(
                Reason.TAKEN_OVER, "another connection uses the client identifier [MQTT-3.1.4-3]");
          }
        });
  }

  /** The connection must end: the gateway stops, or an operator or a policy says so. Any thread. */
  void end(Reason reason, String why) {
    loop.post(() -> close(reason, why));
  }

  /** Whether the permissions of this connection were taken back. Event loop only. */
  boolean isRevoked() {
    return client != null && client.permissions().isRevoked();
  }

  Loop loop() {
    return loop;
  }

  // ---- flushing
  // ----------------------------------------------------------------------------------------------------------------

  /** Sees to it that what was written leaves at the end of the present batch. */
  void flushLater() {
    loop.touch(this);
  }

  /** Called by the loop at the end of a batch. */
  void flushPending() {
    if (outbound != null) {
      outbound.flush();
    }
  }

  static long nowMicros() {
    return System.currentTimeMillis() * 1000;
  }
}
