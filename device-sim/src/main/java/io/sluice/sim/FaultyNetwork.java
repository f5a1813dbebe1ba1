package io.sluice.sim;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A relay on loopback between the devices and the broker that fails as a network does: after a
 * random while it cuts a connection with a reset, or lets it go quiet in both directions. TLS goes
 * through it unread. One event loop owns everything.
 */
final class FaultyNetwork implements AutoCloseable {
  private final Scenario.Faults plan;
  private final InetSocketAddress broker;
  private final SplittableRandom random; // confined to the loop
  private final EventLoopGroup loop;
  private final Channel server;

  FaultyNetwork(Scenario.Faults plan, long seed, InetSocketAddress broker) {
    this.plan = plan;
    this.broker = broker;
    this.random = new SplittableRandom(seed);
    this.loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    this.server =
        new ServerBootstrap()
            .group(loop)
            .channel(NioServerSocketChannel.class)
            .childOption(ChannelOption.AUTO_READ, false) // not before the broker's side stands
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel device) {
                    joinWithBroker(device);
                  }
                })
            .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .syncUninterruptibly()
            .channel();
  }

  /** Where devices connect; carries the broker's host name, which TLS checks. */
  InetSocketAddress address() {
    int port = ((InetSocketAddress) server.localAddress()).getPort();
    try {
      byte[] loopback = InetAddress.getLoopbackAddress().getAddress();
      return new InetSocketAddress(
          InetAddress.getByAddress(broker.getHostString(), loopback), port);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("the loopback address has a valid length", e);
    }
  }

  private void joinWithBroker(SocketChannel device) {
    ChannelFuture connecting =
        new Bootstrap()
            .group(device.eventLoop())
            .channel(NioSocketChannel.class)
            .option(ChannelOption.AUTO_READ, false)
            .option(ChannelOption.TCP_NODELAY, true)
            .handler(new Passage(device))
            .connect(broker);
    Channel toBroker = connecting.channel();
    device.pipeline().addLast(new Passage(toBroker));
    connecting.addListener(
        done -> {
          if (done.isSuccess()) {
            device.config().setAutoRead(true);
            toBroker.config().setAutoRead(true);
            // Exponential: how long a connection still lives does not depend on how long it lived.
            double lives = -Math.log(1 - random.nextDouble()) * plan.dropEvery().toMillis();
            device
                .eventLoop()
                .schedule(() -> fail(device, toBroker), (long) lives, TimeUnit.MILLISECONDS);
          } else {
            reset(device);
          }
        });
  }

  private void fail(Channel device, Channel toBroker) {
    if (plan.silent()) {
      device.config().setAutoRead(false);
      toBroker.config().setAutoRead(false);
    } else {
      reset(device);
      reset(toBroker);
    }
  }

  private static void reset(Channel channel) {
    channel.config().setOption(ChannelOption.SO_LINGER, 0); // RST rather than FIN
    channel.close();
  }

  @Override
  public void close() {
    server.close();
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  /** One direction; a side that cannot take more stops the other side from being read. */
  private static final class Passage extends ChannelInboundHandlerAdapter {
    private final Channel other;

    Passage(Channel other) {
      this.other = other;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object bytes) {
      other.write(bytes); // takes them
      if (!other.isWritable()) {
        ctx.channel().config().setAutoRead(false);
      }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      other.flush();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
      if (ctx.channel().isWritable() && other.isActive()) {
        other.config().setAutoRead(true);
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      other.close();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, @Nullable Throwable cut) {
      ctx.close(); // a reset from either side ends both
    }
  }
}
