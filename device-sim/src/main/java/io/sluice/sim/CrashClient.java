package io.sluice.sim;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A client that outlives its connections, as its MQTT session does: it keeps what section 4.1 asks
 * a client to keep, and connects again whenever its connection is gone and it is not meant to be
 * away. Confined to the campaign's loop.
 */
abstract class CrashClient {
  private static final int RECONNECT_MILLIS_MIN = 5;
  private static final int RECONNECT_MILLIS_MAX = 80;

  final CrashOracle oracle;
  final SplittableRandom random;
  final MqttVersion version;
  private final BenchTarget target;
  private final BenchLink.Session session;
  private final List<Link> replaced = new ArrayList<>();
  private @Nullable Link link;
  private boolean wanted;
  private boolean online;
  private boolean confirmed; // the broker has said CONNACK to this session once

  CrashClient(
      BenchTarget target, CrashOracle oracle, BenchLink.Session session, SplittableRandom random) {
    this.target = target;
    this.oracle = oracle;
    this.session = session;
    this.version = session.version();
    this.random = random;
  }

  // What a subclass does; all on the loop.

  /** Connected. What is written to the link now is the first after CONNECT and SUBSCRIBE. */
  abstract void online(Link now, boolean sessionPresent);

  /** A PUBLISH or an acknowledgement on the present connection. Borrows the buffer. */
  abstract void packet(Link now, int header, ByteBuf in, int at, int length);

  /** A connection of this client; silent when another has taken its place. */
  final class Link extends BenchLink {
    Link(Session session, LoopStats stats) {
      super(session, stats);
    }

    @Override
    void accepted(boolean sessionPresent) {
      if (link == this) {
        CrashClient.this.accepted(this, sessionPresent);
      }
    }

    @Override
    void readPacket(int header, ByteBuf in, int at, int length) {
      int type = header >> 4;
      if (type < Wire.PUBLISH || type > Wire.PUBCOMP) {
        super.readPacket(header, in, at, length);
      } else if (link == this) {
        packet(this, header, in, at, length);
      }
    }

    /** Now and then answers leave late, so that a crash finds them not sent. */
    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      if (random.nextInt(8) > 0) {
        flush();
      } else {
        ctx.executor().schedule(this::flushIfOpen, random.nextInt(1, 6), TimeUnit.MILLISECONDS);
      }
    }

    private void flushIfOpen() {
      if (isActive()) {
        flush();
      }
    }
  }

  final String name() {
    return session.clientId();
  }

  /** Whether it is connected and subscribed. */
  final boolean isReady() {
    return online && link != null && link.ready().isDone();
  }

  /** The present connection when it stands. */
  final @Nullable Link link() {
    return online ? link : null;
  }

  final EventLoop loop() {
    return target.loop(0);
  }

  /** Comes, and comes again until {@link #leave}. */
  final void come() {
    if (!wanted) {
      wanted = true;
      connect();
    }
  }

  /** Goes away, with DISCONNECT or without. */
  final void leave(boolean politely) {
    wanted = false;
    Link now = link;
    if (now != null) {
      if (politely) {
        now.disconnect();
      } else {
        cut();
      }
    }
  }

  /** Its connection breaks, without a word. */
  final void cut() {
    Channel channel = link == null ? null : link.channel();
    if (channel != null) {
      channel.close();
    }
  }

  /** Connects anew while the old connection still stands [MQTT-3.1.4-3]. */
  final void takeOver() {
    Link now = link;
    if (wanted && online && now != null) {
      replaced.add(now);
      oracle.takeovers++;
      online = false;
      connect();
    }
  }

  /** Connections that were taken over and still stand. */
  final long standing() {
    replaced.removeIf(old -> !old.isActive());
    return replaced.size();
  }

  private void connect() {
    if (!wanted) {
      return;
    }
    // A session that is confirmed holds its subscription; a clean one subscribes each time.
    BenchLink.Session next =
        confirmed && !session.cleanStart() ? session.subscribing(null, 0) : session;
    Link opening = new Link(next, target.stats(0));
    link = opening;
    target
        .open(opening, loop())
        .whenCompleteAsync(
            (ready, failure) -> {
              if (failure != null) {
                lost(opening);
              }
            },
            loop());
    opening.ended().whenCompleteAsync((ended, failure) -> lost(opening), loop());
  }

  private void lost(Link which) {
    if (link == which) {
      link = null;
      online = false;
      if (wanted) {
        long millis = random.nextInt(RECONNECT_MILLIS_MIN, RECONNECT_MILLIS_MAX);
        loop()
            .schedule(
                () -> {
                  if (link == null) {
                    connect();
                  }
                },
                millis,
                TimeUnit.MILLISECONDS);
      }
    }
  }

  private void accepted(Link now, boolean sessionPresent) {
    oracle.connects++;
    if (confirmed && !session.cleanStart() && !sessionPresent) {
      oracle.violated(
          CrashViolation.Kind.SESSION,
          "%s came back and its session was not there [MQTT-3.1.2-5]".formatted(name()));
    }
    confirmed = true;
    online = true;
    online(now, sessionPresent);
  }
}
