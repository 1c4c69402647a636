package io.weft.stats.export;

import java.util.List;

/** Envoy's default histogram bounds and quantiles. */
final class Buckets {
  static final List<Double> BOUNDS =
      List.of(
          0.5,
          1.0,
          5.0,
          10.0,
          25.0,
          50.0,
          100.0,
          250.0,
          500.0,
          1000.0,
          2500.0,
          5000.0,
          10_000.0,
          30_000.0,
          60_000.0,
          300_000.0,
          600_000.0,
          1_800_000.0,
          3_600_000.0);

  static final List<Double> QUANTILES =
      List.of(0.0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 1.0);

  private Buckets() {}

  /** A quantile in percent: 99.5. */
  static String percent(double quantile) {
    return Lines.plain(Math.round(quantile * 1000) / 10.0);
  }
}
