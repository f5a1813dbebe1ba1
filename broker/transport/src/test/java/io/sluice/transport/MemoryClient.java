package io.sluice.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;

/** A client's end of a connection to a {@link MemoryGateway}, as bytes. */
final class MemoryClient {
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final ArrayDeque<byte[]> sent = new ArrayDeque<>();
  private final Stall stall = new Stall();

  MemoryClient(ByteBufAllocator allocator) {
    channel.config().setAllocator(allocator);
    channel.freezeTime();
    channel.pipeline().addLast(stall);
  }

  EmbeddedChannel channel() {
    return channel;
  }

  boolean isOpen() {
    return channel.isOpen();
  }

  /** Closed, and all that came was read. */
  boolean isOver() {
    return !channel.isOpen() && channel.outboundMessages().isEmpty();
  }

  /** What the gateway's next read brings. */
  void send(byte[] bytes) {
    sent.add(bytes);
  }

  /** Lets the gateway read once, if it wants to. */
  boolean hear() {
    if (sent.isEmpty() || !channel.isOpen() || !channel.config().isAutoRead()) {
      return false;
    }
    byte[] bytes = sent.remove();
    channel.writeInbound(channel.alloc().buffer(bytes.length).writeBytes(bytes));
    assertThat(channel.inboundMessages()).as("what nobody took").isEmpty();
    return true;
  }

  /** All that has come since the last time. */
  byte[] read() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (Object next = channel.readOutbound(); next != null; next = channel.readOutbound()) {
      if (next instanceof ByteBuf buffer) {
        byte[] part = new byte[buffer.readableBytes()];
        buffer.readBytes(part);
        bytes.writeBytes(part);
      } // else: a Close frame of a connection that never was one of WebSocket; a socket refuses it
      ReferenceCountUtil.release(next);
    }
    return bytes.toByteArray();
  }

  /** The client reads no more, or again. */
  void stall(boolean on) {
    stall.on = on;
    if (!on) {
      channel.pipeline().firstContext().flush();
    }
  }

  /** The connection breaks. */
  void cut() {
    channel.close();
    channel.checkException();
    read();
  }

  /** A socket buffer that is full. */
  private static final class Stall extends ChannelOutboundHandlerAdapter {
    boolean on;

    @Override
    public void flush(ChannelHandlerContext ctx) {
      if (!on) {
        ctx.flush();
      }
    }
  }
}
