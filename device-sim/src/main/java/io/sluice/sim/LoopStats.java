package io.sluice.sim;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * What happened on one event loop of the bench, or the sum of several. Confined to its loop; {@link
 * #copy} is made there too.
 */
final class LoopStats {
  private static final long NANOS_MAX = Duration.ofMinutes(5).toNanos();

  final Histogram delivery = new Histogram(NANOS_MAX, 3);
  final Histogram acknowledgement = new Histogram(NANOS_MAX, 3);
  final Map<String, Long> failures = new HashMap<>();
  long published;
  long acknowledged;
  long delivered;

  /** Deliveries whose number is not the one after the last: lost, doubled or overtaken. */
  long outOfOrder;

  void deliveredAfter(long nanos) {
    delivery.recordValue(bounded(nanos));
  }

  void acknowledgedAfter(long nanos) {
    acknowledgement.recordValue(bounded(nanos));
  }

  void failed(String reason) {
    failures.merge(reason, 1L, Long::sum);
  }

  private static long bounded(long nanos) {
    return Math.max(0, Math.min(nanos, NANOS_MAX));
  }

  /** Forgets what was timed, not what was counted: counts are compared at the end. */
  void resetTimes() {
    delivery.reset();
    acknowledgement.reset();
  }

  LoopStats copy() {
    LoopStats copy = new LoopStats();
    copy.add(this);
    return copy;
  }

  void add(LoopStats other) {
    delivery.add(other.delivery);
    acknowledgement.add(other.acknowledgement);
    other.failures.forEach((reason, count) -> failures.merge(reason, count, Long::sum));
    published += other.published;
    acknowledged += other.acknowledged;
    delivered += other.delivered;
    outOfOrder += other.outOfOrder;
  }
}
