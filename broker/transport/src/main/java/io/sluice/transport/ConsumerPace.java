package io.sluice.transport;

import io.netty.channel.Channel;
import java.util.concurrent.TimeUnit;

/**
 * How one client keeps up with what it gets. It lags while its socket is full or half of its queue
 * is used, as long as it takes a good part of that in every period: publishers then wait for it. If
 * it takes less it is left behind, and loses messages, until it has caught up: a reader that hangs
 * must not stop those who publish to a thousand others.
 *
 * <p>Event loop only, but for {@link #isLagging}.
 */
final class ConsumerPace {
  private static final int PERIOD_MILLIS = 200;
  private static final int PART = 8; // of a full queue, or a full socket, in a period

  private final Channel channel;
  private final TransportLimits limits;
  private volatile boolean lagging;
  private boolean leftBehind;
  private long written; // bytes, since the connection began
  private long acknowledged; // messages, likewise
  private long takenBefore; // bytes that had left, when the period began
  private long acknowledgedBefore;

  ConsumerPace(Channel channel, TransportLimits limits) {
    this.channel = channel;
    this.limits = limits;
  }

  boolean isLagging() {
    return lagging;
  }

  void written(int bytes) {
    written += bytes;
  }

  void acknowledged() {
    acknowledged++;
  }

  /** As many messages wait for the client; called whenever that or the socket changed. */
  void waiting(int messages) {
    boolean writable = channel.isWritable();
    if (!lagging && !leftBehind) {
      if (!writable || messages > limits.queuedMax() / 2) {
        lagging = true;
        beginPeriod();
      }
    } else if (writable && messages <= limits.queuedMax() / 4) {
      lagging = false;
      leftBehind = false;
    }
  }

  private void beginPeriod() {
    takenBefore = taken();
    acknowledgedBefore = acknowledged;
    channel.eventLoop().schedule(this::endPeriod, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void endPeriod() {
    if (!lagging || !channel.isActive()) {
      return;
    }
    if (taken() - takenBefore >= limits.outboundBytesMax() / PART
        || acknowledged - acknowledgedBefore >= limits.queuedMax() / PART) {
      beginPeriod();
    } else {
      lagging = false;
      leftBehind = true;
    }
  }

  /** Bytes that have left for the socket, roughly. */
  private long taken() {
    return written - channel.bytesBeforeWritable();
  }
}
