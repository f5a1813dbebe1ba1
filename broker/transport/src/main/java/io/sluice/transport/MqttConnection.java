package io.sluice.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageIdVariableHeader;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttPubReplyMessageVariableHeader;
import io.netty.handler.codec.mqtt.MqttReasonCodeAndPropertiesVariableHeader;
import io.netty.handler.codec.mqtt.MqttSubscribeMessage;
import io.netty.handler.codec.mqtt.MqttUnsubscribeMessage;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import io.sluice.session.ClientState;
import io.sluice.session.ConnectionFacts;
import io.sluice.session.Outlet;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client, from its CONNACK to the end of its connection: packets become calls of the session
 * and of the publish path, and what these answer becomes packets again.
 *
 * <p>Threads: everything on the connection's event loop; others reach it by its {@link #outlet}.
 */
final class MqttConnection extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(MqttConnection.class);
  private static final int DISCONNECT_WITH_WILL = 0x04;
  private static final int STOP_MILLIS_MAX = 300;

  private final Broker broker;
  private final Loop loop;
  private final Channel channel;

  /** All that exists once the client is let in. */
  private record Admitted(
      Client client, Outbound outbound, SubscribeDesk subscribeDesk, PublishDesk publishDesk) {}

  private @Nullable Admitted admitted;
  private LifecycleEvents.@Nullable Presence presence;
  private final ConnectionOutlet outlet;
  private final Reading reading;
  private final KeepAlive keepAlive;
  private @Nullable ScheduledFuture<?> forcedClose;
  private boolean touched; // the loop will flush
  private boolean evicted; // another connection uses the client identifier
  private boolean willRevoked; // it said goodbye [MQTT-3.14.4-3], or an operator did
  private boolean sessionEnded;
  private CompletableFuture<Boolean> sessionAtRest = CompletableFuture.completedFuture(false);
  private boolean ended; // counted and told as gone
  private long expirySeconds;
  private long sinceMillis;
  private @Nullable Reason closing;
  private @Nullable Reauthentication reauthentication; // null: CONNECT named no method

  MqttConnection(Broker broker, Loop loop, Channel channel) {
    this.broker = broker;
    this.loop = loop;
    this.channel = channel;
    this.reading = new Reading(broker, loop, channel);
    this.outlet = new ConnectionOutlet(broker.counters(), loop, this);
    this.keepAlive =
        new KeepAlive(
            loop,
            reading,
            () ->
                close(
                    Reason.KEEP_ALIVE,
                    "nothing was heard for one and a half times the keep alive"));
  }

  // ---- beginning and end

  /** How sessions and other threads reach it. */
  ConnectionOutlet outlet() {
    return outlet;
  }

  /** Before {@link #begin}: the client may authenticate again. */
  void reauthenticateWith(Reauthentication again) {
    reauthentication = again;
  }

  /** The session is open: sends CONNACK and lets its messages follow. */
  void begin(
      Client client, boolean sessionPresent, Packets.ConnackProperties told, int aliasesMax) {
    expirySeconds = client.expirySeconds();
    sinceMillis = System.currentTimeMillis();
    Outbound out = new Outbound(broker, channel, client, this);
    SubscribeDesk subscribeDesk = new SubscribeDesk(broker, this, client, out);
    PublishDesk publishDesk =
        new PublishDesk(broker, this, client, out, client.isV5() ? aliasesMax : 0);
    admitted = new Admitted(client, out, subscribeDesk, publishDesk);
    outlet.begin(out);
    if (client.isV5()) {
      Packets.connack5(out.out(), sessionPresent, told);
    } else {
      Packets.connack3(out.out(), sessionPresent, 0);
    }
    broker.counters().sessionsOpen.increment();
    LongAdder ofItsKind = broker.counters().online(channel.pipeline(), client.version());
    ofItsKind.increment();
    channel.closeFuture().addListener(closed -> ofItsKind.decrement());
    if (out.out().readableBytes() > client.packetBytesMax()) {
      out.release(); // [MQTT-3.1.2-24]
      closing = Reason.PACKET_TOO_LARGE;
      channel.close();
      return;
    }
    out.flush();
    if (evicted) {
      close(Reason.TAKEN_OVER, "another connection uses the client identifier [MQTT-3.1.4-3]");
      return;
    }
    presence = broker.lifecycle().connected(client);
    int window = Math.min(client.receiveMaximum(), broker.limits().inboxWindowMax());
    broker.sessions().resume(client.session(), outlet, window);
    keepAlive.begin(client.keepAliveSeconds());
  }

  /** Ends the connection from our side, and tells an MQTT 5 client why. */
  void close(Reason reason, String why) {
    close(reason, Packets.Told.why(why));
  }

  private void close(Reason reason, Packets.Told told) {
    Admitted known = admitted;
    if (closing != null) {
      return;
    }
    closing = reason;
    reading.end();
    if (known == null) {
      channel.close();
      return;
    }
    if (reason != Reason.CLIENT_DISCONNECT) {
      Client client = known.client;
      LOG.info(
          "client '{}' is disconnected: {} ({})", client.clientId(), told.why(), reason.word());
      if (client.isV5()) {
        Packets.disconnect5(known.outbound.out(), reason.code(), told, client.packetBytesMax());
      }
    }
    known.outbound.flush();
    ChannelFuture last = channel.writeAndFlush(channel.alloc().buffer(0));
    if (reason == Reason.CLIENT_DISCONNECT) {
      forcedClose = // a peer that does not read would never let the last bytes go
          loop.eventLoop()
              .schedule(() -> channel.close(), LastWords.LINGER_MILLIS, TimeUnit.MILLISECONDS);
      last.addListener(ChannelFutureListener.CLOSE);
    } else {
      ended(known); // for everybody but its client, who may still read why
      LastWords.follow(last, isStopping(reason) ? STOP_MILLIS_MAX : LastWords.LINGER_MILLIS);
    }
  }

  private static boolean isStopping(Reason reason) {
    return reason == Reason.SHUTTING_DOWN || reason == Reason.USE_ANOTHER_SERVER;
  }

  boolean isClosing() {
    return closing != null;
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    Admitted known = admitted;
    if (known == null) {
      return;
    }
    ended(known);
    loop.flush();
  }

  private void ended(Admitted known) {
    if (ended) {
      return;
    }
    ended = true;
    if (closing == null) {
      closing = Reason.CONNECTION_LOST;
    }
    broker.counters().closed(closing.word());
    broker.counters().sessionsOpen.decrement();
    broker.lifecycle().disconnected(presence, closing, expirySeconds);
    keepAlive.end();
    if (forcedClose != null) {
      forcedClose.cancel(false);
    }
    if (reauthentication != null) {
      reauthentication.end();
    }
    endSession(known);
    known.outbound.release();
  }

  /**
   * Lets the session rest, or end. At once with a DISCONNECT: its client may connect again before
   * the socket is closed, and must not find what it has given up.
   */
  private void endSession(Admitted known) {
    if (!sessionEnded) {
      sessionEnded = true;
      known.outbound.flush(); // the client's last acknowledgements
      Reason why = closing == null ? Reason.CLIENT_DISCONNECT : closing;
      broker
          .sessions()
          .clients()
          .left(
              facts(known.client),
              new ClientState.Departure(why.lifecycleWord(), System.currentTimeMillis()));
      sessionAtRest =
          broker
              .sessions()
              .close(
                  known.client.session(),
                  outlet,
                  expirySeconds,
                  willRevoked || isWillDenied(known));
      known.outbound.giveBack(); // after it has left its groups, or it would be chosen again
    }
  }

  /** Policies may have changed since CONNECT. */
  private boolean isWillDenied(Admitted known) {
    Will will = known.client.will();
    if (will == null
        || known.client.permissions().mayPublish(will.message().topic(), will.message().retain())) {
      return false;
    }
    broker.counters().denied("will");
    return true;
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (cause instanceof IOException) {
      channel.close(); // the peer reset the connection
    } else if (cause instanceof DecoderException) {
      close(Reason.MALFORMED, "malformed packet: " + cause.getMessage());
    } else {
      failed(cause);
    }
  }

  /** Our mistake costs this client its connection, and no other. */
  void failed(Throwable mistake) {
    Admitted known = admitted;
    LOG.error("client '{}' failed", known == null ? "?" : known.client.clientId(), mistake);
    close(Reason.SERVER_ERROR, "the gateway made a mistake; its log says more");
  }

  // ---- packets in

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object packet) {
    keepAlive.heard();
    Admitted known = admitted;
    try {
      if (closing != null || known == null) {
        return;
      }
      if (packet instanceof PublishPacket publish) {
        known.publishDesk.publish(publish);
        reading.published();
      } else if (packet instanceof MqttMessage message) {
        if (message.decoderResult().isFailure()) {
          malformed(message.decoderResult().cause()); // handed on as if they were well: ask first
        } else {
          read(message, known);
        }
      }
    } finally {
      ReferenceCountUtil.release(packet);
    }
  }

  private void malformed(Throwable cause) {
    if (cause instanceof PacketFault fault) {
      close(fault.reason(), String.valueOf(fault.getMessage()));
    } else if (cause instanceof TooLongFrameException) {
      close(
          Reason.PACKET_TOO_LARGE,
          "a packet is larger than %d bytes".formatted(broker.limits().packetBytesMax()));
    } else {
      close(Reason.MALFORMED, "malformed packet: " + cause.getMessage());
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    keepAlive.endOfBatch();
    flushLater();
    Admitted known = admitted;
    if (known != null && known.outbound.isOverfull()) {
      reading.outputLags(true);
    }
    reading.endOfBatch();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    Admitted known = admitted;
    if (channel.isWritable() && known != null && closing == null) {
      known.outbound.drainQueues();
      known.outbound.flush();
      reading.outputLags(false);
    }
  }

  Reading reading() {
    return reading;
  }

  private void read(MqttMessage message, Admitted known) {
    switch (message.fixedHeader().messageType()) {
      case PUBACK, PUBREC, PUBREL, PUBCOMP -> acknowledgement(message, known);
      case SUBSCRIBE -> known.subscribeDesk.subscribe((MqttSubscribeMessage) message);
      case UNSUBSCRIBE -> known.subscribeDesk.unsubscribe((MqttUnsubscribeMessage) message);
      case PINGREQ -> Packets.pingresp(known.outbound.out()); // [MQTT-3.12.4-1]
      case DISCONNECT -> disconnect(message, known);
      case CONNECT -> close(Reason.PROTOCOL_ERROR, "a second CONNECT [MQTT-3.1.0-2]");
      case AUTH -> authenticate(message, known);
      default ->
          close(
              Reason.PROTOCOL_ERROR,
              message.fixedHeader().messageType() + " is a packet of servers");
    }
  }

  private void authenticate(MqttMessage message, Admitted known) {
    if (reauthentication == null) {
      close(Reason.PROTOCOL_ERROR, "AUTH without an authentication method [MQTT-4.12.0-7]");
      return;
    }
    reauthentication.read(
        message, this, known.client, known.outbound.out(), broker.limits().connectTimeoutMillis());
  }

  private void acknowledgement(MqttMessage message, Admitted known) {
    int packetId = ((MqttMessageIdVariableHeader) message.variableHeader()).messageId();
    Outbound out = known.outbound;
    MqttMessageType type = message.fixedHeader().messageType();
    Outbound.Acknowledged became =
        switch (type) {
          case PUBACK -> out.puback(packetId, reasonCode(message));
          case PUBREC -> out.pubrec(packetId, reasonCode(message));
          case PUBCOMP -> out.pubcomp(packetId);
          default -> {
            known.publishDesk.pubrel(packetId);
            yield Outbound.Acknowledged.EXPECTED;
          }
        };
    if (became == Outbound.Acknowledged.OUT_OF_TURN) {
      close(
          Reason.PROTOCOL_ERROR,
          "%s for packet identifier %d, whose flow expects another packet"
              .formatted(type, packetId));
    } else if (became == Outbound.Acknowledged.UNKNOWN) {
      LOG.debug(
          "client '{}' acknowledged packet identifier {}, which is not under way",
          known.client.clientId(),
          packetId);
    }
  }

  private static int reasonCode(MqttMessage message) {
    return message.variableHeader() instanceof MqttPubReplyMessageVariableHeader header
        ? header.reasonCode() & 0xFF
        : 0;
  }

  private void disconnect(MqttMessage message, Admitted known) {
    boolean withWill = false;
    if (known.client.isV5()
        && message.variableHeader() instanceof MqttReasonCodeAndPropertiesVariableHeader header) {
      long wanted =
          Properties5.unsigned(
              header.properties(), MqttProperties.SESSION_EXPIRY_INTERVAL, expirySeconds);
      if (known.client.expirySeconds() == 0 && wanted > 0) {
        close(
            Reason.PROTOCOL_ERROR,
            "DISCONNECT raises a session expiry interval of 0 [MQTT-3.1.2-23]");
        return;
      }
      expirySeconds = wanted;
      withWill = header.reasonCode() == DISCONNECT_WITH_WILL;
    }
    willRevoked = !withWill; // [MQTT-3.14.4-3]
    endSession(known); // before the socket is closed, which tells the client that it may come again
    close(Reason.CLIENT_DISCONNECT, "");
  }

  // ---- for its outlet, on the loop

  /** Where its messages go while it lives; null before it is let in and once it closes. */
  @Nullable Outbound live() {
    Admitted known = admitted;
    return known == null || closing != null ? null : known.outbound;
  }

  /** Another connection uses the client identifier. */
  void evict() {
    evicted = true;
    if (admitted != null) {
      close(Reason.TAKEN_OVER, "another connection uses the client identifier [MQTT-3.1.4-3]");
    }
  }

  /** What is known of it; empty when it is not {@link #live}. */
  Optional<ConnectionFacts> facts() {
    Admitted known = admitted;
    return known == null || closing != null ? Optional.empty() : Optional.of(facts(known.client));
  }

  private ConnectionFacts facts(Client client) {
    return new ConnectionFacts(
        client.clientId(),
        client.permissions().thingName(),
        client.session().isPersistent(),
        expirySeconds,
        client.keepAliveSeconds(),
        sinceMillis,
        Peer.source(channel),
        channel.localAddress() instanceof InetSocketAddress target ? target : null);
  }

  /** See {@link Outlet#end}. */
  CompletableFuture<Boolean> endForOperator(boolean endSession, boolean revokeWill) {
    if (live() == null) {
      return CompletableFuture.completedFuture(false);
    }
    willRevoked |= revokeWill;
    expirySeconds = endSession ? 0 : expirySeconds;
    close(Reason.ADMINISTRATIVE_ACTION, "an operator has ended the connection");
    return sessionAtRest;
  }

  /** Goes on, after other connections had their turn, with what waits for this one. */
  void drainLater() {
    loop.post(
        () -> {
          Outbound out = live();
          if (out != null) {
            out.drainQueues();
            flushLater();
          }
        });
  }

  /** The connection must end: the gateway stops, or an operator or a policy says so. Any thread. */
  void end(Reason reason, String why) {
    loop.post(() -> close(reason, why));
  }

  /** The gateway stops; its client may go to another one, if there is any. Any thread. */
  void endForShutdown(String serverReference) {
    boolean another = !serverReference.isEmpty();
    loop.post(
        () ->
            close(
                another ? Reason.USE_ANOTHER_SERVER : Reason.SHUTTING_DOWN,
                new Packets.Told("the gateway shuts down", serverReference)));
  }

  /** Permissions have changed. Event loop only. */
  void recheck() {
    Admitted known = admitted;
    if (known == null || closing != null) {
      return;
    }
    if (known.client.permissions().isRevoked()) {
      close(Reason.NOT_AUTHORIZED, "its certificate or policy no longer lets it connect");
    } else {
      known.subscribeDesk.recheck();
    }
  }

  /** How lifecycle events name it; null when it has none. */
  LifecycleEvents.@Nullable Presence presence() {
    return presence;
  }

  Loop loop() {
    return loop;
  }

  // ---- flushing

  /** Sees to it that what was written leaves at the end of the present batch. */
  void flushLater() {
    if (!touched) {
      touched = true;
      loop.touch(this);
    }
  }

  /** Called by the loop at the end of a batch. */
  void flushPending() {
    touched = false;
    Admitted known = admitted;
    if (known != null) {
      known.outbound.flush();
    }
  }
}
