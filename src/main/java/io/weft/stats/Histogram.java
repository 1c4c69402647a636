package io.weft.stats;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A distribution of whole numbers, with quantiles of all time and of the last interval. Shared; any
 * thread may record. A carrier that never recorded costs nothing, one that did about 0.8 KiB a
 * power of ten.
 */
public final class Histogram extends Stat {
  /** What its values are. */
  public enum Unit {
    UNSPECIFIED,
    BYTES,
    MICROSECONDS,
    MILLISECONDS,
    PERCENT
  }

  private final Unit unit;
  private final boolean deferred;

  /** [0] for threads that are no carrier's, then one a carrier. Replaced when it grows. */
  private volatile @Nullable Bins[] shards = new Bins[0];

  private HistogramSnapshot flushed = HistogramSnapshot.EMPTY;
  private volatile HistogramSnapshot interval = HistogramSnapshot.EMPTY;

  Histogram(Group group, String suffix, Unit unit, boolean deferred) {
    super(group, suffix);
    this.unit = unit;
    this.deferred = deferred;
  }

  /** Records one value; a negative one counts as 0. */
  public void record(long value) {
    int shard = Here.carrier() + 1;
    var all = shards;
    var bins = shard < all.length ? all[shard] : null;
    if (bins == null) {
      bins = addShard(shard);
    }
    bins.record(value);
  }

  public Unit unit() {
    return unit;
  }

  /** Everything recorded so far. */
  public HistogramSnapshot cumulative() {
    var all = shards;
    if (all.length == 0) {
      return HistogramSnapshot.EMPTY;
    }
    var counts = new BinCounts();
    long sum = 0;
    for (var bins : all) {
      if (bins != null) {
        bins.addTo(counts);
        sum += bins.sum();
      }
    }
    return counts.snapshot(sum);
  }

  /** What was recorded in the last whole interval between two {@link Stats#flush}. */
  public HistogramSnapshot interval() {
    return interval;
  }

  @Override
  public boolean used() {
    return shards.length > 0;
  }

  @Override
  boolean deferred() {
    return deferred;
  }

  @Override
  public int slot() {
    return -1;
  }

  synchronized void flush() {
    if (used()) {
      var now = cumulative();
      interval = now.since(flushed);
      flushed = now;
    }
  }

  private synchronized Bins addShard(int shard) {
    var all = shards;
    if (shard < all.length) {
      var there = all[shard];
      if (there != null) {
        return there;
      }
    }
    var grown = Arrays.copyOf(all, Math.max(all.length, shard + 1));
    var fresh = new Bins(shard == 0);
    grown[shard] = fresh;
    shards = grown;
    group().noteFirstWrite();
    return fresh;
  }
}
