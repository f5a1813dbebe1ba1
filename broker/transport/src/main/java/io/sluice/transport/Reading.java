package io.sluice.transport;

import io.netty.channel.Channel;
import java.util.concurrent.TimeUnit;

/**
 * Whether a client's socket is read: not while it does not take our answers, while too many of its
 * publications wait for their acknowledgements, or for a moment when those who get what it
 * publishes cannot follow. Event loop only.
 */
final class Reading {
  private static final int PAUSE_MILLIS_MIN = 2;
  private static final int PAUSE_MILLIS_MAX = 64;

  private final Broker broker;
  private final Loop loop;
  private final Channel channel;
  private boolean acknowledgementsLag;
  private boolean outputLags;
  private boolean consumersLag;
  private boolean askedToSlowDown; // since the last end of a batch
  private boolean published; // likewise
  private boolean ended;
  private int pauseMillis = PAUSE_MILLIS_MIN;

  Reading(Broker broker, Loop loop, Channel channel) {
    this.broker = broker;
    this.loop = loop;
    this.channel = channel;
  }

  /** The connection closes; what it still reads is not for this to decide. */
  void end() {
    ended = true;
  }

  /** Reads on, unless something lags. */
  void listen() {
    if (ended) {
      return;
    }
    channel.config().setAutoRead(!acknowledgementsLag && !outputLags && !consumersLag);
  }

  /** Whether it is we who do not listen, and not the client who is silent. */
  boolean isHeldBack() {
    return acknowledgementsLag || consumersLag;
  }

  /** Whether acknowledgements are so far behind that no more publications are read. */
  void acknowledgementsLag(boolean lag) {
    if (acknowledgementsLag != lag) {
      acknowledgementsLag = lag;
      listen();
    }
  }

  /** Whether the client does not take our answers: then no more questions. */
  void outputLags(boolean lag) {
    if (outputLags != lag) {
      outputLags = lag;
      listen();
    }
  }

  /** It has published something. */
  void published() {
    published = true;
  }

  /** Those who get what it publishes cannot follow. */
  void slowDown() {
    askedToSlowDown = true;
  }

  /** A batch of packets was read. */
  void endOfBatch() {
    if (askedToSlowDown || published && isCongested()) {
      pause();
    } else {
      pauseMillis = PAUSE_MILLIS_MIN;
    }
    askedToSlowDown = false;
    published = false;
  }

  /** Reads nothing for a moment, twice as long as the last time when that was just now. */
  private void pause() {
    if (!consumersLag && !ended) {
      consumersLag = true;
      broker.counters().publishersPaused.increment();
      listen();
      loop.eventLoop().schedule(this::resume, pauseMillis, TimeUnit.MILLISECONDS);
      pauseMillis = Math.min(2 * pauseMillis, PAUSE_MILLIS_MAX);
    }
  }

  private void resume() {
    if (isCongested() && !ended) {
      loop.eventLoop().schedule(this::resume, PAUSE_MILLIS_MIN, TimeUnit.MILLISECONDS);
      return;
    }
    consumersLag = false;
    listen();
  }

  private boolean isCongested() {
    return loop.isCongested() || broker.publishPath().isCongested();
  }
}
