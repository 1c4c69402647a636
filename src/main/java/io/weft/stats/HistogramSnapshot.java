package io.weft.stats;

import java.util.Arrays;

/** What a histogram held at one moment. Immutable. */
public final class HistogramSnapshot {
  public static final HistogramSnapshot EMPTY = new HistogramSnapshot(new int[0], new long[0], 0);

  private final int[] bins;
  private final long[] counts;
  private final long sum;
  private final long count;

  HistogramSnapshot(int[] bins, long[] counts, long sum) {
    this.bins = bins;
    this.counts = counts;
    this.sum = sum;
    this.count = Arrays.stream(counts).sum();
  }

  /** How many values. */
  public long count() {
    return count;
  }

  /** The sum of the values as recorded, not of their bins. */
  public long sum() {
    return sum;
  }

  /**
   * The value below which the share {@code quantile} (0 to 1) of the values lies, interpolated
   * within its bin as circllhist does: one value of 1 gives 1 at 0, 1.05 at 0.5 and 1.1 at 1. NaN
   * without values.
   */
  public double quantile(double quantile) {
    if (count == 0) {
      return Double.NaN;
    }
    double wanted = quantile * count;
    double below = 0;
    int i = 0;
    while (i < bins.length - 1 && below + counts[i] < wanted) {
      below += counts[i++];
    }
    return Bins.lower(bins[i]) + Bins.width(bins[i]) * ((wanted - below) / counts[i]);
  }

  /**
   * How many values are at most {@code bound}. Exact where a bin holds one whole number or ends at
   * the bound, else by the share of the bin's whole numbers.
   */
  public long countAtMost(double bound) {
    long below = 0;
    for (int i = 0; i < bins.length; i++) {
      double lower = Bins.lower(bins[i]);
      if (lower > bound) {
        break;
      }
      double numbers = Math.max(1, Bins.width(bins[i])); // whole numbers in the bin
      double covered = Math.min(numbers, Math.floor(bound) - lower + 1);
      below += covered >= numbers ? counts[i] : (long) (counts[i] * (covered / numbers));
    }
    return below;
  }

  /** What was recorded since {@code earlier}, a snapshot of the same histogram. */
  public HistogramSnapshot since(HistogramSnapshot earlier) {
    if (earlier.count == count) {
      return EMPTY;
    }
    var counts = new BinCounts();
    for (int i = 0; i < bins.length; i++) {
      counts.add(bins[i], this.counts[i]);
    }
    for (int i = 0; i < earlier.bins.length; i++) {
      counts.add(earlier.bins[i], -earlier.counts[i]);
    }
    return counts.snapshot(sum - earlier.sum);
  }
}
