package io.sluice.transport;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.mqtt.MqttDecoder;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All MQTT listeners of the gateway and the event loops beneath them.
 *
 * <p>Native epoll where it loads, NIO elsewhere. Close once; afterwards no connection is left.
 */
public final class MqttServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MqttServer.class);
  private static final int BACKLOG = 4096;

  private final Broker broker;
  private final MultiThreadIoEventLoopGroup acceptors;
  private final MultiThreadIoEventLoopGroup loops;
  private final Class<? extends ServerChannel> channelType;
  private final Congestion congestion = new Congestion();
  private final ConcurrentHashMap<EventLoop, Loop> loopOf = new ConcurrentHashMap<>();
  private final Set<MqttConnection> connections = ConcurrentHashMap.newKeySet();
  private final List<Channel> listeners = new ArrayList<>();

  /** The port is taken or may not be used; the sentence says what to do. */
  public static final class ListenRefused extends RuntimeException {
    ListenRefused(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /**
   * @param threads how many event loops share the connections
   */
  public MqttServer(Broker broker, int threads) {
    this.broker = broker;
    boolean epoll = Epoll.isAvailable();
    IoHandlerFactory io = epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    this.channelType = epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
    this.acceptors = new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("accept"), io);
    this.loops = new MultiThreadIoEventLoopGroup(threads, new DefaultThreadFactory("loop"), io);
    if (!epoll) {
      LOG.info(
          "native epoll is not available here ({}); sockets run on NIO",
          String.valueOf(Epoll.unavailabilityCause()));
    }
  }

  /**
   * Opens a listener for MQTT over WebSocket, at the path {@code /mqtt}; otherwise as {@link
   * #listen}.
   */
  public int listenWebSocket(
      String host, int port, @Nullable SslContext tls, Gatekeeper gatekeeper) {
    return bind(host, port, new Pipeline(tls, gatekeeper, true));
  }

  /**
   * Opens a listener.
   *
   * @param tls null for plain TCP
   * @return the port in use; another than asked for only when that was 0
   * @throws ListenRefused when the address cannot be bound
   */
  public int listen(String host, int port, @Nullable SslContext tls, Gatekeeper gatekeeper) {
    return bind(host, port, new Pipeline(tls, gatekeeper, false));
  }

  private int bind(String host, int port, Pipeline pipeline) {
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(acceptors, loops)
            .channel(channelType)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(
                ChannelOption.WRITE_BUFFER_WATER_MARK,
                new WriteBufferWaterMark(
                    broker.limits().outboundBytesMax() / 2, broker.limits().outboundBytesMax()))
            .childHandler(pipeline);
    var bound = bootstrap.bind(new InetSocketAddress(host, port)).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      Throwable cause = bound.cause();
      String remedy =
          cause instanceof BindException || String.valueOf(cause.getMessage()).contains("in use")
              ? "another program uses it; stop that or choose another port (0 picks a free one)"
              : "choose another host or port";
      throw new ListenRefused(
          "cannot listen on %s port %d: %s (%s)".formatted(host, port, remedy, cause.getMessage()),
          cause);
    }
    listeners.add(bound.channel());
    return ((InetSocketAddress) bound.channel().localAddress()).getPort();
  }

  /**
   * Permissions have changed: ends, now, the connections that may be no longer, and takes from the
   * others the subscriptions that they may have no longer. Any thread.
   */
  public void recheck() {
    for (MqttConnection connection : connections) {
      connection.loop().post(connection::recheck);
    }
  }

  /** How many clients are connected. */
  public int connections() {
    return connections.size();
  }

  /** Adds what turns bytes of MQTT into a client of the broker. */
  static void addMqtt(
      ChannelPipeline pipeline,
      Broker broker,
      Gatekeeper gatekeeper,
      Loop loop,
      Set<MqttConnection> connections) {
    TransportLimits limits = broker.limits();
    pipeline
        .addLast("packets", new PacketFrames(limits))
        .addLast("decoder", new MqttDecoder(limits.packetBytesMax(), limits.clientIdBytesMax()))
        .addLast("gate", new ConnectGate(broker, gatekeeper, loop, connections));
  }

  private final class Pipeline extends ChannelInitializer<Channel> {
    private final @Nullable SslContext tls;
    private final Gatekeeper gatekeeper;
    private final boolean webSocket;

    Pipeline(@Nullable SslContext tls, Gatekeeper gatekeeper, boolean webSocket) {
      this.tls = tls;
      this.gatekeeper = gatekeeper;
      this.webSocket = webSocket;
    }

    @Override
    protected void initChannel(Channel channel) {
      if (broker.counters().connectionsOpen.sum() >= broker.limits().connectionsMax()) {
        broker.counters().refused("too_many_connections");
        channel.close();
        return;
      }
      broker.counters().connectionsOpen.increment();
      channel.closeFuture().addListener(closed -> broker.counters().connectionsOpen.decrement());
      if (tls != null) {
        var handler = tls.newHandler(channel.alloc());
        handler.setHandshakeTimeoutMillis(broker.limits().connectTimeoutMillis());
        channel.pipeline().addLast("tls", handler).addLast("handshake", new HandshakeWatch());
      }
      if (webSocket) {
        WebSocketFrames.addTo(channel.pipeline(), broker.limits());
      }
      Loop loop = loopOf.computeIfAbsent(channel.eventLoop(), on -> new Loop(on, congestion));
      addMqtt(channel.pipeline(), broker, gatekeeper, loop, connections);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      LOG.warn("a connection could not be set up", cause);
      ctx.close();
    }
  }

  /** Counts failed handshakes by cause: an unknown CA shows here. */
  private final class HandshakeWatch extends ChannelInboundHandlerAdapter {
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
      if (event instanceof SslHandshakeCompletionEvent handshake) {
        if (handshake.isSuccess()) {
          ctx.pipeline().remove(this);
        } else {
          broker.counters().refused("tls_handshake");
          LOG.info(
              "refused {}: TLS handshake failed: {}",
              ctx.channel().remoteAddress(),
              String.valueOf(handshake.cause().getMessage()));
          ctx.close();
        }
      }
      super.userEventTriggered(ctx, event);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close(); // counted above
    }
  }

  /**
   * Stops listening, tells every client that the gateway goes, and closes. Blocks for a few seconds
   * at most.
   */
  @Override
  public void close() {
    listeners.forEach(listener -> listener.close().awaitUninterruptibly(1, TimeUnit.SECONDS));
    connections.forEach(
        connection -> connection.end(Reason.SHUTTING_DOWN, "the gateway shuts down"));
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(3);
    while (!connections.isEmpty() && System.nanoTime() < deadline) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }
    acceptors.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(3, TimeUnit.SECONDS);
  }
}
