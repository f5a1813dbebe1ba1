package io.sluice.session;

import java.util.concurrent.atomic.LongAdder;

/** What happened to messages in this room, counted since the start of the process. Any thread. */
public final class SessionCounters {
  public final LongAdder inboxAppended = new LongAdder();
  public final LongAdder inboxAcknowledged = new LongAdder();
  public final LongAdder inboxDroppedFull = new LongAdder();
  public final LongAdder inboxDroppedOldest = new LongAdder();
  public final LongAdder inboxDroppedExpired = new LongAdder();
  public final LongAdder retainedRefusedFull = new LongAdder();
  public final LongAdder sessionsExpired = new LongAdder();
  public final LongAdder willsPublished = new LongAdder();
  public final LongAdder sharedHandedOn = new LongAdder();
  public final LongAdder sharedDropped = new LongAdder();
  public final LongAdder takeovers = new LongAdder();
  public final LongAdder directDelivered = new LongAdder();
  public final LongAdder directFailed = new LongAdder();
}
