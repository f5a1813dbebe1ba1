package io.sluice.shadow;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * What the shadow service did since the start. Counted when decided, so a turn that the disk
 * refused is counted too. Any thread.
 */
public final class ShadowCounters {
  /** Documents, lists and histories read. */
  public final LongAdder reads = new LongAdder();

  /** Versions made, by an update or a roll back. */
  public final LongAdder updates = new LongAdder();

  /** Shadows deleted. */
  public final LongAdder deletes = new LongAdder();

  /** Wills that were not heard. */
  public final LongAdder willsIgnored = new LongAdder();

  private final Map<Integer, LongAdder> rejected = new ConcurrentHashMap<>();

  ShadowCounters() {}

  /** Requests rejected, by their code. */
  public Map<Integer, Long> rejectedByCode() {
    Map<Integer, Long> counts = new TreeMap<>();
    rejected.forEach((code, count) -> counts.put(code, count.sum()));
    return counts;
  }

  void accepted(ShadowRequest request) {
    if (request instanceof ShadowRequest.Update || request instanceof ShadowRequest.RollBack) {
      updates.increment();
    } else if (request instanceof ShadowRequest.Delete) {
      deletes.increment();
    } else {
      reads.increment();
    }
  }

  void rejected(ShadowError error) { // there are a dozen codes, so the map stays small
    rejected.computeIfAbsent(error.code(), code -> new LongAdder()).increment();
  }
}
