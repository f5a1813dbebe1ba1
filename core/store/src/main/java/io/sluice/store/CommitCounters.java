package io.sluice.store;

import java.util.concurrent.atomic.LongAdder;

/** What {@link GroupCommit} counts. Any thread. */
final class CommitCounters {
  final LongAdder commits = new LongAdder();
  final LongAdder appends = new LongAdder();
  final LongAdder bytes = new LongAdder();
  final LongAdder overloaded = new LongAdder();
  private final LongAdder syncs = new LongAdder();
  private final Buckets writesPerSync = new Buckets();
  private final Buckets syncNanos = new Buckets();

  void synced(long writes, long nanos) {
    syncs.increment();
    writesPerSync.add(writes);
    syncNanos.add(nanos);
  }

  StoreFigures figures() {
    return new StoreFigures(
        commits.sum(),
        appends.sum(),
        bytes.sum(),
        syncs.sum(),
        overloaded.sum(),
        writesPerSync.snapshot(),
        syncNanos.snapshot(),
        writesPerSync.sum(),
        syncNanos.sum());
  }
}
