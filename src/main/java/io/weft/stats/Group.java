package io.weft.stats;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The statistics whose names differ only after their last dot. Guarded by itself. */
final class Group {
  private static final Stat[] NONE = {};

  private final String prefix;
  private Stat[] stats = NONE;
  private volatile boolean awake;

  Group(String prefix) {
    this.prefix = prefix;
  }

  String prefix() {
    return prefix;
  }

  /** Whether none of its deferred statistics was ever written. */
  boolean dormant() {
    if (awake) {
      return false;
    }
    for (var stat : list()) {
      if (stat.deferred() && stat.used()) {
        awake = true;
        return false;
      }
    }
    return true;
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
  }
}
