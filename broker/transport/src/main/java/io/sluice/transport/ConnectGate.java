package io.sluice.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.mqtt.MqttConnectMessage;
import io.netty.handler.codec.mqtt.MqttConnectPayload;
import io.netty.handler.codec.mqtt.MqttConnectVariableHeader;
import io.netty.handler.codec.mqtt.MqttIdentifierRejectedException;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttUnacceptableProtocolVersionException;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.sluice.message.InvalidTopic;
import io.sluice.message.Origin;
import io.sluice.message.Publication;
import io.sluice.message.PublishProperties;
import io.sluice.message.QoS;
import io.sluice.message.TopicName;
import io.sluice.session.Sessions;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Admits one CONNECT, then makes way for {@link MqttConnection}. Packets that a client sends ahead
 * of our CONNACK wait here: reading stops, so they are no more than one read brought. Event loop
 * only.
 */
final class ConnectGate extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(ConnectGate.class);

  // CONNACK codes of MQTT 3.1.1 [MQTT3-3.2.2-4] and of MQTT 5 for the same faults.
  private static final int V3_UNACCEPTABLE_VERSION = 1;
  private static final int V3_IDENTIFIER_REJECTED = 2;
  private static final int V3_UNAVAILABLE = 3;
  private static final int V3_BAD_CREDENTIALS = 4;
  private static final int V3_NOT_AUTHORIZED = 5;
  private static final int V5_IDENTIFIER_NOT_VALID = 0x85;
  private static final int V5_BAD_CREDENTIALS = 0x86;
  private static final int V5_NOT_AUTHORIZED = 0x87;
  private static final int V5_UNAVAILABLE = 0x88;
  private static final int V5_TOPIC_NAME_INVALID = 0x90;
  private static final int V5_BAD_AUTHENTICATION_METHOD = 0x8C;

  private final Broker broker;
  private final Gatekeeper gatekeeper;
  private final Loop loop;
  private final Set<MqttConnection> connections;
  private final ArrayDeque<Object> ahead = new ArrayDeque<>();
  private @Nullable Future<?> timeout;
  private boolean connecting;
  private long packetBytesMax = Long.MAX_VALUE; // what the client takes

  ConnectGate(Broker broker, Gatekeeper gatekeeper, Loop loop, Set<MqttConnection> connections) {
    this.broker = broker;
    this.gatekeeper = gatekeeper;
    this.loop = loop;
    this.connections = connections;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    timeout =
        ctx.executor()
            .schedule(
                () -> close(ctx, "connect_timeout", "no CONNECT in time"),
                broker.limits().connectTimeoutMillis(),
                TimeUnit.MILLISECONDS);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    if (timeout != null) {
      timeout.cancel(false);
    }
    for (Object packet = ahead.poll(); packet != null; packet = ahead.poll()) {
      ReferenceCountUtil.release(packet);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object packet) {
    if (connecting) {
      ahead.add(packet);
      return;
    }
    try {
      first(ctx, packet);
    } finally {
      ReferenceCountUtil.release(packet);
    }
  }

  private void first(ChannelHandlerContext ctx, Object packet) {
    if (!(packet instanceof MqttMessage message)) {
      close(ctx, "not_mqtt", "unexpected " + packet.getClass().getSimpleName());
      return;
    }
    if (message
        .decoderResult()
        .isFailure()) { // Netty hands malformed packets on as if they were well: ask first
      Throwable cause = message.decoderResult().cause();
      if (cause
          instanceof MqttUnacceptableProtocolVersionException) { // [MQTT-3.1.2-2] [MQTT3-3.1.2-2]
        ByteBuf out = ctx.alloc().buffer();
        Packets.connack3(out, false, V3_UNACCEPTABLE_VERSION);
        sendAndClose(ctx, out, "unsupported_version", "protocol version is not 3.1, 3.1.1 or 5");
      } else if (cause instanceof MqttIdentifierRejectedException) { // empty or long, in MQTT 3.1
        ByteBuf out = ctx.alloc().buffer();
        Packets.connack3(out, false, V3_IDENTIFIER_REJECTED);
        sendAndClose(ctx, out, "client_id", "client identifier is empty or too long");
      } else {
        malformed(ctx, cause);
      }
      return;
    }
    if (!(packet instanceof MqttConnectMessage connect)) {
      close(
          ctx,
          "no_connect",
          "first packet was " + message.fixedHeader().messageType() + " [MQTT-3.1.0-1]");
      return;
    }
    connecting = true;
    ctx.channel().config().setAutoRead(false);
    connect(ctx, connect.variableHeader(), connect.payload());
  }

  /** MQTT 5 has words for what is wrong; before it, the connection just ends [MQTT-4.13.1-1]. */
  private void malformed(ChannelHandlerContext ctx, Throwable cause) {
    PacketFrames frames = ctx.pipeline().get(PacketFrames.class);
    boolean v5 = frames != null && frames.isV5();
    Reason reason = cause instanceof PacketFault fault ? fault.reason() : Reason.MALFORMED;
    if (v5) {
      ByteBuf out = ctx.alloc().buffer();
      Packets.connack5Refused(out, reason.code() & 0xFF, "", 0); // its packet size is not known
      sendAndClose(ctx, out, "malformed_connect", String.valueOf(cause.getMessage()));
    } else { // an error of protocol in the first packet is another packet than CONNECT
      boolean other = reason == Reason.PROTOCOL_ERROR;
      close(ctx, other ? "no_connect" : "malformed_connect", String.valueOf(cause.getMessage()));
    }
  }

  private void connect(
      ChannelHandlerContext ctx, MqttConnectVariableHeader header, MqttConnectPayload payload) {
    boolean v5 = header.version() == 5;
    if (v5) {
      packetBytesMax =
          Properties5.unsigned(
              header.properties(), MqttProperties.MAXIMUM_PACKET_SIZE, Long.MAX_VALUE);
    }
    String fault = fault(header);
    if (fault != null) {
      malformed(ctx, new PacketFault(Reason.MALFORMED, fault));
      return;
    }
    String clientId = payload.clientIdentifier() == null ? "" : payload.clientIdentifier();
    boolean assigned = clientId.isEmpty();
    if (assigned && !v5 && !header.isCleanSession()) {
      refuse(
          ctx,
          v5,
          V3_IDENTIFIER_REJECTED,
          V5_IDENTIFIER_NOT_VALID,
          "client_id",
          "an empty client identifier needs CleanSession 1 [MQTT3-3.1.3-8]");
      return;
    }
    if (assigned) {
      clientId = ClientIds.assigned(broker.limits());
    }
    String clientIdFault = assigned ? null : ClientIds.fault(broker.limits(), clientId);
    if (clientIdFault != null) {
      refuse(ctx, v5, V3_IDENTIFIER_REJECTED, V5_IDENTIFIER_NOT_VALID, "client_id", clientIdFault);
      return;
    }
    MqttProperties properties = header.properties();
    if (v5 && properties.getProperty(MqttProperties.AUTHENTICATION_METHOD) != null) {
      refuse(
          ctx,
          true,
          0,
          V5_BAD_AUTHENTICATION_METHOD,
          "authentication_method",
          "enhanced authentication is not offered; connect with a certificate");
      return;
    }
    Applicant applicant =
        new Applicant(
            clientId,
            header.version(),
            payload.userName(),
            payload.passwordInBytes(),
            Peer.certificates(ctx.pipeline()),
            Peer.address(ctx.channel()),
            Peer.serverName(ctx.pipeline()),
            ctx.channel().attr(HttpUpgrade.KEY).get(),
            null);
    CompletableFuture<Gatekeeper.Admission> decision = gatekeeper.admit(applicant);
    if (decision.isDone()) {
      decided(ctx, header, payload, applicant, assigned, decision);
    } else {
      decision.whenComplete(
          (admission, failure) ->
              loop.eventLoop()
                  .execute(() -> decided(ctx, header, payload, applicant, assigned, decision)));
    }
  }

  private void decided(
      ChannelHandlerContext ctx,
      MqttConnectVariableHeader header,
      MqttConnectPayload payload,
      Applicant applicant,
      boolean assigned,
      CompletableFuture<Gatekeeper.Admission> decision) {
    boolean v5 = header.version() == 5;
    if (ctx.isRemoved() || !ctx.channel().isActive()) {
      return; // it did not wait, or took too long
    }
    Gatekeeper.Admission admission;
    try {
      admission = decision.join();
    } catch (CompletionException | CancellationException failure) {
      LOG.warn(
          "client '{}' is not let in: the decision about it failed", applicant.clientId(), failure);
      refuse(
          ctx,
          v5,
          V3_UNAVAILABLE,
          V5_UNAVAILABLE,
          "gatekeeper_failed",
          "who the client is cannot be checked at present; try again later");
      return;
    }
    if (admission instanceof Gatekeeper.Admission.Refused refused) {
      boolean credentials = refused.cause() == Gatekeeper.Cause.BAD_CREDENTIALS;
      refuse(
          ctx,
          v5,
          credentials ? V3_BAD_CREDENTIALS : V3_NOT_AUTHORIZED,
          credentials ? V5_BAD_CREDENTIALS : V5_NOT_AUTHORIZED,
          refused.reason(),
          refused.explanation());
      return;
    }
    if (admission instanceof Gatekeeper.Admission.Admitted admitted) {
      admitted(
          ctx, header, payload, applicant.clientId(), assigned, applicant.sourceIp(), admitted);
    }
  }

  /** What is wrong with the connect flags, or null; Netty looks at the reserved one only. */
  private static @Nullable String fault(MqttConnectVariableHeader header) {
    if (header.willQos() > 2) {
      return "will QoS is 3 [MQTT-3.1.2-12]";
    }
    if (!header.isWillFlag() && (header.willQos() > 0 || header.isWillRetain())) {
      return "will QoS or will retain without a will [MQTT-3.1.2-11] [MQTT-3.1.2-13]";
    }
    if (header.version() < 5 && header.hasPassword() && !header.hasUserName()) {
      return "a password without a user name [MQTT3-3.1.2-22]";
    }
    return null;
  }

  private void admitted(
      ChannelHandlerContext ctx,
      MqttConnectVariableHeader header,
      MqttConnectPayload payload,
      String clientId,
      boolean assigned,
      String sourceIp,
      Gatekeeper.Admission.Admitted admitted) {
    boolean v5 = header.version() == 5;
    Will will = null;
    if (header.isWillFlag()) {
      try {
        will = will(header, payload, clientId, admitted.principal(), sourceIp);
      } catch (InvalidTopic invalid) {
        refuse(
            ctx,
            v5,
            V3_NOT_AUTHORIZED,
            V5_TOPIC_NAME_INVALID,
            "will_topic",
            String.valueOf(invalid.getMessage()));
        return;
      }
      Fault fault = PublishBounds.fault(broker.limits(), will.message());
      if (fault != null) {
        refuse(
            ctx,
            v5,
            V3_UNAVAILABLE,
            fault.reason().code() & 0xFF,
            "will_" + fault.reason().word(),
            fault.why());
        return;
      }
      if (!admitted.permissions().mayPublish(will.message().topic(), will.message().retain())) {
        refuse(
            ctx,
            v5,
            V3_NOT_AUTHORIZED,
            V5_NOT_AUTHORIZED,
            "will_denied",
            "no policy allows iot:Publish on the will topic");
        return;
      }
    }
    MqttProperties properties = header.properties();
    long wantedExpiry =
        v5
            ? Properties5.unsigned(properties, MqttProperties.SESSION_EXPIRY_INTERVAL, 0)
            : header.isCleanSession() ? 0 : Sessions.EXPIRY_NEVER;
    int receiveMaximum =
        v5 ? Properties5.integer(properties, MqttProperties.RECEIVE_MAXIMUM, 65_535) : 65_535;
    if (receiveMaximum == 0 || packetBytesMax == 0) {
      close(ctx, "protocol_error", "Receive Maximum or Maximum Packet Size is 0 [MQTT-3.1.2-24]");
      return;
    }
    int keepAlive = keepAlive(header.keepAliveTimeSeconds());
    Origin origin = new Origin(clientId, admitted.principal(), sourceIp, Origin.Kind.MQTT, 0);
    MqttConnection connection = new MqttConnection(broker, loop, ctx.channel());
    Will left = will;
    Sessions.Arrival arrival =
        new Sessions.Arrival(
            clientId,
            header.isCleanSession(),
            wantedExpiry,
            receiveMaximum,
            left == null ? null : left.message(),
            left == null ? 0 : left.delaySeconds());
    broker
        .sessions()
        .open(arrival, connection)
        .whenComplete(
            (opened, failure) ->
                loop.eventLoop()
                    .execute(
                        () -> {
                          if (opened == null) {
                            notOpened(ctx, v5, clientId, failure);
                            return;
                          }
                          Client client =
                              new Client(
                                  clientId,
                                  header.version(),
                                  keepAlive,
                                  receiveMaximum,
                                  packetBytesMax,
                                  opened.expirySeconds(),
                                  v5
                                      ? Properties5.integer(
                                          properties, MqttProperties.TOPIC_ALIAS_MAXIMUM, 0)
                                      : 0,
                                  opened.received(),
                                  left,
                                  origin,
                                  opened.session(),
                                  admitted.permissions());
                          Packets.ConnackProperties told =
                              new Packets.ConnackProperties(
                                  opened.expirySeconds(),
                                  opened.expirySeconds() != wantedExpiry,
                                  assigned ? clientId : null,
                                  keepAlive == header.keepAliveTimeSeconds() ? 0 : keepAlive,
                                  broker.limits());
                          hand(ctx, connection, client, opened.present(), told);
                        }));
  }

  private void notOpened(
      ChannelHandlerContext ctx, boolean v5, String clientId, Throwable failure) {
    LOG.warn(
        "client '{}' is not let in: its session cannot be opened: {}",
        clientId,
        failure.toString());
    refuse(
        ctx,
        v5,
        V3_UNAVAILABLE,
        V5_UNAVAILABLE,
        "store",
        "the gateway's store does not answer; try again later");
  }

  private void hand(
      ChannelHandlerContext ctx,
      MqttConnection connection,
      Client client,
      boolean present,
      Packets.ConnackProperties told) {
    if (!ctx.channel().isActive()) { // it did not wait
      broker.sessions().close(client.session(), connection, client.expirySeconds(), false);
      return;
    }
    ctx.pipeline().addAfter(ctx.name(), "connection", connection);
    connections.add(connection);
    ctx.channel().closeFuture().addListener(closed -> connections.remove(connection));
    connection.begin(client, present, told, broker.limits().topicAliasMaximum());
    for (Object packet = ahead.poll(); packet != null; packet = ahead.poll()) {
      ctx.fireChannelRead(packet);
    }
    ctx.fireChannelReadComplete();
    if (!ctx.isRemoved()) { // a packet sent ahead may have ended the connection
      ctx.pipeline().remove(this);
    }
    connection.listen();
  }

  private int keepAlive(int wanted) {
    int max = broker.limits().keepAliveSecondsMax();
    if (max > 0 && (wanted == 0 || wanted > max)) {
      return max; // [MQTT-3.2.2-21]
    }
    return wanted == 0 ? 0 : Math.max(wanted, broker.limits().keepAliveSecondsMin());
  }

  private Will will(
      MqttConnectVariableHeader header,
      MqttConnectPayload payload,
      String clientId,
      @Nullable String principal,
      String sourceIp) {
    boolean v5 = header.version() == 5;
    MqttProperties properties = v5 ? payload.willProperties() : MqttProperties.NO_PROPERTIES;
    byte[] body = payload.willMessageInBytes();
    Publication message =
        new Publication(
            TopicName.of(payload.willTopic() == null ? "" : payload.willTopic()),
            body == null ? new byte[0] : body,
            QoS.of(header.willQos()),
            header.isWillRetain(),
            PublishBounds.expiring(
                broker.limits(), v5 ? Properties5.publish(properties) : PublishProperties.NONE),
            new Origin(clientId, principal, sourceIp, Origin.Kind.WILL, 0),
            0);
    return new Will(
        message, v5 ? Properties5.unsigned(properties, MqttProperties.WILL_DELAY_INTERVAL, 0) : 0);
  }

  private void refuse(
      ChannelHandlerContext ctx, boolean v5, int code3, int code5, String reason, String why) {
    ByteBuf out = ctx.alloc().buffer();
    if (v5) {
      Packets.connack5Refused(out, code5, why, packetBytesMax);
    } else {
      Packets.connack3(out, false, code3);
    }
    sendAndClose(ctx, out, reason, why);
  }

  private void sendAndClose(ChannelHandlerContext ctx, ByteBuf out, String reason, String why) {
    broker.counters().refused(reason);
    LOG.info("refused {}: {} ({})", ctx.channel().remoteAddress(), why, reason);
    ctx.writeAndFlush(out).addListener(ChannelFutureListener.CLOSE);
  }

  private void close(ChannelHandlerContext ctx, String reason, String why) {
    broker.counters().refused(reason);
    LOG.info(
        "refused {}: {} ({})",
        ctx.channel().remoteAddress(),
        why.getBytes(StandardCharsets.UTF_8).length > 300 ? reason : why,
        reason);
    ctx.close();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    broker.counters().refused("connection_error");
    LOG.debug("connection of {} failed before CONNECT", ctx.channel().remoteAddress(), cause);
    ctx.close();
  }
}
