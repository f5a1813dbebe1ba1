package io.sluice.transport;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.handler.codec.haproxy.HAProxyProxiedProtocol;
import io.netty.util.NetUtil;
import io.netty.util.ReferenceCountUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Waits for the header of the PROXY protocol, version 1 or 2, with which a load balancer says whom
 * it speaks for; then goes away. A listener that expects it takes nothing else: a header that may
 * be missing could be forged by anybody. Event loop only.
 */
final class ProxyHeader extends ChannelInboundHandlerAdapter {
  /** Address and a few extensions; a load balancer that sends more is none we know. */
  private static final int EXTENSION_BYTES_MAX = 2_048;

  private static final String DECODER = "proxy-decoder";

  private final BiConsumer<ChannelHandlerContext, @Nullable InetSocketAddress> whenKnown;
  private final BiConsumer<ChannelHandlerContext, String> whenMalformed;

  private ProxyHeader(
      BiConsumer<ChannelHandlerContext, @Nullable InetSocketAddress> whenKnown,
      BiConsumer<ChannelHandlerContext, String> whenMalformed) {
    this.whenKnown = whenKnown;
    this.whenMalformed = whenMalformed;
  }

  /**
   * Puts the handlers in front.
   *
   * @param whenKnown gets the client's address; null when the proxy speaks for itself (LOCAL,
   *     UNKNOWN), as its health checks do
   * @param whenMalformed gets what is wrong with the header
   */
  static void addTo(
      ChannelPipeline pipeline,
      BiConsumer<ChannelHandlerContext, @Nullable InetSocketAddress> whenKnown,
      BiConsumer<ChannelHandlerContext, String> whenMalformed) {
    pipeline
        .addFirst("proxy", new ProxyHeader(whenKnown, whenMalformed))
        .addFirst(DECODER, new HAProxyMessageDecoder(EXTENSION_BYTES_MAX, true));
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object read) {
    if (!(read instanceof HAProxyMessage header)) { // cannot be: the decoder lets nothing else by
      ReferenceCountUtil.release(read);
      return;
    }
    InetSocketAddress source;
    try {
      source = source(header);
    } finally {
      header.release();
    }
    whenKnown.accept(ctx, source);
    if (ctx.channel().isActive()) {
      ctx.pipeline().remove(this); // the decoder removes itself and hands on what follows
    }
  }

  private static @Nullable InetSocketAddress source(HAProxyMessage header) {
    String address = header.sourceAddress();
    HAProxyProxiedProtocol protocol = header.proxiedProtocol();
    if (header.command() == HAProxyCommand.LOCAL
        || address == null
        || protocol != HAProxyProxiedProtocol.TCP4 && protocol != HAProxyProxiedProtocol.TCP6) {
      return null;
    }
    byte[] bytes = NetUtil.createByteArrayFromIpAddressString(address); // asks no name server
    if (bytes == null) {
      return null;
    }
    try {
      return new InetSocketAddress(InetAddress.getByAddress(bytes), header.sourcePort());
    } catch (UnknownHostException never) { // its length was checked
      throw new AssertionError(never);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    whenMalformed.accept(ctx, String.valueOf(cause.getMessage()));
  }
}
