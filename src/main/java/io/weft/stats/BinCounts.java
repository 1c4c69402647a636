package io.weft.stats;

import org.jspecify.annotations.Nullable;

/** Counts of bins being added up; takes memory for the powers of ten that occur. For one thread. */
final class BinCounts {
  private long zeros;
  private final long[] @Nullable [] decades = new long[Bins.DECADES][];

  void add(int bin, long n) {
    if (n == 0) {
      return;
    }
    if (bin == 0) {
      zeros += n;
      return;
    }
    int decade = (bin - 1) / Bins.PER_DECADE;
    var counts = decades[decade];
    if (counts == null) {
      counts = new long[Bins.PER_DECADE];
      decades[decade] = counts;
    }
    counts[(bin - 1) % Bins.PER_DECADE] += n;
  }

  HistogramSnapshot snapshot(long sum) {
    int used = zeros > 0 ? 1 : 0;
    for (var decade : decades) {
      if (decade != null) {
        for (long n : decade) {
          used += n > 0 ? 1 : 0;
        }
      }
    }
    if (used == 0) {
      return HistogramSnapshot.EMPTY;
    }
    var bins = new int[used];
    var counts = new long[used];
    int at = 0;
    if (zeros > 0) {
      counts[at++] = zeros;
    }
    for (int d = 0; d < decades.length; d++) {
      var decade = decades[d];
      if (decade != null) {
        for (int i = 0; i < decade.length; i++) {
          if (decade[i] > 0) {
            bins[at] = 1 + d * Bins.PER_DECADE + i;
            counts[at++] = decade[i];
          }
        }
      }
    }
    return new HistogramSnapshot(bins, counts, sum);
  }
}
