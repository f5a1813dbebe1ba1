package io.sluice.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.mqtt.MqttDecoder;
import io.netty.handler.codec.mqtt.MqttVersion;
import io.netty.util.AttributeKey;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands before one connection until its client is let in: reads the CONNECT, answers it, then
 * makes way for the decoder of all other packets and for {@link MqttConnection}. Whether the client
 * may come in is for {@link Reception} to find out; until it has, reading stops, so the packets
 * that a client sends ahead of our CONNACK are no more than one read brought. Event loop only.
 */
final class ConnectGate extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(ConnectGate.class);

  /** By this Netty's decoder knows which version the packets have. */
  private static final AttributeKey<MqttVersion> DECODED_VERSION =
      AttributeKey.valueOf("NETTY_CODEC_MQTT_VERSION");

  private static final int DISCONNECT = 0xE;

  private final Front front;
  private final Front.Door door;
  private final Loop loop;
  private final FirstPackets packets;
  private @Nullable Future<?> timeout;
  private @Nullable Reception reception;
  private String clientId = "";
  private int answerLevel; // 0: nothing that could be read
  private long answerBytesMax = Long.MAX_VALUE; // what the client takes
  private boolean ended;

  ConnectGate(Front front, Front.Door door, Loop loop) {
    this.front = front;
    this.door = door;
    this.loop = loop;
    this.packets = new FirstPackets(front.broker().limits().connectBytesMax(), front.vestibule());
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    timeout =
        ctx.executor()
            .schedule(
                () -> timeout(ctx),
                front.broker().limits().connectTimeoutMillis(),
                TimeUnit.MILLISECONDS);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    if (timeout != null) {
      timeout.cancel(false);
    }
    packets.release();
  }

  private void timeout(ChannelHandlerContext ctx) {
    if (reception != null && reception.isOurTurn()) {
      refuse(
          ctx,
          new ConnectRefused(
              ConnectRefused.Fault.UNAVAILABLE,
              "decision_timeout",
              "whether the client may come in was not decided in time; try again later"));
    } else {
      close(ctx, "connect_timeout", "it did not complete its CONNECT in time");
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object read) {
    if (ended || !(read instanceof ByteBuf bytes)) {
      ReferenceCountUtil.release(read);
      return;
    }
    try {
      packets.add(ctx.alloc(), bytes);
      if (reception == null) {
        FirstPackets.Raw connect = packets.next(true);
        if (connect != null) {
          connect(ctx, connect);
        }
      } else if (!reception.isOurTurn()) {
        readAuth(ctx, reception);
      }
    } catch (ConnectRefused refused) {
      answerLevel = Math.max(answerLevel, packets.answerLevel());
      refuse(ctx, refused);
    }
  }

  private void connect(ChannelHandlerContext ctx, FirstPackets.Raw raw) throws ConnectRefused {
    ConnectReader reader = new ConnectReader(raw.body());
    ConnectPacket connect;
    try {
      connect = reader.read();
    } finally {
      answerLevel = reader.answerLevel();
      answerBytesMax = reader.answerBytesMax();
      clientId = reader.clientId();
    }
    ctx.channel().config().setAutoRead(false);
    reception = new Reception(front, door.gatekeeper(), loop, this, ctx, connect);
    reception.begin();
  }

  /** Sends an AUTH, then reads the client's answer. */
  void challenge(ChannelHandlerContext ctx, Reception asking, String method, byte[] data)
      throws ConnectRefused {
    ByteBuf out = ctx.alloc().buffer();
    if (!Packets.auth5(out, AuthPacket.CONTINUE, method, data, answerBytesMax)) {
      out.release();
      throw new ConnectRefused(
          ConnectRefused.Fault.PACKET_TOO_LARGE,
          "auth_too_large",
          "AUTH is larger than the client takes [MQTT-3.1.2-24]");
    }
    ctx.writeAndFlush(out);
    readAuth(ctx, asking);
  }

  private void readAuth(ChannelHandlerContext ctx, Reception asking) throws ConnectRefused {
    FirstPackets.Raw raw = packets.next(false);
    ctx.channel().config().setAutoRead(raw == null);
    if (raw == null) {
      return;
    }
    if (raw.first() >> 4 == DISCONNECT) {
      close(ctx, "left_before_connack", "it disconnected instead of authenticating");
      return;
    }
    if (raw.first() != AuthPacket.FIRST_BYTE) {
      throw raw.first() >> 4 == AuthPacket.FIRST_BYTE >> 4
          ? ConnectRefused.malformed("AUTH has flags [MQTT-3.15.1-1]")
          : new ConnectRefused(
              ConnectRefused.Fault.PROTOCOL_ERROR,
              "no_auth",
              "first byte 0x%02X while AUTH is awaited [MQTT-3.1.2-30]".formatted(raw.first()));
    }
    asking.answered(AuthPacket.read(raw.body()));
  }

  /** Lets the client in: the connection takes over, with what the client sent ahead. */
  void hand(ChannelHandlerContext ctx, MqttConnection connection, Reception.Entry entry) {
    assert loop.isHere();
    Client client = entry.client();
    ctx.channel().attr(DECODED_VERSION).set(version(client.version()));
    TransportLimits limits = front.broker().limits();
    ctx.pipeline()
        .addAfter(ctx.name(), "connection", connection)
        .addAfter(ctx.name(), "decoder", new MqttDecoder(limits.packetBytesMax()))
        .addAfter(ctx.name(), "packets", new PacketFrames(limits, client.version()));
    front.connections().add(connection);
    ctx.channel().closeFuture().addListener(closed -> front.connections().remove(connection));
    connection.begin(client, entry.sessionPresent(), entry.told(), limits.topicAliasMaximum());
    ended = true;
    Turnstile.Pass pass = ctx.channel().attr(Front.PASS).get();
    if (pass != null) {
      pass.admitted();
    }
    if (ctx.pipeline().context("budget") != null) {
      ctx.pipeline().remove("budget");
    }
    ByteBuf ahead = packets.rest();
    if (ahead != null) {
      ctx.fireChannelRead(ahead);
    }
    ctx.fireChannelReadComplete();
    if (!ctx.isRemoved()) { // a packet sent ahead may have ended the connection
      ctx.pipeline().remove(this);
    }
    connection.reading().listen();
    EndOfTime.watch(connection, ctx.channel(), client.permissions());
  }

  /** Whether the client is let in or refused already. */
  boolean hasEnded() {
    return ended;
  }

  private static MqttVersion version(int level) {
    return switch (level) {
      case 3 -> MqttVersion.MQTT_3_1;
      case 4 -> MqttVersion.MQTT_3_1_1;
      default -> MqttVersion.MQTT_5;
    };
  }

  /** Answers with the reason code of the fault, where the client can read one, and closes. */
  void refuse(ChannelHandlerContext ctx, ConnectRefused refused) {
    if (ended) {
      return;
    }
    ConnectRefused.Fault fault = refused.fault();
    boolean bare =
        answerLevel == 0 || answerLevel < 5 && fault.code3() == ConnectRefused.Fault.CLOSE;
    if (bare) {
      close(ctx, refused.word(), refused.why());
      return;
    }
    ended(ctx, refused.word(), refused.why());
    ByteBuf out = ctx.alloc().buffer();
    if (answerLevel != 5) {
      Packets.connack3(out, false, fault.code3());
    } else if (!Packets.connack5Refused(out, fault.code5(), told(refused), answerBytesMax)) {
      out.release();
      ctx.close();
      return;
    }
    LastWords.follow(ctx.writeAndFlush(out), LastWords.LINGER_MILLIS);
  }

  private Packets.Told told(ConnectRefused refused) {
    boolean elsewhere = // [MQTT-3.2.2-22] and section 4.11
        refused.fault() == ConnectRefused.Fault.SERVER_MOVED
            || refused.fault() == ConnectRefused.Fault.USE_ANOTHER_SERVER;
    return new Packets.Told(refused.why(), elsewhere ? front.settings().serverReference() : "");
  }

  private void close(ChannelHandlerContext ctx, String word, String why) {
    if (!ended) {
      ended(ctx, word, why);
      ctx.close();
    }
  }

  private void ended(ChannelHandlerContext ctx, String word, String why) {
    ended = true;
    front.broker().counters().refused(word);
    front.refused().add(Peer.address(ctx.channel()), door.name(), clientId, word, why);
    packets.release();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (packets.isInside() && reception == null) {
      close(ctx, "connect_cut_short", "it closed the connection inside its CONNECT");
    } else if (!ended) {
      ended = true; // a probe of the port, or a client that did not wait: nothing was refused
      front.broker().counters().refused("left_before_connack");
    }
    ctx.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    LOG.debug("connection of {} failed before CONNACK", ctx.channel().remoteAddress(), cause);
    close(ctx, "connection_error", "its connection failed: " + cause.getClass().getSimpleName());
    ctx.close();
  }
}
