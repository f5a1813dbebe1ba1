package io.sluice.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.mqtt.MqttMessageFactory;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a connection's bytes into whole packets and looks at them, before the decoder: so the
 * decoder never waits inside a packet, which costs it a walk from the packet's beginning for every
 * few bytes that come, and a packet that is refused by its first bytes is never waited for.
 *
 * <p>PUBLISH is read here, see {@link PublishReader}; other packets go on to the decoder without a
 * copy. Only the beginning of a packet is kept here, in a buffer that grows with what has come, not
 * with what was announced. After a fault nothing goes on any more. Event loop only.
 */
final class PacketFrames extends ChannelInboundHandlerAdapter {
  /** A CONNECT before anybody knows who sends it: identifier, will, user name and password. */
  private static final int CONNECT_BYTES_MAX = 128 << 10;

  private static final int LENGTH_DIGITS_MAX = 4;
  private static final int INCOMPLETE = -1;
  private static final int[] FLAGS = {-1, 0, -1, -1, 0, 0, 2, 0, 2, -1, 2, -1, 0, -1, 0, 0};

  private final int packetBytesMax;
  private final PacketCheck check;
  private final PublishReader publishes = new PublishReader();
  private @Nullable ByteBuf beginning;
  private @Nullable PublishPacket publish; // the one just cut
  private boolean connectSeen;
  private boolean done;

  PacketFrames(TransportLimits limits) {
    this(limits, 0);
  }

  /**
   * @param version of the CONNECT that was read before; 0: it comes first here
   */
  PacketFrames(TransportLimits limits, int version) {
    this.packetBytesMax = limits.packetBytesMax();
    this.check = new PacketCheck(limits, version);
    this.connectSeen = version > 0;
  }

  /** Whether the client has said that it speaks MQTT 5. */
  boolean isV5() {
    return check.isV5();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (!(message instanceof ByteBuf bytes)) {
      ctx.fireChannelRead(message);
      return;
    }
    if (done) {
      bytes.release();
      return;
    }
    ByteBuf before = beginning;
    beginning = null;
    cut(
        ctx,
        before == null
            ? bytes
            : ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), before, bytes),
        before != null);
  }

  /** Takes the bytes. */
  private void cut(ChannelHandlerContext ctx, ByteBuf in, boolean ours) {
    int begin = in.readerIndex();
    PacketFault fault = null;
    try {
      for (int end = packet(in, begin); end != INCOMPLETE; end = packet(in, in.readerIndex())) {
        if (publish == null) {
          pass(ctx, in, end);
        } else {
          PublishPacket read = publish;
          publish = null;
          in.readerIndex(end);
          ctx.fireChannelRead(read); // the decoder lets it pass
        }
        if (ctx.isRemoved()) { // the packet has ended the connection
          in.release();
          return;
        }
      }
    } catch (PacketFault found) {
      fault = found;
      done = true;
    }
    keep(ctx, in, ours && in.readerIndex() == begin && !done);
    if (fault != null) {
      ctx.fireChannelRead(MqttMessageFactory.newInvalidMessage(fault));
    }
  }

  /** A packet for the decoder. */
  private static void pass(ChannelHandlerContext ctx, ByteBuf in, int end) {
    ctx.fireChannelRead(in.readRetainedSlice(end - in.readerIndex()));
  }

  /**
   * Keeps what is left in a buffer of its size: a client that is slow must not hold a large one.
   */
  private void keep(ChannelHandlerContext ctx, ByteBuf in, boolean asItIs) {
    if (asItIs) {
      beginning = in;
      return;
    }
    if (!done && in.isReadable()) {
      beginning = ctx.alloc().buffer(in.readableBytes()).writeBytes(in);
    }
    in.release();
  }

  /** Answers where the packet that begins at {@code at} ends, or {@link #INCOMPLETE}. */
  private int packet(ByteBuf in, int at) {
    int available = in.writerIndex() - at;
    if (available == 0 || done) {
      return INCOMPLETE;
    }
    int first = in.getUnsignedByte(at);
    int type = first >> 4;
    checkFirst(type, first & 0x0F);
    int length = 0;
    for (int digits = 1; digits <= LENGTH_DIGITS_MAX; digits++) {
      if (digits >= available) {
        return INCOMPLETE;
      }
      int digit = in.getUnsignedByte(at + digits);
      length |= (digit & 0x7F) << 7 * (digits - 1);
      if (digit < 0x80) {
        if (digit == 0 && digits > 1 && check.isV5()) {
          throw new PacketFault(
              Reason.MALFORMED, "the remaining length has more bytes than it needs [MQTT-1.5.5-1]");
        }
        return packet(in, type, first & 0x0F, at + 1 + digits, length, 1 + digits + length);
      }
    }
    throw new PacketFault(Reason.MALFORMED, "the remaining length has five bytes");
  }

  private int packet(ByteBuf in, int type, int flags, int body, int length, int total) {
    int most = connectSeen ? packetBytesMax : Math.min(packetBytesMax, CONNECT_BYTES_MAX);
    if (total > most) {
      throw new PacketFault(
          Reason.PACKET_TOO_LARGE,
          "a packet of %d bytes is larger than %d bytes".formatted(total, most));
    }
    if (body + length > in.writerIndex()) {
      return INCOMPLETE;
    }
    check.check(in, type, flags, body, body + length);
    if (type == PacketCheck.PUBLISH) {
      publish = publishes.read(in, flags, body, body + length, check.isV5());
    }
    connectSeen = true;
    done = check.version() == 0; // a version that we do not speak: the decoder tells it so
    return body + length;
  }

  private void checkFirst(int type, int flags) {
    if (!connectSeen && type != PacketCheck.CONNECT) {
      throw new PacketFault(
          Reason.PROTOCOL_ERROR, "the first packet is not CONNECT [MQTT-3.1.0-1]");
    }
    if (type == PacketCheck.PUBLISH) {
      if ((flags & 6) == 6) {
        throw new PacketFault(Reason.MALFORMED, "PUBLISH has QoS 3 [MQTT-3.3.1-4]");
      }
    } else if (type == 0 || type == PacketCheck.AUTH && !check.isV5()) {
      throw new PacketFault(Reason.MALFORMED, "packet type %d does not exist".formatted(type));
    } else if (FLAGS[type] < 0) {
      throw new PacketFault(
          Reason.PROTOCOL_ERROR, "packet type %d is one of servers".formatted(type));
    } else if (flags != FLAGS[type]) {
      throw new PacketFault(
          Reason.MALFORMED,
          "flags of packet type %d are %d, not %d [MQTT-2.1.3-1]"
              .formatted(type, flags, FLAGS[type]));
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    forget();
    ctx.fireChannelInactive();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    forget();
  }

  private void forget() {
    if (beginning != null) {
      beginning.release();
      beginning = null;
    }
  }
}
