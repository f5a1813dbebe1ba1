package io.sluice.sim;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.mqtt.MqttConnAckMessage;
import io.netty.handler.codec.mqtt.MqttConnectMessage;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttDecoder;
import io.netty.handler.codec.mqtt.MqttEncoder;
import io.netty.handler.codec.mqtt.MqttFixedHeader;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttMessageIdVariableHeader;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttSubscribeMessage;
import io.netty.handler.codec.mqtt.MqttTopicSubscription;
import io.netty.handler.ssl.SslContext;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * As much of a broker as the tests need: sessions, subscriptions, QoS 0 to 2, and knobs for what a
 * broker should not do. One event loop owns all state; knobs and observations are thread-safe.
 */
final class BrokerFake implements AutoCloseable {
  record Published(String clientId, String topic, String payload, int qos, boolean retain) {}

  final Queue<Published> published = new ConcurrentLinkedQueue<>();
  final Queue<MqttConnectMessage> connects = new ConcurrentLinkedQueue<>();
  final AtomicInteger refuseConnects = new AtomicInteger();

  /** Whom {@link #refuseConnects} is for: clients with this in their identifier. */
  volatile String refuseOnly = "";

  final AtomicInteger disconnects = new AtomicInteger();
  volatile boolean withholdAcknowledgements;
  volatile boolean dropDeliveries;

  /** Whether retained messages are forgotten when connections are cut. */
  volatile boolean forgetRetained;

  /** Every so many deliveries, one is made twice; 0: none is. */
  volatile int doublesEvery;

  private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final Map<String, Session> sessions = new HashMap<>();
  private final Map<String, byte[]> retained = new HashMap<>();
  private final Channel server;

  BrokerFake() {
    this(null);
  }

