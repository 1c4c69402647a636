package io.weft.stats.export;

import io.weft.stats.Counter;
import io.weft.stats.Gauge;
import io.weft.stats.Histogram;
import io.weft.stats.Stat;
import io.weft.stats.Stats;
import io.weft.stats.TextReadout;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The statistics of a registry in the order Envoy prints them: text readouts, counters with gauges,
 * histograms, each by name. Sorted anew when statistics came or went. Shared.
 */
final class SortedStats {
  private final Stats stats;
  private Sorted sorted = new Sorted(-1, List.of());

  private record Sorted(long version, List<Stat> list) {}

  SortedStats(Stats stats) {
    this.stats = stats;
  }

  synchronized List<Stat> list() {
    long version = stats.version();
    if (sorted.version != version) {
      var list = new ArrayList<Stat>();
      stats.forEach(list::add);
      list.sort(Comparator.comparingInt(SortedStats::kind).thenComparing(SortedStats::byName));
      sorted = new Sorted(version, List.copyOf(list));
    }
    return sorted.list;
  }

  private static int kind(Stat stat) {
    return switch (stat) {
      case TextReadout _ -> 0;
      case Counter _, Gauge _ -> 1;
      case Histogram _ -> 2;
    };
  }

  /** Compares the names without making them: there may be a million. */
  static int byName(Stat a, Stat b) {
    var one = a.prefix();
    var other = b.prefix();
    if (one.equals(other)) {
      return a.suffix().compareTo(b.suffix());
    }
    int common = Math.min(one.length(), other.length());
    for (int i = 0; i < common; i++) {
      int order = one.charAt(i) - other.charAt(i);
      if (order != 0) {
        return order;
      }
    }
    return a.name().compareTo(b.name());
  }
}
