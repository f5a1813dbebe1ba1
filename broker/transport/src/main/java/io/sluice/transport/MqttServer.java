package io.sluice.transport;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
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
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
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
  private static final int IDLE_SECONDS = 10;

  private final Broker broker;
  private final Front front;
  private final MultiThreadIoEventLoopGroup acceptors;
  private final MultiThreadIoEventLoopGroup loops;
  private final Class<? extends ServerChannel> channelType;
  private final Class<? extends SocketChannel> clientType;
  private final ThreadPoolExecutor computers;
  private final Congestion congestion = new Congestion();
  private final ConcurrentHashMap<EventLoop, Loop> loopOf = new ConcurrentHashMap<>();
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
    this(broker, FrontSettings.STANDARD, threads);
  }

  /**
   * @param settings what clients meet before they are let in
   * @param threads how many event loops share the connections
   */
  public MqttServer(Broker broker, FrontSettings settings, int threads) {
    this.broker = broker;
    this.front = new Front(broker, settings);
    boolean epoll = Epoll.isAvailable();
    IoHandlerFactory io = epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    this.channelType = epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
    this.clientType = epoll ? EpollSocketChannel.class : NioSocketChannel.class;
    this.computers = // at most one task for each handshake under way waits here
        new ThreadPoolExecutor(
            threads,
            threads,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            new DefaultThreadFactory("handshake", true));
    computers.allowCoreThreadTimeOut(true);
    this.acceptors = new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("accept"), io);
    this.loops = new MultiThreadIoEventLoopGroup(threads, new DefaultThreadFactory("loop"), io);
    loops.forEach(loop -> LoopLag.watch(loop, broker.counters()));
    if (!epoll) {
      LOG.info(
          "native epoll is not available here ({}); sockets run on NIO",
          String.valueOf(Epoll.unavailabilityCause()));
    }
  }

  /**
   * Opens a listener for MQTT over WebSocket, at the path {@code /mqtt}; otherwise as {@link
   * #listen(String, int, TlsIdentity, Gatekeeper)}.
   */
  public int listenWebSocket(
      String host, int port, @Nullable TlsIdentity tls, Gatekeeper gatekeeper) {
    return listen(
        new Listener(tls == null ? "ws" : "wss", host, port, tls, true, false, gatekeeper));
  }

  /**
   * Opens a listener.
   *
   * @param tls null for plain TCP
   * @return the port in use; another than asked for only when that was 0
   * @throws ListenRefused when the address cannot be bound
   */
  public int listen(String host, int port, @Nullable TlsIdentity tls, Gatekeeper gatekeeper) {
    return listen(
        new Listener(tls == null ? "mqtt" : "mqtts", host, port, tls, false, false, gatekeeper));
  }

  /** Opens a listener; as {@link #listen(String, int, TlsIdentity, Gatekeeper)}. */
  public int listen(Listener listener) {
    Entrance entrance =
        new Entrance(
            front,
            listener,
            eventLoop -> loopOf.computeIfAbsent(eventLoop, on -> new Loop(on, congestion)),
            computers,
            clientType);
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
            .childHandler(entrance);
    var bound =
        bootstrap
            .bind(new InetSocketAddress(listener.host(), listener.port()))
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      Throwable cause = bound.cause();
      String remedy =
          cause instanceof BindException || String.valueOf(cause.getMessage()).contains("in use")
              ? "another program uses it; stop that or choose another port (0 picks a free one)"
              : "choose another host or port";
      throw new ListenRefused(
          "cannot listen on %s port %d: %s (%s)"
              .formatted(listener.host(), listener.port(), remedy, cause.getMessage()),
          cause);
    }
    listeners.add(bound.channel());
    return ((InetSocketAddress) bound.channel().localAddress()).getPort();
  }

  /**
   * Where clients go that ask for HTTP in the TLS handshake of an MQTT port: a listener on this
   * machine that takes the header of the PROXY protocol before its TLS.
   */
  public void handHttpTo(InetSocketAddress https) {
    front.https(https);
  }

  /**
   * Permissions have changed: ends, now, the connections that may be no longer, and takes from the
   * others the subscriptions that they may have no longer. Any thread.
   */
  public void recheck() {
    for (MqttConnection connection : front.connections()) {
      connection.loop().post(connection::recheck);
    }
  }

  /** What waits in the mailboxes of all event loops, and in the fullest. Any thread. */
  public long[] mailboxes() {
    long sum = 0;
    long max = 0;
    for (Loop loop : loopOf.values()) {
      sum += loop.backlog();
      max = Math.max(max, loop.backlog());
    }
    return new long[] {sum, max};
  }

  /** How many clients are connected. */
  public int connections() {
    return front.connections().size();
  }

  /** The last connections that were not let in. */
  public RefusedConnections refused() {
    return front.refused();
  }

  /** Adds what turns bytes of MQTT into a client of the broker. */
  static void addMqtt(ChannelPipeline pipeline, Front front, Front.Door door, Loop loop) {
    pipeline.addLast("gate", new ConnectGate(front, door, loop));
  }

  /**
   * Stops listening, tells every client that the gateway goes, and closes. Blocks for a few seconds
   * at most.
   */
  @Override
  public void close() {
    listeners.forEach(listener -> listener.close().awaitUninterruptibly(1, TimeUnit.SECONDS));
    front
        .connections()
        .forEach(connection -> connection.endForShutdown(front.settings().serverReference()));
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(3);
    while (!front.connections().isEmpty() && System.nanoTime() < deadline) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }
    computers.shutdown();
    acceptors.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(3, TimeUnit.SECONDS);
  }
}
