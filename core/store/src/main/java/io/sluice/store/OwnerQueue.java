package io.sluice.store;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.LockSupport;
import org.jctools.queues.MpscUnboundedArrayQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One owner thread and the work that waits for it, in order of arrival.
 *
 * <p>{@link #execute} takes all that the house needs to go on (a conveyor's batches, timers: each
 * kind has its own small bound). Requests from outside ask {@link #isFull} first and are refused.
 */
final class OwnerQueue implements Executor {
  private static final Logger LOG = LoggerFactory.getLogger(OwnerQueue.class);
  static final int WAITING_MAX = 1 << 16;
  private static final int CHUNK = 1 << 10;
  private static final int SPINS = 100;

  private final MpscUnboundedArrayQueue<Runnable> work = new MpscUnboundedArrayQueue<>(CHUNK);
  private final Thread thread;
  private volatile boolean idle; // the thread sleeps or is about to
  private volatile boolean closing;

  OwnerQueue(String name) {
    this.thread = new Thread(this::run, name);
    thread.setDaemon(true);
    thread.start();
  }

  /**
   * @throws RejectedExecutionException after {@link #close} began; what was taken before is done
   */
  @Override
  public void execute(Runnable task) {
    if (closing && Thread.currentThread() != thread) { // its own last tasks may still add to it
      throw new RejectedExecutionException("the owner threads are closed");
    }
    work.offer(task);
    if (idle) {
      LockSupport.unpark(thread);
    }
  }

  /** Whether so much waits that requests from outside are refused. */
  boolean isFull() {
    return work.size() >= WAITING_MAX;
  }

  int waiting() {
    return work.size();
  }

  private void run() {
    while (true) {
      boolean last = closing; // read before the queue: what came before closing is still done
      Runnable task = work.poll();
      if (task != null) {
        run(task);
      } else if (last) {
        return;
      } else {
        sleep();
      }
    }
  }

  private static void run(Runnable task) {
    try {
      task.run();
    } catch (Throwable ours) { // the border: our mistake must not end the owner of other state
      LOG.error("work of a partition's owner failed", ours);
    }
  }

  private void sleep() {
    for (int i = 0; i < SPINS; i++) {
      if (!work.isEmpty()) {
        return;
      }
      Thread.onSpinWait();
    }
    idle = true; // before the last look: who adds after it sees idle and wakes us
    if (work.isEmpty() && !closing) {
      LockSupport.park(this);
    }
    idle = false;
  }

  void close() {
    closing = true;
    LockSupport.unpark(thread);
  }

  void join() throws InterruptedException {
    thread.join();
  }
}
