package io.sluice.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.MessageToMessageCodec;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolConfig;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * MQTT inside WebSocket: bytes out of binary frames, however the peer cut them, and into binary
 * frames. A packet may span frames and a frame may hold several packets [MQTT-6.0.0-2]; a text
 * frame ends the connection [MQTT-6.0.0-1]. Event loop only.
 */
final class WebSocketFrames extends MessageToMessageCodec<Object, ByteBuf> {
  private static final String PATH = "/mqtt";
  private static final String SUBPROTOCOL = "mqtt"; // [MQTT-6.0.0-3]
  private static final int HTTP_LINE_MAX = 4096;
  private static final int HTTP_HEAD_MAX = 8192;
  private static final int HTTP_BODY_MAX = 1024;

  /** Adds what turns a fresh connection into bytes of MQTT: the HTTP upgrade, then frames. */
  static void addTo(ChannelPipeline pipeline, TransportLimits limits) {
    WebSocketServerProtocolConfig config =
        WebSocketServerProtocolConfig.newBuilder()
            .websocketPath(PATH)
            .checkStartsWith(true) // a query may follow: tokens and signatures travel there
            .subprotocols(SUBPROTOCOL)
            .maxFramePayloadLength(limits.packetBytesMax() + 16)
            .handshakeTimeoutMillis(limits.connectTimeoutMillis())
            .build();
    pipeline
        .addLast("http", new HttpServerCodec(HTTP_LINE_MAX, HTTP_HEAD_MAX, HTTP_HEAD_MAX))
        .addLast("request", new HttpObjectAggregator(HTTP_BODY_MAX))
        .addLast("websocket", new WebSocketServerProtocolHandler(config))
        .addLast("frames", new WebSocketFrames());
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, Object message, List<Object> out) {
    if (message instanceof BinaryWebSocketFrame frame) {
      out.add(frame.content().retain());
    } else if (message instanceof ContinuationWebSocketFrame frame) {
      out.add(frame.content().retain());
    } else if (message instanceof HttpRequest) {
      notFound(ctx);
    } else {
      ctx.writeAndFlush(
              new CloseWebSocketFrame(
                  WebSocketCloseStatus.INVALID_MESSAGE_TYPE, "MQTT travels in binary frames"))
          .addListener(ChannelFutureListener.CLOSE);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
    if (event instanceof WebSocketServerProtocolHandler.HandshakeComplete upgraded) {
      ctx.channel()
          .attr(HttpUpgrade.KEY)
          .set(HttpUpgrade.of(upgraded.requestUri(), upgraded.requestHeaders()));
    }
    super.userEventTriggered(ctx, event);
  }

  @Override
  protected void encode(ChannelHandlerContext ctx, ByteBuf bytes, List<Object> out) {
    out.add(new BinaryWebSocketFrame(bytes.retain()));
  }

  /** An HTTP request that asks for something else than the upgrade. */
  private static void notFound(ChannelHandlerContext ctx) {
    ByteBuf body =
        ctx.alloc()
            .buffer()
            .writeBytes(
                "MQTT over WebSocket is at /mqtt, sub-protocol 'mqtt'; the HTTP API has its own port\n"
                    .getBytes(StandardCharsets.UTF_8));
    DefaultFullHttpResponse response =
        new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.NOT_FOUND, body);
    response.headers().set(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes());
    ctx.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
  }
}
