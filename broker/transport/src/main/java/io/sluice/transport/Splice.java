package io.sluice.transport;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.ReferenceCountUtil;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Joins a connection to another server on this machine, byte for byte, with the TLS that it began:
 * a client that asks for HTTP on a port of MQTT. A line of the PROXY protocol tells the other
 * server who is there. Each side is read as fast as the other takes it. Event loop only.
 */
final class Splice extends ChannelInboundHandlerAdapter {
  private static final int CONNECT_TIMEOUT_MILLIS = 3_000;

  private final InetSocketAddress target;
  private final Class<? extends SocketChannel> channelType;
  private final InetSocketAddress source;
  private final ArrayDeque<Object> ahead = new ArrayDeque<>(); // one read at most
  private @Nullable Channel other;

  Splice(
      InetSocketAddress target,
      Class<? extends SocketChannel> channelType,
      InetSocketAddress source) {
    this.target = target;
    this.channelType = channelType;
    this.source = source;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    Channel client = ctx.channel();
    client.config().setAutoRead(false);
    new Bootstrap()
        .group(client.eventLoop())
        .channel(channelType)
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS)
        .option(ChannelOption.TCP_NODELAY, true)
        .handler(new Back(client))
        .connect(target)
        .addListener(
            (ChannelFutureListener)
                connected -> {
                  if (connected.isSuccess() && client.isActive()) {
                    joined(client, connected.channel());
                  } else {
                    connected.channel().close();
                    client.close();
                  }
                });
  }

  private void joined(Channel client, Channel server) {
    other = server;
    server.write(Unpooled.copiedBuffer(proxyLine(client), StandardCharsets.US_ASCII));
    for (Object read = ahead.poll(); read != null; read = ahead.poll()) {
      server.write(read);
    }
    server.flush();
    client.config().setAutoRead(true);
  }

  private String proxyLine(Channel client) {
    InetSocketAddress to = (InetSocketAddress) client.localAddress();
    boolean six =
        source.getAddress() instanceof Inet6Address || to.getAddress() instanceof Inet6Address;
    return "PROXY %s %s %s %d %d\r\n"
        .formatted(
            six ? "TCP6" : "TCP4", six(source, six), six(to, six), source.getPort(), to.getPort());
  }

  /** Both addresses of a line are of one kind. */
  private static String six(InetSocketAddress address, boolean six) {
    String text = address.getAddress().getHostAddress();
    int zone = text.indexOf('%');
    String plain = zone < 0 ? text : text.substring(0, zone);
    return six && !(address.getAddress() instanceof Inet6Address) ? "::ffff:" + plain : plain;
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    release();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object read) {
    Channel server = other;
    if (server == null) {
      ahead.add(read);
      return;
    }
    server.write(read, server.voidPromise());
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    Channel server = other;
    if (server != null) {
      server.flush();
      ctx.channel().config().setAutoRead(server.isWritable());
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    Channel server = other;
    if (server != null) {
      server.config().setAutoRead(ctx.channel().isWritable());
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    Channel server = other;
    if (server != null) {
      server.close();
    }
    release();
  }

  private void release() {
    for (Object read = ahead.poll(); read != null; read = ahead.poll()) {
      ReferenceCountUtil.release(read);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close(); // reset by one side: the other goes too
  }

  /** From the server back to the client. */
  private static final class Back extends ChannelInboundHandlerAdapter {
    private final Channel client;

    Back(Channel client) {
      this.client = client;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object read) {
      client.write(read, client.voidPromise());
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      client.flush();
      ctx.channel().config().setAutoRead(client.isWritable());
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
      client.config().setAutoRead(ctx.channel().isWritable());
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      client.close();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close();
    }
  }
}
