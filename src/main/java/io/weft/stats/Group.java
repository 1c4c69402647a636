package io.weft.stats;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The statistics whose names differ only after their last dot. Guarded by itself. */
final class Group {
  private static final Stat[] NONE = {};
  private static final int INDEXED = 256;

  private final String prefix;
  private final Cells cells;
  private Stat[] stats = NONE;
  private int count;

  /** By suffix, for a large group; a small one is searched and spares the memory. */
  private @Nullable Map<String, List<Stat>> index;

  private volatile boolean awake;

  /** The group whose traffic is also this one's, such as the cluster of a circuit breaker. */
  private volatile @Nullable Group wokenBy;

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
    var other = wokenBy;
    if (other != null && !other.dormant()) {
      awake = true;
      return false;
    }
    for (var stat : list()) {
      // A computed gauge is never written: it wakes with the others.
      if (stat.deferred() && !(stat instanceof ComputedGauge) && stat.used()) {
        awake = true;
        return false;
      }
    }
    return true;
  }

  void wakeWith(Group other) {
    wokenBy = other;
  }

  /** True only if nothing was written; finds that out without looking at every statistic. */
  boolean untouched() {
    var other = wokenBy;
    return untouchedHere() && (other == null || other.untouched());
  }

  private synchronized boolean untouchedHere() {
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
    // What is there stays as it is: add writes behind it, or into a new array.
    return Arrays.asList(stats).subList(0, count);
  }

  synchronized <T extends Stat> @Nullable T find(String suffix, Class<T> type) {
    if (index != null) {
      for (var stat : index.getOrDefault(suffix, List.of())) {
        if (type.isInstance(stat)) {
          return type.cast(stat);
        }
      }
      return null;
    }
    for (int i = 0; i < count; i++) {
      if (stats[i].suffix().equals(suffix) && type.isInstance(stats[i])) {
        return type.cast(stats[i]);
      }
    }
    return null;
  }

  synchronized void add(Stat stat) {
    if (count == stats.length) {
      stats = Arrays.copyOf(stats, count + Math.max(8, count / 4));
    }
    stats[count++] = stat;
    if (index != null) {
      index(stat, index);
    } else if (count > INDEXED) {
      var fresh = new HashMap<String, List<Stat>>();
      list().forEach(each -> index(each, fresh));
      index = fresh;
    }
    if (stat.deferred()) {
      if (stat instanceof Histogram histogram) {
        histograms = Arrays.copyOf(histograms, histograms.length + 1);
        histograms[histograms.length - 1] = histogram;
      } else if (stat.slot() >= 0) {
        firstSlot = Math.min(firstSlot, stat.slot());
        lastSlot = Math.max(lastSlot, stat.slot());
      }
    }
  }

  private static void index(Stat stat, Map<String, List<Stat>> into) {
    into.merge(
        stat.suffix(),
        List.of(stat),
        (some, more) -> Stream.concat(some.stream(), more.stream()).toList());
  }
}
