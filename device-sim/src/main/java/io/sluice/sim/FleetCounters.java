package io.sluice.sim;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;

/** The live counts of a fleet. Any thread. */
final class FleetCounters {
  private static final long LATENCY_NANOS_MAX = Duration.ofMinutes(10).toNanos();
  private static final int REASONS_MAX = 64;
  private static final String OTHER = "other reasons";

  final AtomicInteger connected = new AtomicInteger();

  /** One count for each device that has not connected yet. */
  final CountDownLatch neverConnected;

  final LongAdder connectionsLost = new LongAdder();
  final LongAdder published = new LongAdder();
  final LongAdder acknowledged = new LongAdder();
  final LongAdder failed = new LongAdder();
  final LongAdder withheld = new LongAdder();
  final LongAdder deltasReceived = new LongAdder();
  final LongAdder reported = new LongAdder();
  final LongAdder reportsFailed = new LongAdder();

  private final Map<String, LongAdder> failures = new ConcurrentHashMap<>();
  private final Recorder latency = new Recorder(LATENCY_NANOS_MAX, 3);
  private final Histogram latencyTotal = new Histogram(LATENCY_NANOS_MAX, 3); // guarded by itself

  FleetCounters(int devices) {
    neverConnected = new CountDownLatch(devices);
  }

  void latency(long nanos) {
    latency.recordValue(Math.max(0, Math.min(nanos, LATENCY_NANOS_MAX)));
  }

  /** Counts a reason; past {@value #REASONS_MAX} different ones, under {@value #OTHER}. */
  void failure(String reason) {
    boolean room = failures.size() < REASONS_MAX || failures.containsKey(reason);
    failures.computeIfAbsent(room ? reason : OTHER, unused -> new LongAdder()).increment();
  }

  FleetReport report(String scenario, int devices, Duration elapsed) {
    Map<String, Long> reasons = new HashMap<>();
    failures.forEach((reason, count) -> reasons.put(reason, count.sum()));
    long acknowledgedNow = acknowledged.sum(); // before published, or a race shows fewer published
    long failedNow = failed.sum();
    long publishedNow = published.sum();
    return new FleetReport(
        scenario,
        devices,
        elapsed,
        connected.get(),
        devices - (int) neverConnected.getCount(),
        connectionsLost.sum(),
        publishedNow,
        acknowledgedNow,
        failedNow,
        publishedNow - acknowledgedNow - failedNow,
        withheld.sum(),
        deltasReceived.sum(),
        reported.sum(),
        reportsFailed.sum(),
        latencySummary(),
        reasons);
  }

  private LatencySummary latencySummary() {
    synchronized (latencyTotal) {
      latencyTotal.add(latency.getIntervalHistogram());
      return LatencySummary.ofNanos(latencyTotal);
    }
  }
}
