package io.sluice.sim;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.BitSet;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One MQTT connection of the bench, as cheap as it can be: packets are found in the read buffer and
 * answered into one write buffer, which is written and flushed once per read batch. No object per
 * message. Confined to its event loop, except {@link #ready}.
 *
 * <p>Subclasses say what a publisher or a subscriber does. This one connects, subscribes, answers
 * PUBLISH, PUBREC and PUBREL, and is the idle connection of the connection benches.
 */
class BenchLink extends ChannelInboundHandlerAdapter {
  private static final int PACKET_BYTES_MAX = 1 << 21;
  private static final int WRITE_BYTES = 1 << 12;

  /** Who connects, and to what it subscribes. */
  record Session(
      MqttVersion version,
      String clientId,
      boolean cleanStart,
      int keepAliveSeconds,
      int expirySeconds,
      @Nullable String filter,
      int qos) {
    static Session clean(MqttVersion version, String clientId) {
      return new Session(version, clientId, true, 0, 0, null, 0);
    }

    Session subscribing(@Nullable String toFilter, int atQos) {
      return new Session(
          version, clientId, cleanStart, keepAliveSeconds, expirySeconds, toFilter, atQos);
    }

    Session persistent() {
      return new Session(version, clientId, false, keepAliveSeconds, 3_600, filter, qos);
    }

    Session keptAlive(int seconds) {
      return new Session(version, clientId, cleanStart, seconds, expirySeconds, filter, qos);
    }
  }

  final LoopStats stats;
  private final Session session;
  private final CompletableFuture<Void> ready = new CompletableFuture<>();
  private final CompletableFuture<Void> ended = new CompletableFuture<>();
  private volatile @Nullable ChannelHandlerContext context; // set once, when the channel is made
  private @Nullable ByteBuf held; // the beginning of a packet whose end has not arrived
  private @Nullable ByteBuf out;
  private boolean expectedToEnd;
  private long readNanos;

  /** QoS 2 packet identifiers received and not yet released (method A of figure 4.3). */
  private @Nullable BitSet unreleased;

  BenchLink(Session session, LoopStats stats) {
    this.session = session;
    this.stats = stats;
  }

  /** Completes on the loop when connected and subscribed; fails with a {@link LinkRefused}. */
  final CompletableFuture<Void> ready() {
    return ready;
  }

  /** A connection that did not come about; the message is short, so that equal ones are counted. */
  static final class LinkRefused extends RuntimeException {
    LinkRefused(String reason) {
      super(reason);
    }
  }

  // What a subclass may do; all on the loop.

  /**
   * A PUBLISH arrived; its acknowledgement is written already. One of QoS 2 that came before its
   * PUBREL again is answered, but not told twice [MQTT-4.3.3-10]. Borrows the buffer.
   */
  void published(ByteBuf in, int payloadAt, int payloadBytes) {}

  /** CONNACK let us in. */
  void accepted(boolean sessionPresent) {}

  /** What we published at QoS 2 was received by the broker; its PUBREL is written already. */
  void received(int packetId) {}

  /** What we published at QoS 1 is acknowledged, or what we published at QoS 1 or 2 is refused. */
  void acknowledged(int packetId) {}

  /** The flow of what we published at QoS 2 has ended. */
  void completed(int packetId) {}

  /** All that was readable has been read; what is written now leaves with it. */
  void batchRead() {}

  /** When the read batch began, in nanoseconds: its messages arrived together. */
  final long readNanos() {
    return readNanos;
  }

  final boolean isWritable() {
    return context != null && context.channel().isWritable();
  }

  final boolean inLoop() {
    return context != null && context.executor().inEventLoop();
  }

  final void onLoop(Runnable turn) {
    if (context != null) {
      context.executor().execute(turn);
    }
  }

  /** Whether the connection stands. Any thread. */
  final boolean isActive() {
    return context != null && context.channel().isActive();
  }

  /** Completes when the connection is closed, by whomever. */
  final CompletableFuture<Void> ended() {
    return ended;
  }

  final void ping() {
    if (isActive()) {
      Wire.ping(out());
      flush();
    }
  }

  final @Nullable Channel channel() {
    return context == null ? null : context.channel();
  }

  /** The write buffer; {@link #flush} takes it. */
  final ByteBuf out() {
    ByteBuf buffer = out;
    if (buffer == null) {
      if (context == null) {
        throw new IllegalStateException("not connected yet");
      }
      buffer = context.alloc().directBuffer(WRITE_BYTES);
      out = buffer;
    }
    return buffer;
  }

  final void flush() {
    ByteBuf buffer = out;
    if (buffer != null && context != null) {
      out = null;
      context.writeAndFlush(buffer, context.voidPromise());
    }
  }

  /** Says DISCONNECT and closes. */
  final void disconnect() {
    expectedToEnd = true;
    if (context != null && context.channel().isActive()) {
      Wire.disconnect(out());
      flush();
      context.close();
    }
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    Wire.connect(
        out(),
        session.version(),
        session.clientId(),
        session.cleanStart(),
        session.keepAliveSeconds(),
        session.expirySeconds());
    flush();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    readNanos = System.nanoTime();
    ByteBuf in = (ByteBuf) message;
    ByteBuf before = held;
    if (before != null) {
      held = null;
      before.writeBytes(in);
      in.release();
      in = before;
    }
    boolean kept = false;
    try {
      readPackets(in);
      kept = in.isReadable();
    } finally {
      if (!kept) {
        in.release();
      }
    }
    if (kept) {
      in.discardSomeReadBytes();
      held = in;
    }
  }

  private void readPackets(ByteBuf in) {
    int end = in.writerIndex();
    while (end - in.readerIndex() >= 2) {
      int at = in.readerIndex() + 1;
      int length = 0;
      int shift = 0;
      int digit;
      do {
        if (at == end) {
          return;
        }
        digit = in.getUnsignedByte(at++);
        length |= (digit & 127) << shift;
        shift += 7;
      } while (digit > 127 && shift < 28);
      if (length > PACKET_BYTES_MAX) {
        throw new LinkRefused("the broker sent a packet of %d bytes".formatted(length));
      }
      if (end - at < length) {
        return;
      }
      int header = in.getUnsignedByte(in.readerIndex());
      in.readerIndex(at + length);
      readPacket(header, in, at, length);
    }
  }

  /** One whole packet; the reader index is past it already. Borrows the buffer. */
  void readPacket(int header, ByteBuf in, int at, int length) {
    switch (header >> 4) {
      case Wire.PUBLISH -> readPublish(header >> 1 & 3, in, at, length);
      case Wire.PUBACK -> readAcknowledgement(in, at, length);
      case Wire.PUBCOMP -> {
        countRefusal(in, at, length);
        completed(in.getUnsignedShort(at));
      }
      case Wire.PUBREC -> {
        if (refusal(in, at, length) >= 0x80) {
          readAcknowledgement(in, at, length); // an error ends the flow: no PUBREL
        } else {
          Wire.acknowledge(out(), Wire.PUBREL, in.getUnsignedShort(at));
          received(in.getUnsignedShort(at));
        }
      }
      case Wire.PUBREL -> {
        Wire.acknowledge(out(), Wire.PUBCOMP, in.getUnsignedShort(at));
        release(in.getUnsignedShort(at));
      }
      case Wire.CONNACK -> connected(in.getUnsignedByte(at + 1), (in.getUnsignedByte(at) & 1) != 0);
      case Wire.SUBACK -> subscribed(in.getUnsignedByte(at + length - 1));
      case Wire.DISCONNECT ->
          refused("disconnected: 0x%02x".formatted(length == 0 ? 0 : in.getUnsignedByte(at)));
      case Wire.PINGRESP -> {}
      default -> throw new LinkRefused("the broker sent a packet of type " + (header >> 4));
    }
  }

  private void readPublish(int qos, ByteBuf in, int at, int length) {
    int payloadAt = at + 2 + in.getUnsignedShort(at);
    boolean again = false;
    if (qos > 0) {
      int packetId = in.getUnsignedShort(payloadAt);
      Wire.acknowledge(out(), qos == 1 ? Wire.PUBACK : Wire.PUBREC, packetId);
      again = qos == 2 && !hold(packetId);
      payloadAt += 2;
    }
    if (again) {
      return;
    }
    if (session.version() == MqttVersion.V5) {
      payloadAt += propertyBytes(in, payloadAt);
    }
    published(in, payloadAt, at + length - payloadAt);
  }

  /** Whether a QoS 2 message is new: its identifier is not one that waits for its PUBREL. */
  private boolean hold(int packetId) {
    BitSet waiting = unreleased;
    if (waiting == null) {
      waiting = new BitSet();
      unreleased = waiting;
    }
    if (waiting.get(packetId)) {
      stats.failed("QoS 2 PUBLISH sent again on one connection"); // [MQTT-4.4.0-1]
      return false;
    }
    waiting.set(packetId);
    return true;
  }

  private void release(int packetId) {
    if (unreleased == null || !unreleased.get(packetId)) {
      stats.failed("PUBREL of nothing received");
    } else {
      unreleased.clear(packetId);
    }
  }

  /** The bytes of the property length and of the properties. */
  static int propertyBytes(ByteBuf in, int at) {
    int length = 0;
    int shift = 0;
    int next = at;
    int digit;
    do {
      digit = in.getUnsignedByte(next++);
      length |= (digit & 127) << shift;
      shift += 7;
    } while (digit > 127 && shift < 28);
    return next - at + length;
  }

  private void readAcknowledgement(ByteBuf in, int at, int length) {
    countRefusal(in, at, length);
    acknowledged(in.getUnsignedShort(at));
  }

  private void countRefusal(ByteBuf in, int at, int length) {
    int refusal = refusal(in, at, length);
    if (refusal >= 0x80) {
      stats.failed("PUBLISH refused: 0x%02x".formatted(refusal));
    }
  }

  /** The reason code of PUBACK, PUBREC, PUBREL or PUBCOMP; from 0x80 on it is a refusal. */
  static int refusal(ByteBuf in, int at, int length) {
    return length > 2 ? in.getUnsignedByte(at + 2) : 0;
  }

  private void connected(int code, boolean sessionPresent) {
    if (code != 0) {
      refused("CONNECT refused: 0x%02x".formatted(code));
      return;
    }
    accepted(sessionPresent);
    if (session.filter() == null) {
      ready.complete(null);
    } else {
      Wire.subscribe(out(), session.version(), 1, session.filter(), session.qos());
    }
  }

  private void subscribed(int code) {
    if (code >= 0x80) {
      refused("SUBSCRIBE refused: 0x%02x".formatted(code));
    } else {
      ready.complete(null);
    }
  }

  private void refused(String reason) {
    if (!ready.completeExceptionally(new LinkRefused(reason)) && !expectedToEnd) {
      stats.failed(reason);
    }
    expectedToEnd = true; // said already
    if (context != null) {
      context.close();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    batchRead();
    flush();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    releaseBuffers();
    ended.complete(null);
    if (!ready.completeExceptionally(new LinkRefused("connection closed before it was accepted"))
        && !expectedToEnd) {
      stats.failed("connection closed by the broker");
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    releaseBuffers();
  }

  private void releaseBuffers() {
    if (held != null) {
      held.release();
      held = null;
    }
    if (out != null) {
      out.release();
      out = null;
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable failure) {
    String reason = FailureReason.of(failure);
    refused(reason);
  }
}
