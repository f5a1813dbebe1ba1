package io.sluice.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.MessageToMessageCodec;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolConfig;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import java.util.List;

/**
 * MQTT inside WebSocket: bytes out of binary frames, however the peer cut them, and into binary
 * frames. A packet may span frames and a frame may hold several packets [MQTT-6.0.0-2]; a text
 * frame ends the connection [MQTT-6.0.0-1]. Frames are not compressed: what a few bytes unpack to
 * would have no bound. Event loop only.
 */
final class WebSocketFrames extends MessageToMessageCodec<WebSocketFrame, ByteBuf> {
  private static final int HTTP_LINE_MAX = 8192; // signatures and tokens travel in the query
  private static final int HTTP_HEAD_MAX = 16_384;
  private static final int HTTP_BODY_MAX = 1024;
  private boolean closing;

  /** Adds what turns a fresh connection into bytes of MQTT: the HTTP upgrade, then frames. */
  static void addTo(ChannelPipeline pipeline, Front front, Front.Door door) {
    TransportLimits limits = front.broker().limits();
    WebSocketServerProtocolConfig config =
        WebSocketServerProtocolConfig.newBuilder()
            .websocketPath(UpgradeCheck.PATH)
            .checkStartsWith(true) // a query may follow: tokens and signatures travel there
            .subprotocols(String.join(",", UpgradeCheck.SUBPROTOCOLS))
            .maxFramePayloadLength(Math.max(limits.packetBytesMax(), limits.connectBytesMax()) + 16)
            .allowExtensions(false)
            .handshakeTimeoutMillis(limits.connectTimeoutMillis())
            .build();
    pipeline
        .addLast("budget", new UnadmittedBytes(front, door))
        .addLast("http", new HttpServerCodec(HTTP_LINE_MAX, HTTP_HEAD_MAX, HTTP_HEAD_MAX))
        .addLast("request", new HttpObjectAggregator(HTTP_BODY_MAX))
        .addLast("upgrade", new UpgradeCheck(front, door))
        .addLast("websocket", new WebSocketServerProtocolHandler(config))
        .addLast("frames", new WebSocketFrames());
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, WebSocketFrame frame, List<Object> out) {
    if (closing) {
      return;
    }
    if (frame instanceof BinaryWebSocketFrame || frame instanceof ContinuationWebSocketFrame) {
      out.add(frame.content().retain());
      return;
    }
    closing = true;
    ctx.writeAndFlush(
            new CloseWebSocketFrame(
                WebSocketCloseStatus.INVALID_MESSAGE_TYPE, "MQTT travels in binary frames"))
        .addListener(ChannelFutureListener.CLOSE);
  }

  @Override
  protected void encode(ChannelHandlerContext ctx, ByteBuf bytes, List<Object> out) {
    out.add(new BinaryWebSocketFrame(bytes.retain()));
  }
}
