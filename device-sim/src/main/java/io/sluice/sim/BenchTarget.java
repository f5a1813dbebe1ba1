package io.sluice.sim;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The broker under test, and the event loops that load it. Each loop has its {@link LoopStats}.
 * Methods are for the bench's own thread and may block; {@link #open} may be called on a loop.
 */
final class BenchTarget implements AutoCloseable {
  private static final int CONNECT_MILLIS_MAX = 30_000;

  /** Connections per source address, with room below the kernel's 28,232 ephemeral ports. */
  private static final int PORTS_PER_SOURCE = 20_000;

  private final InetSocketAddress address;
  private final @Nullable SslContext tls;
  private final boolean resuming;
  private final EventLoopGroup group;
  private final List<EventLoop> loops = new ArrayList<>();
  private final List<LoopStats> stats = new ArrayList<>();
  private int opened; // guarded by this

  BenchTarget(InetSocketAddress address, @Nullable SslContext tls, boolean resuming, int threads) {
    this.address = address;
    this.tls = tls;
    this.resuming = resuming;
    IoHandlerFactory io =
        Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    this.group = new MultiThreadIoEventLoopGroup(threads, io);
    for (int i = 0; i < threads; i++) {
      loops.add(group.next());
      stats.add(new LoopStats());
    }
  }

  EventLoop loop(int index) {
    return loops.get(index % loops.size());
  }

  LoopStats stats(int index) {
    return stats.get(index % stats.size());
  }

  int loopCount() {
    return loops.size();
  }

  /** Opens a connection; the future is the link's {@link BenchLink#ready}. */
  CompletableFuture<Void> open(BenchLink link, EventLoop loop) {
    return open(link, loop, 0);
  }

  /**
   * As {@link #open(BenchLink, EventLoop)}.
   *
   * @param lane whose TLS session is taken up again: a ticket of TLS 1.3 serves once, so those that
   *     connect at the same time must not share one
   */
  CompletableFuture<Void> open(BenchLink link, EventLoop loop, int lane) {
    Bootstrap bootstrap =
        new Bootstrap()
            .group(loop)
            .channel(Epoll.isAvailable() ? EpollSocketChannel.class : NioSocketChannel.class)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS_MAX)
            .handler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    if (tls != null) {
                      // Without a peer's name no session is resumed: each handshake is a whole one.
                      // The port only tells one peer's sessions from another's.
                      channel
                          .pipeline()
                          .addLast(
                              resuming
                                  ? tls.newHandler(
                                      channel.alloc(), address.getHostString(), 1 + lane)
                                  : tls.newHandler(channel.alloc()));
                    }
                    channel.pipeline().addLast(link);
                  }
                });
    bootstrap
        .connect(address, source())
        .addListener(
            connected -> {
              if (!connected.isSuccess()) {
                String reason = FailureReason.of(connected.cause());
                link.ready().completeExceptionally(new BenchLink.LinkRefused(reason));
              }
            });
    return link.ready();
  }

  /** Tens of thousands of connections need several source addresses: 127.0.0.2, 127.0.0.3, ... */
  private synchronized @Nullable InetSocketAddress source() {
    int block = opened++ / PORTS_PER_SOURCE;
    byte[] target = address.getAddress().getAddress();
    if (block == 0 || target.length != 4 || target[0] != 127) {
      return null;
    }
    try {
      byte[] source = {127, 0, 0, (byte) (1 + block % 250)};
      return new InetSocketAddress(InetAddress.getByAddress(source), 0);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("four bytes are an address", e);
    }
  }

  /** Runs something on each loop, one call per loop, and waits for all. */
  <T> List<T> onEachLoop(Function<LoopStats, T> turn) {
    List<CompletableFuture<T>> turns =
        IntStream.range(0, loops.size())
            .mapToObj(
                i -> CompletableFuture.supplyAsync(() -> turn.apply(stats.get(i)), loops.get(i)))
            .toList();
    return turns.stream().map(CompletableFuture::join).toList();
  }

  /** What all loops counted so far. */
  LoopStats total() {
    LoopStats total = new LoopStats();
    onEachLoop(LoopStats::copy).forEach(total::add);
    return total;
  }

  /**
   * Waits for connections.
   *
   * @throws SimExit.BenchFailed when one is refused or the time is over
   */
  static void awaitAll(List<CompletableFuture<Void>> ready, int seconds) {
    try {
      CompletableFuture.allOf(ready.toArray(CompletableFuture[]::new))
          .get(seconds, TimeUnit.SECONDS);
    } catch (ExecutionException refused) {
      throw new SimExit.BenchFailed(
          "the broker did not accept a connection: %s; is it running there, and does it let this client in?"
              .formatted(FailureReason.of(refused)));
    } catch (TimeoutException late) {
      long missing = ready.stream().filter(one -> !one.isDone()).count();
      throw new SimExit.BenchFailed(
          "%d of %d connections were not accepted within %d s; look into the broker's log"
              .formatted(missing, ready.size(), seconds));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SimExit.BenchFailed("interrupted");
    }
  }

  @Override
  public void close() {
    group.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly(10, TimeUnit.SECONDS);
  }
}
