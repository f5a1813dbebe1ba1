package io.sluice.sim;

import io.netty.channel.ChannelHandlerContext;
import java.time.Duration;
import java.util.BitSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Publishes as fast as its window allows, or at a rate. Confined to its event loop, except {@link
 * #windowMoved}.
 *
 * <p>At a rate, a message is stamped with the time it was due, not the time it left: a broker that
 * stalls is charged for all that had to wait.
 */
final class PublisherLink extends BenchLink {
  private static final int BATCH_MAX = 256;
  private static final long TICK_MICROS = 500;
  private static final Duration STALLED_AFTER = Duration.ofSeconds(1);

  /** What to publish and how fast. */
  record Plan(PublishTemplate packet, int qos, int inFlightMax, double perSecond, long stream) {
    /** The number of a message: which publisher, and which of its messages. */
    long number(long sent) {
      return stream << 40 | sent;
    }
  }

  private final Plan plan;
  private final DeliveryWindow window;
  private final long[] sentNanos; // by slot; 0: free. The packet identifier is the slot, from 1
  private final BitSet releasing = new BitSet(); // QoS 2 slots between PUBREC and PUBCOMP
  private final AtomicBoolean woken = new AtomicBoolean();
  private boolean running;
  private long sent;
  private long sentOfRun;
  private long runStartNanos;
  private long inFlight;
  private long stalledAt = -1;

  PublisherLink(Session session, LoopStats stats, Plan plan, DeliveryWindow window) {
    super(session, stats);
    this.plan = plan;
    this.window = window;
    this.sentNanos = new long[plan.qos() == 0 ? 1 : plan.inFlightMax()];
  }

  void start() {
    running = true;
    runStartNanos = System.nanoTime();
    sentOfRun = 0;
    tick();
  }

  void stop() {
    running = false;
  }

  long sent() {
    return sent;
  }

  /** Whether all that was sent was acknowledged and delivered. */
  boolean isQuiet() {
    return inFlight == 0 && window.outstanding(sent) <= 0;
  }

  /** Keeps the pace at a rate, and otherwise looks whether the window got stuck. */
  private void tick() {
    if (!running) {
      return;
    }
    if (plan.perSecond() == 0) {
      forgiveLosses();
    }
    publish();
    flush();
    long micros = plan.perSecond() > 0 ? TICK_MICROS : STALLED_AFTER.toNanos() / 2_000;
    if (channel() != null && channel().isActive()) {
      channel().eventLoop().schedule(this::tick, micros, TimeUnit.MICROSECONDS);
    }
  }

  /** What was lost at QoS 0 never comes: after a second without progress, stop waiting for it. */
  private void forgiveLosses() {
    long delivered = window.delivered();
    long due = window.outstanding(sent);
    if (plan.qos() == 0 && due > 0 && delivered == stalledAt) {
      window.delivered(due);
    }
    stalledAt = window.delivered();
  }

  private void publish() {
    int room = BATCH_MAX;
    while (running && room-- > 0 && isWritable() && window.allowsAfter(sent)) {
      long now = System.nanoTime();
      long stamp = now;
      if (plan.perSecond() > 0) {
        stamp = runStartNanos + (long) (sentOfRun * 1e9 / plan.perSecond());
        if (stamp > now) {
          return;
        }
      }
      int slot = plan.qos() == 0 ? 0 : (int) (sent % sentNanos.length);
      if (plan.qos() > 0) {
        if (sentNanos[slot] != 0) {
          return; // the oldest is not acknowledged yet
        }
        sentNanos[slot] = stamp;
        inFlight++;
      }
      plan.packet().write(out(), slot + 1, stamp, plan.number(sent));
      sent++;
      sentOfRun++;
      stats.published++;
    }
  }

  private boolean isInFlight(int slot) {
    return slot >= 0 && slot < sentNanos.length && sentNanos[slot] != 0;
  }

  @Override
  void received(int packetId) {
    if (isInFlight(packetId - 1)) {
      releasing.set(packetId - 1);
    } else {
      stats.failed("PUBREC of nothing in flight");
    }
  }

  @Override
  void acknowledged(int packetId) {
    int slot = packetId - 1;
    if (!isInFlight(slot)) {
      stats.failed("acknowledgement of nothing in flight");
      return;
    }
    releasing.clear(slot);
    stats.acknowledgedAfter(readNanos() - sentNanos[slot]);
    stats.acknowledged++;
    sentNanos[slot] = 0;
    inFlight--;
  }

  @Override
  void completed(int packetId) {
    if (isInFlight(packetId - 1) && !releasing.get(packetId - 1)) {
      stats.failed("PUBCOMP before PUBREC");
    }
    acknowledged(packetId);
  }

  @Override
  void batchRead() {
    refill();
  }

  /** Subscribers received something: perhaps there is room. Any thread. */
  void windowMoved() {
    if (inLoop()) {
      refill();
      flush();
    } else if (woken.compareAndSet(false, true)) {
      onLoop(
          () -> {
            woken.set(false);
            refill();
            flush();
          });
    }
  }

  private void refill() {
    if (plan.perSecond() == 0
        && inFlight <= sentNanos.length / 2
        && window.wantsRefillAfter(sent)) {
      publish();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    publish();
    flush();
  }
}
