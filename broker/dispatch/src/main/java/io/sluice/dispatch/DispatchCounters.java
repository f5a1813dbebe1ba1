package io.sluice.dispatch;

import io.sluice.store.Buckets;
import java.util.concurrent.atomic.LongAdder;

/** What became of publications, counted since the start of the process. Any thread. */
public final class DispatchCounters {
  /** Publications taken, by whatever way they came in. */
  public final LongAdder published = new LongAdder();

  /** Of these, those that something durable listened to. */
  public final LongAdder durable = new LongAdder();

  /** Handed to connections of online subscribers. */
  public final LongAdder delivered = new LongAdder();

  /** Nobody listened. */
  public final LongAdder nobody = new LongAdder();

  /** To a topic below {@code $} that no room owns. */
  public final LongAdder droppedReserved = new LongAdder();

  /** The ingress log refused: too many appends wait, or the disk failed. */
  public final LongAdder refused = new LongAdder();

  /** Refused because an inbox or an outbox that would have to keep them is full. */
  public final LongAdder refusedFull = new LongAdder();

  /** Of a shared subscription, and no member was there to take them. */
  public final LongAdder droppedShared = new LongAdder();

  /** From the arrival of a logged publication until its effects were decided, microseconds. */
  public final Buckets ingressMicros = new Buckets();

  /** Log records that could not be read. */
  public final LongAdder unreadable = new LongAdder();
}
