package io.sluice.gateway;

import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * What the rooms counted, in the words of Prometheus. Nothing is kept here: values are read when
 * they are asked for, so that labels may appear as they are first counted, and histograms cost
 * their rooms two additions a value.
 */
final class Exposition {
  /** Buckets are powers of two; the first that is shown, and how many. */
  private static final int FIRST = 1;

  private static final int LAST = 38;

  private final PrometheusRegistry registry;

  Exposition(PrometheusRegistry registry) {
    this.registry = registry;
  }

  /** A number that only grows; {@code _total} is put behind its name. */
  void counter(String name, String help, LongSupplier value) {
    counters(name, help, "", () -> Map.of("", value.getAsLong()));
  }

  /** One that is told apart by a label. */
  void counters(String name, String help, String label, Supplier<Map<String, Long>> values) {
    registry.register(
        () -> {
          CounterSnapshot.Builder family = CounterSnapshot.builder().name(name).help(help);
          values
              .get()
              .forEach(
                  (key, value) ->
                      family.dataPoint(
                          CounterDataPointSnapshot.builder()
                              .labels(labels(label, key))
                              .value(value)
                              .build()));
          return family.build();
        });
  }

  /** One that is told apart by two labels. */
  void counters(
      String name,
      String help,
      String outer,
      String inner,
      Supplier<? extends Map<String, ? extends Map<String, Long>>> values) {
    registry.register(
        () -> {
          CounterSnapshot.Builder family = CounterSnapshot.builder().name(name).help(help);
          values
              .get()
              .forEach(
                  (key, row) ->
                      row.forEach(
                          (innerKey, value) ->
                              family.dataPoint(
                                  CounterDataPointSnapshot.builder()
                                      .labels(Labels.of(outer, key, inner, innerKey))
                                      .value(value)
                                      .build())));
          return family.build();
        });
  }

  /** A number that goes up and down. */
  void gauge(String name, String help, LongSupplier value) {
    registry.register(
        () ->
            GaugeSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(
                    GaugeDataPointSnapshot.builder()
                        .labels(Labels.EMPTY)
                        .value((double) value.getAsLong())
                        .build())
                .build());
  }

  /** One that is told apart by two labels. */
  void gauges(
      String name,
      String help,
      String outer,
      String inner,
      Supplier<? extends Map<String, ? extends Map<String, ? extends Number>>> values) {
    registry.register(
        () -> {
          GaugeSnapshot.Builder family = GaugeSnapshot.builder().name(name).help(help);
          values
              .get()
              .forEach(
                  (key, row) ->
                      row.forEach(
                          (innerKey, value) ->
                              family.dataPoint(
                                  GaugeDataPointSnapshot.builder()
                                      .labels(Labels.of(outer, key, inner, innerKey))
                                      .value(value.doubleValue())
                                      .build())));
          return family.build();
        });
  }

  /**
   * A histogram whose bucket i counts the values from 2^(i-1) up to but not including 2^i.
   *
   * @param unit what one of the values is in the unit of the name, such as 1e-9
   */
  void histogram(String name, String help, double unit, Supplier<long[]> counts, LongSupplier sum) {
    registry.register(
        () ->
            HistogramSnapshot.builder()
                .name(name)
                .help(help)
                .dataPoint(
                    HistogramDataPointSnapshot.builder()
                        .labels(Labels.EMPTY)
                        .classicHistogramBuckets(buckets(counts.get(), unit))
                        .sum(sum.getAsLong() * unit)
                        .build())
                .build());
  }

  /** The values below the first bound and beyond the last fall into the buckets at the ends. */
  private static ClassicHistogramBuckets buckets(long[] counts, double unit) {
    int shown = LAST - FIRST + 1;
    double[] bounds = new double[shown + 1];
    long[] sums = new long[shown + 1];
    for (int i = 0; i < shown; i++) {
      bounds[i] = (double) (1L << (FIRST + i)) * unit;
    }
    bounds[shown] = Double.POSITIVE_INFINITY;
    for (int i = 0; i < counts.length; i++) {
      sums[Math.min(shown, Math.max(0, i - FIRST))] += counts[i];
    }
    return ClassicHistogramBuckets.of(bounds, sums);
  }

  private static Labels labels(String label, String value) {
    return label.isEmpty() ? Labels.EMPTY : Labels.of(label, value);
  }
}
