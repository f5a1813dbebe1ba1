package io.sluice.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.security.cert.CertificateException;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sets up each connection of one listener, from the socket inwards: the budgets of the {@link
 * Turnstile}, the header of a proxy, TLS, WebSocket, and the {@link ConnectGate}. On the
 * connection's event loop.
 */
final class Entrance extends ChannelInitializer<Channel> {
  private static final Logger LOG = LoggerFactory.getLogger(Entrance.class);
  private static final int CAUSES_MAX = 8; // of a failed handshake; TLS engines wrap it twice

  private final Front front;
  private final Listener listener;
  private final Front.Door door;
  private final Function<EventLoop, Loop> loopOf;
  private final Executor computers;
  private final Class<? extends SocketChannel> clientType;

  /**
   * @param computers where handshakes compute
   * @param clientType of the sockets that connect to the HTTPS server
   */
  Entrance(
      Front front,
      Listener listener,
      Function<EventLoop, Loop> loopOf,
      Executor computers,
      Class<? extends SocketChannel> clientType) {
    this.front = front;
    this.listener = listener;
    this.door = new Front.Door(listener.name(), listener.gatekeeper());
    this.loopOf = loopOf;
    this.computers = computers;
    this.clientType = clientType;
  }

  @Override
  protected void initChannel(Channel channel) {
    Turnstile.Pass pass;
    try {
      pass = front.turnstile().enter();
    } catch (ConnectRefused full) {
      refuse(channel, full.word(), full.why());
      return;
    }
    TransportCounters counters = front.broker().counters();
    counters.connectionsOpen.increment();
    channel
        .closeFuture()
        .addListener(
            closed -> {
              pass.close();
              counters.connectionsOpen.decrement();
            });
    channel.attr(Front.PASS).set(pass);
    ChannelPipeline pipeline = channel.pipeline();
    if (listener.webSocket()) {
      WebSocketFrames.addTo(pipeline, front, door);
    }
    MqttServer.addMqtt(pipeline, front, door, loopOf.apply(channel.eventLoop()));
    if (listener.proxyProtocol()) {
      ProxyHeader.addTo(
          pipeline,
          (ctx, source) -> arrived(channel, pass, source),
          (ctx, fault) ->
              refuse(channel, "proxy_header", "no good header of the PROXY protocol: " + fault));
    } else {
      arrived(channel, pass, null);
    }
  }

  /** Whose connection it is, is known now. */
  private void arrived(Channel channel, Turnstile.Pass pass, @Nullable InetSocketAddress proxied) {
    InetSocketAddress source =
        proxied != null || !(channel.remoteAddress() instanceof InetSocketAddress address)
            ? proxied
            : address;
    channel.attr(Peer.SOURCE).set(proxied);
    try {
      if (source != null) {
        pass.from(source.getAddress());
      }
    } catch (ConnectRefused tooMany) {
      refuse(channel, tooMany.word(), tooMany.why());
      return;
    }
    TlsIdentity tls = listener.tls();
    if (tls == null) {
      return;
    }
    Slot slot = new Slot();
    boolean proxy = listener.proxyProtocol();
    channel.config().setAutoRead(false); // until there is somebody to read
    channel.closeFuture().addListener(closed -> slot.free());
    front
        .handshakes()
        .acquire(
            () -> {
              if (channel.eventLoop().inEventLoop()) {
                begin(channel, tls, slot, proxy);
              } else {
                channel.eventLoop().execute(() -> begin(channel, tls, slot, proxy));
              }
            });
  }

  /** One handshake's slot, given back once. */
  private final class Slot {
    private final AtomicBoolean held = new AtomicBoolean();
    private final AtomicBoolean freed = new AtomicBoolean();

    void take() {
      held.set(true);
    }

    void free() {
      if (freed.compareAndSet(false, true) && held.get()) {
        front.handshakes().done();
      }
    }
  }

  private void begin(Channel channel, TlsIdentity tls, Slot slot, boolean proxy) {
    slot.take();
    if (!channel.isOpen()) {
      front.handshakes().done(); // it closed while it waited, and freed nothing
      return;
    }
    InetSocketAddress https = listener.webSocket() ? null : front.https();
    TlsFront hello =
        new TlsFront(
            tls,
            listener.webSocket(),
            front.broker().limits().connectTimeoutMillis(),
            computers,
            https == null ? null : ctx -> splice(ctx, https, slot));
    ChannelPipeline pipeline = channel.pipeline();
    if (proxy) { // bytes behind the header come through it
      pipeline.addAfter("proxy", "hello", hello).addAfter("hello", "handshake", new Watch(slot));
    } else {
      pipeline.addFirst("handshake", new Watch(slot)).addFirst("hello", hello);
    }
    channel.config().setAutoRead(true);
  }

  private void splice(ChannelHandlerContext ctx, InetSocketAddress https, Slot slot) {
    slot.free();
    ChannelPipeline pipeline = ctx.pipeline();
    pipeline.remove("handshake");
    pipeline.remove("gate");
    front.broker().counters().spliced.increment();
    Turnstile.Pass pass = ctx.channel().attr(Front.PASS).get();
    if (pass != null) {
      pass.admitted(); // the HTTPS server has its own limits
    }
    pipeline.replace(ctx.handler(), "splice", new Splice(https, clientType, source(ctx.channel())));
  }

  private static InetSocketAddress source(Channel channel) {
    InetSocketAddress proxied = channel.attr(Peer.SOURCE).get();
    return proxied != null ? proxied : (InetSocketAddress) channel.remoteAddress();
  }

  private void refuse(Channel channel, String word, String why) {
    front.broker().counters().refused(word);
    front.refused().add(Peer.address(channel), door.name(), "", word, why);
    channel.close();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    LOG.warn("a connection could not be set up", cause);
    ctx.close();
  }

  /** Sees how a handshake ends, and counts failures by cause: an unknown CA shows here. */
  private final class Watch extends ChannelInboundHandlerAdapter {
    private final Slot slot;

    Watch(Slot slot) {
      this.slot = slot;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
      if (event instanceof SslHandshakeCompletionEvent handshake) {
        slot.free();
        if (handshake.isSuccess()) {
          ctx.pipeline().remove(this);
        } else {
          refuse(
              ctx.channel(),
              "tls_handshake",
              "TLS handshake failed: " + whyFailed(handshake.cause()));
        }
      }
      super.userEventTriggered(ctx, event);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close(); // counted above
    }

    /** What the check of the certificate said, where it is why. */
    private static String whyFailed(Throwable failure) {
      int depth = 0;
      for (Throwable t = failure; t != null && depth < CAUSES_MAX; t = t.getCause(), depth++) {
        if (t instanceof CertificateException && t.getMessage() != null) {
          return t.getMessage();
        }
      }
      return failure instanceof ClosedChannelException || failure.getMessage() == null
          ? "the client closed the connection"
          : failure.getMessage();
    }
  }
}
