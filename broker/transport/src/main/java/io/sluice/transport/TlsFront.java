package io.sluice.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.SniHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.AttributeKey;
import io.netty.util.concurrent.Future;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads a ClientHello before any TLS engine exists: the host name in it chooses the certificate,
 * its protocols (ALPN) whether the connection is ours at all. Handshakes compute on threads of
 * their own, so that a storm of them does not hold up the traffic of the loop. Event loop only.
 */
final class TlsFront extends SniHandler {
  static final AttributeKey<String> SERVER_NAME =
      AttributeKey.valueOf(TlsFront.class, "serverName");

  /** Large enough for the keys of any algorithm, small enough before anybody is known. */
  private static final int HELLO_BYTES_MAX = 16_384;

  private static final List<String> HTTP = List.of("h2", "http/1.1", "http/1.0");

  private final long handshakeMillis;
  private final Executor computers;
  private final @Nullable Consumer<ChannelHandlerContext> whenHttp;
  private boolean http;

  /**
   * @param computers where handshakes compute
   * @param whenHttp gets a connection whose client speaks HTTP only, and replaces this handler;
   *     null on listeners where HTTP is welcome, or has nowhere to go
   */
  TlsFront(
      TlsIdentity identity,
      boolean webSocket,
      long handshakeMillis,
      Executor computers,
      @Nullable Consumer<ChannelHandlerContext> whenHttp) {
    super(
        (String name) -> identity.context(name == null ? "" : name, webSocket),
        HELLO_BYTES_MAX,
        handshakeMillis);
    this.handshakeMillis = handshakeMillis;
    this.computers = computers;
    this.whenHttp = whenHttp;
  }

  @Override
  protected Future<SslContext> lookup(ChannelHandlerContext ctx, @Nullable ByteBuf hello)
      throws Exception {
    if (whenHttp != null && hello != null) {
      List<String> offered = ClientHello.protocols(hello);
      http = !offered.isEmpty() && HTTP.containsAll(offered);
    }
    return super.lookup(ctx, hello);
  }

  @Override
  protected void replaceHandler(
      ChannelHandlerContext ctx, @Nullable String hostName, SslContext context) throws Exception {
    ctx.channel().attr(SERVER_NAME).set(hostName);
    if (http && whenHttp != null) {
      whenHttp.accept(ctx);
      return;
    }
    SslHandler handler = newSslHandler(context, ctx.alloc());
    ChannelPipeline pipeline = ctx.pipeline();
    pipeline.replace(this, "tls", handler);
  }

  @Override
  protected SslHandler newSslHandler(SslContext context, ByteBufAllocator allocator) {
    SslHandler handler = context.newHandler(allocator, computers);
    handler.setHandshakeTimeoutMillis(handshakeMillis);
    return handler;
  }
}
