package io.weft.stats;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The statistics whose names differ only after their last dot. Guarded by itself. */
final class Group {
  private static final Stat[] NONE = {};

  private final String prefix;
  private final Cells cells;
  private Stat[] stats = NONE;
  private volatile boolean awake;

  /** The slots of its deferred statistics lie between these; all histograms among them, too. */
  private int firstSlot = Integer.MAX_VALUE;

  private int lastSlot = -1;
  private Histogram[] histograms = {};

  Group(String prefix, Cells cells) {
    this.prefix = prefix;
    this.cells = cells;
  }

  String prefix() {
    return prefix;
  }

  /** Whether none of its deferred statistics was ever written. */
  boolean dormant() {
    if (awake) {
      return false;
    }
    if (untouched()) {
      return true;
    }
    for (var stat : list()) {
      if (stat.deferred() && stat.used()) {
        awake = true;
        return false;
      }
    }
    return true;
  }

  /** True only if nothing was written; finds that out without looking at every statistic. */
  synchronized boolean untouched() {
    for (var histogram : histograms) {
      if (histogram.used()) {
        return false;
      }
    }
    return lastSlot < 0 || !cells.touched(firstSlot, lastSlot);
  }

  /** Something with slots of its own was written first, see {@link Cells#firstWrites}. */
  void noteFirstWrite() {
    cells.noteFirstWrite();
  }

  synchronized List<Stat> list() {
    return Arrays.asList(stats); // never written again: add makes a new array
  }

  synchronized <T extends Stat> @Nullable T find(String suffix, Class<T> type) {
    for (var stat : stats) {
      if (stat.suffix().equals(suffix) && type.isInstance(stat)) {
        return type.cast(stat);
      }
    }
    return null;
  }

  synchronized void add(Stat stat) {
    stats = Arrays.copyOf(stats, stats.length + 1);
    stats[stats.length - 1] = stat;
    if (stat.deferred()) {
      if (stat instanceof Histogram histogram) {
        histograms = Arrays.copyOf(histograms, histograms.length + 1);
        histograms[histograms.length - 1] = histogram;
      } else {
        firstSlot = Math.min(firstSlot, stat.slot());
        lastSlot = Math.max(lastSlot, stat.slot());
      }
    }
  }
}