  BrokerFake(SslContext tls) {
    server =
        new ServerBootstrap()
            .group(loop)
            .channel(NioServerSocketChannel.class)
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    if (tls != null) {
                      channel.pipeline().addLast(tls.newHandler(channel.alloc()));
                    }
                    channel.pipeline().addLast(MqttEncoder.INSTANCE, new MqttDecoder(1 << 20));
                    channel.pipeline().addLast(new Connection());
                  }
                })
            .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .syncUninterruptibly()
            .channel();
  }

  int port() {
    return ((InetSocketAddress) server.localAddress()).getPort();
  }

  Endpoint endpoint() {
    return Endpoint.plain("127.0.0.1", port());
  }

  /** Publishes as if another client had. */
  void publish(String topic, String payload) {
    loop.execute(() -> route(topic, payload.getBytes(StandardCharsets.UTF_8), 1));
  }

  /** Cuts every network connection, without a word. */
  void cutAll() {
    loop.execute(
        () -> {
          sessions.values().forEach(session -> session.cut());
          if (forgetRetained) {
            retained.clear();
          }
        });
  }

  /** Cuts every network connection and loses every session. */
  void forgetSessions() {
    loop.execute(
        () -> {
          sessions.values().forEach(session -> session.cut());
          sessions.clear();
        });
  }

  List<Published> publishedOn(String topic) {
    return published.stream().filter(p -> p.topic().equals(topic)).toList();
  }

  private void route(String topic, byte[] payload, int qos) {
    if (dropDeliveries) {
      return;
    }
    sessions.values().forEach(session -> session.offer(topic, payload, qos));
    if (doublesEvery > 0 && published.size() % doublesEvery == 0) {
      sessions.values().forEach(session -> session.offer(topic, payload, qos));
    }
  }

  @Override
  public void close() {
    if (server.isOpen()) {
      server.close().syncUninterruptibly();
    }
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }

  private static boolean matches(String filter, String topic) {
    String[] wanted = filter.split("/", -1);
    String[] levels = topic.split("/", -1);
    for (int i = 0; i < wanted.length; i++) {
      if (wanted[i].equals("#")) {
        return true;
      }
      if (i >= levels.length || !(wanted[i].equals("+") || wanted[i].equals(levels[i]))) {
        return false;
      }
    }
    return wanted.length == levels.length;
  }

  private static final class Session {
    private record Waiting(String topic, byte[] payload, int qos) {}

    final Map<String, Integer> filters = new HashMap<>();
    final Queue<Waiting> waiting = new ArrayDeque<>();
    boolean persistent;
    Channel channel;
    int packetId;

    void offer(String topic, byte[] payload, int qos) {
      for (Map.Entry<String, Integer> filter : filters.entrySet()) {
        if (matches(filter.getKey(), topic)) {
          waiting.add(new Waiting(topic, payload, Math.min(qos, filter.getValue())));
        }
      }
      send();
    }

    void send() {
      while (channel != null && !waiting.isEmpty()) {
        Waiting next = waiting.remove();
        channel.write(
            MqttMessageBuilders.publish()
                .topicName(next.topic())
                .qos(MqttQoS.valueOf(next.qos()))
                .messageId(nextPacketId())
                .payload(Unpooled.wrappedBuffer(next.payload()))
                .build());
      }
      if (channel != null) {
        channel.flush();
      }
    }

    int nextPacketId() {
      packetId = packetId % 65_535 + 1;
      return packetId;
    }

    void cut() {
      if (channel != null) {
        channel.close();
      }
    }
  }

  private final class Connection extends SimpleChannelInboundHandler<MqttMessage> {
    private String clientId = "";
    private Session session = new Session();

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, MqttMessage packet) {
      if (packet.decoderResult().isFailure()) {
        ctx.close();
        return;
      }
      switch (packet.fixedHeader().messageType()) {
        case CONNECT -> connect(ctx, (MqttConnectMessage) packet);
        case PUBLISH -> publish(ctx, (MqttPublishMessage) packet);
        case SUBSCRIBE -> subscribe(ctx, (MqttSubscribeMessage) packet);
        case PUBREC -> answer(ctx, MqttMessageType.PUBREL, packetId(packet));
        case PUBREL -> answer(ctx, MqttMessageType.PUBCOMP, packetId(packet));
        case PINGREQ -> ctx.writeAndFlush(MqttMessage.PINGRESP);
        case DISCONNECT -> {
          disconnects.incrementAndGet();
          ctx.close();
        }
        default -> {} // PUBACK, PUBCOMP: the fake forgets what it sent
      }
    }

    private int packetId(MqttMessage packet) {
      return ((MqttMessageIdVariableHeader) packet.variableHeader()).messageId();
    }

    private void connect(ChannelHandlerContext ctx, MqttConnectMessage packet) {
      connects.add(packet);
      if (packet.payload().clientIdentifier().contains(refuseOnly)
          && refuseConnects.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
        boolean five = packet.variableHeader().version() == 5;
        MqttConnectReturnCode code =
            five
                ? MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_BUSY
                : MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE;
        ctx.writeAndFlush(connAck(code, false)).addListener(sent -> ctx.close());
        return;
      }
      clientId = packet.payload().clientIdentifier();
      Session before = sessions.get(clientId);
      boolean resumed =
          before != null && before.persistent && !packet.variableHeader().isCleanSession();
      if (resumed) {
        session = before;
      }
      if (before != null) {
        before.cut();
      }
      session.persistent = !packet.variableHeader().isCleanSession();
      session.channel = ctx.channel();
      sessions.put(clientId, session);
      ctx.writeAndFlush(connAck(MqttConnectReturnCode.CONNECTION_ACCEPTED, resumed));
      session.send();
    }

    private MqttConnAckMessage connAck(MqttConnectReturnCode code, boolean present) {
      return MqttMessageBuilders.connAck().returnCode(code).sessionPresent(present).build();
    }

    private void publish(ChannelHandlerContext ctx, MqttPublishMessage packet) {
      byte[] payload = ByteBufUtil.getBytes(packet.payload());
      int qos = packet.fixedHeader().qosLevel().value();
      String topic = packet.variableHeader().topicName();
      String text = new String(payload, StandardCharsets.UTF_8);
      published.add(new Published(clientId, topic, text, qos, packet.fixedHeader().isRetain()));
      if (qos > 0 && !withholdAcknowledgements) {
        answer(
            ctx,
            qos == 1 ? MqttMessageType.PUBACK : MqttMessageType.PUBREC,
            packet.variableHeader().packetId());
      }
      if (packet.fixedHeader().isRetain()) {
        retained.put(topic, payload);
      }
      route(topic, payload, qos);
    }

    private void subscribe(ChannelHandlerContext ctx, MqttSubscribeMessage packet) {
      List<Integer> granted = new ArrayList<>();
      for (MqttTopicSubscription wanted : packet.payload().topicSubscriptions()) {
        session.filters.put(wanted.topicFilter(), wanted.qualityOfService().value());
        granted.add(wanted.qualityOfService().value());
      }
      MqttMessageBuilders.SubAckBuilder ack =
          MqttMessageBuilders.subAck().packetId(packet.variableHeader().messageId());
      granted.forEach(qos -> ack.addGrantedQos(MqttQoS.valueOf(qos)));
      ctx.writeAndFlush(ack.build());
      retained.forEach(
          (topic, payload) -> {
            if (session.filters.keySet().stream().anyMatch(filter -> matches(filter, topic))) {
              ctx.writeAndFlush(
                  MqttMessageBuilders.publish()
                      .topicName(topic)
                      .qos(MqttQoS.AT_LEAST_ONCE)
                      .messageId(session.nextPacketId())
                      .retained(true)
                      .payload(Unpooled.wrappedBuffer(payload))
                      .build());
            }
          });
    }

    private void answer(ChannelHandlerContext ctx, MqttMessageType type, int packetId) {
      MqttQoS flags = type == MqttMessageType.PUBREL ? MqttQoS.AT_LEAST_ONCE : MqttQoS.AT_MOST_ONCE;
      ctx.writeAndFlush(
          new MqttMessage(
              new MqttFixedHeader(type, false, flags, false, 2),
              MqttMessageIdVariableHeader.from(packetId)));
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      if (session.channel == ctx.channel()) {
        session.channel = null;
        if (!session.persistent) {
          sessions.remove(clientId, session);
        }
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cut) {
      ctx.close();
    }
  }
}
