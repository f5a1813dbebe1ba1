package io.sluice.transport;

import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jctools.queues.MpscUnboundedArrayQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the connections of one event loop share: the mailbox through which other threads reach them,
 * and the list of those with bytes to flush. Many writes, one flush: a connection is flushed once
 * at the end of a batch, however many messages the batch had for it.
 *
 * <p>{@link #post} from any thread; everything else on the loop.
 */
final class Loop {
  private static final Logger LOG = LoggerFactory.getLogger(Loop.class);
  private static final int DRAIN_BATCH_MAX = 2048;

  private final EventLoop eventLoop;
  private final Congestion congestion;
  private final Congestion.OfLoop share;
  private final MpscUnboundedArrayQueue<Runnable> mailbox = new MpscUnboundedArrayQueue<>(1024);
  private final AtomicBoolean draining = new AtomicBoolean();
  private final ArrayList<MqttConnection> touched = new ArrayList<>();
  private final Runnable drain = this::drain;
  private final Runnable flush = this::flush;
  private boolean flushScheduled;

  Loop(EventLoop eventLoop, Congestion congestion) {
    this.eventLoop = eventLoop;
    this.congestion = congestion;
    this.share = congestion.new OfLoop();
  }

  /** Whether some event loop is behind with what the others leave for it. */
  boolean isCongested() {
    return congestion.isHigh();
  }

  boolean isHere() {
    return eventLoop.inEventLoop();
  }

  EventLoop eventLoop() {
    return eventLoop;
  }

  /**
   * Leaves work for the loop; it runs in the order of the posts of one thread.
   *
   * <p>The mailbox itself has no bound: what is posted is bounded by its senders (acknowledgements
   * by the receive maximum, inbox messages by their window), and {@link #backlog} lets deliveries
   * be dropped instead.
   */
  void post(Runnable work) {
    mailbox.offer(work);
    if (!draining.get() && draining.compareAndSet(false, true)) {
      eventLoop.execute(drain);
    }
  }

  /** How much waits in the mailbox, roughly. Any thread. */
  int backlog() {
    return mailbox.size();
  }

  private void drain() {
    draining.set(false); // before polling: a post racing with the last poll schedules its own drain
    for (int n = 0; n < DRAIN_BATCH_MAX; n++) {
      Runnable work = mailbox.poll();
      if (work == null) {
        break;
      }
      run(work);
    }
    flush();
    share.backlog(mailbox.size());
    if (!mailbox.isEmpty() && draining.compareAndSet(false, true)) {
      eventLoop.execute(drain); // sockets first
    }
  }

  private static void run(Runnable work) {
    try {
      work.run();
    } catch (RuntimeException ours) { // the border: the loop carries thousands of others
      LOG.error("work of an event loop failed", ours);
    }
  }

  /**
   * The connection has bytes to flush, and is not in the list. They leave when the loop has read
   * from all sockets that were ready: many reads, one flush.
   */
  void touch(MqttConnection connection) {
    touched.add(connection);
    if (!flushScheduled) {
      flushScheduled = true;
      eventLoop.execute(flush); // on the loop itself: no wakeup
    }
  }

  /** Flushes all connections that were touched. */
  void flush() {
    flushScheduled = false;
    for (int i = 0; i < touched.size(); i++) { // the list may grow while we flush
      MqttConnection connection = touched.get(i);
      try {
        connection.flushPending();
      } catch (RuntimeException ours) { // the border, as above
        LOG.error("flushing a connection failed", ours);
      }
    }
    touched.clear();
  }
}
