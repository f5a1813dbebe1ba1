package io.sluice.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;

/**
 * Counts what a WebSocket connection sends before its client is let in, and ends it when that is
 * too much: a frame is kept whole before its first packet is seen, and may be as large as a packet
 * of a client that is let in. Event loop only.
 */
final class UnadmittedBytes extends ChannelInboundHandlerAdapter {
  /** The HTTP request, frames' heads, and packets that are sent ahead of CONNACK. */
  private static final int BESIDE_CONNECT_BYTES = 64 << 10;

  private final Front front;
  private final Front.Door door;
  private long bytes;
  private boolean over;

  UnadmittedBytes(Front front, Front.Door door) {
    this.front = front;
    this.door = door;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object read) {
    bytes += read instanceof ByteBuf buffer ? buffer.readableBytes() : 0;
    if (bytes <= front.broker().limits().connectBytesMax() + BESIDE_CONNECT_BYTES) {
      ctx.fireChannelRead(read);
      return;
    }
    ReferenceCountUtil.release(read);
    if (!over) {
      over = true;
      front.broker().counters().refused("connect_too_large");
      front
          .refused()
          .add(
              Peer.address(ctx.channel()),
              door.name(),
              "",
              "connect_too_large",
              "it sent %d bytes before it was let in".formatted(bytes));
      ctx.close();
    }
  }
}
