package io.sluice.sim;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.Locale;
import org.HdrHistogram.AbstractHistogram;

/** Percentiles of a latency, in microseconds; all 0 when nothing was counted. */
@JsonPropertyOrder({"count", "p50", "p90", "p99", "p999", "max"})
public record LatencySummary(long count, long p50, long p90, long p99, long p999, long max) {

  /**
   * @param histogram of nanoseconds; borrowed
   */
  static LatencySummary ofNanos(AbstractHistogram histogram) {
    return new LatencySummary(
        histogram.getTotalCount(),
        micros(histogram.getValueAtPercentile(50)),
        micros(histogram.getValueAtPercentile(90)),
        micros(histogram.getValueAtPercentile(99)),
        micros(histogram.getValueAtPercentile(99.9)),
        micros(histogram.getMaxValue()));
  }

  private static long micros(long nanos) {
    return (nanos + 500) / 1_000;
  }

  /** {@code 870 us}, {@code 12.4 ms}, {@code 3.05 s}: three digits, the unit that fits. */
  static String words(long micros) {
    if (micros < 1_000) {
      return micros + " us";
    }
    double value = micros < 1_000_000 ? micros / 1e3 : micros / 1e6;
    String digits =
        String.format(Locale.ROOT, value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%.0f", value);
    return digits + (micros < 1_000_000 ? " ms" : " s");
  }

  /** The percentiles as people read them. */
  String words() {
    return count == 0
        ? "none counted"
        : "p50 %s  p99 %s  p99.9 %s  max %s"
            .formatted(words(p50), words(p99), words(p999), words(max));
  }
}
