package io.sluice.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrameEncoder;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Ends a connection so that its client can read why. A socket that is closed while its client still
 * sends is reset, and the CONNACK or DISCONNECT that was just written is lost with it. So our half
 * is closed first; what still comes is thrown away unread, until the client closes too. Event loop
 * only.
 *
 * <p>Bounds: {@link #BYTES_MAX} and the time that {@link #follow} is given, also for a client that
 * does not take the last bytes. The connection keeps its place in the budgets until it is closed.
 */
final class LastWords extends ChannelInboundHandlerAdapter {
  static final int LINGER_MILLIS = 2_000;

  /** More than lies in the socket buffers of a client that floods while it is refused. */
  static final int BYTES_MAX = 16 << 20;

  private long thrownAway;

  private LastWords() {}

  /**
   * Closes the connection when this write, the last one, is done and the client has closed too.
   *
   * @param millis how long that may take
   */
  static void follow(ChannelFuture lastWrite, long millis) {
    Channel channel = lastWrite.channel();
    Future<?> enough =
        channel.eventLoop().schedule(() -> channel.close(), millis, TimeUnit.MILLISECONDS);
    channel.closeFuture().addListener(closed -> enough.cancel(false));
    lastWrite.addListener(
        written -> {
          if (written.isSuccess() && channel instanceof DuplexChannel duplex) {
            new LastWords().begin(duplex);
          } else {
            channel.close();
          }
        });
  }

  private void begin(DuplexChannel channel) {
    if (!channel.isActive()) {
      return;
    }
    channel.pipeline().addFirst("last-words", this);
    channel.config().setAutoRead(true);
    if (channel.pipeline().get(WebSocketFrameEncoder.class) != null) {
      channel
          .writeAndFlush(new CloseWebSocketFrame(WebSocketCloseStatus.NORMAL_CLOSURE))
          .addListener(sent -> closeTls(channel));
    } else {
      closeTls(channel);
    }
  }

  private static void closeTls(DuplexChannel channel) {
    SslHandler tls = channel.pipeline().get(SslHandler.class);
    if (tls != null) {
      tls.closeOutbound().addListener(sent -> closeOutput(channel));
    } else {
      closeOutput(channel);
    }
  }

  private static void closeOutput(DuplexChannel channel) {
    channel
        .shutdownOutput()
        .addListener(
            shut -> {
              if (!shut.isSuccess()) {
                channel.close();
              }
            });
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object read) {
    thrownAway += read instanceof ByteBuf bytes ? bytes.readableBytes() : 0;
    ReferenceCountUtil.release(read);
    if (thrownAway > BYTES_MAX) {
      ctx.channel().close();
    }
  }
}
