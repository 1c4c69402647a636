package io.weft.stats.export;

import io.weft.stats.Counter;
import io.weft.stats.Gauge;
import io.weft.stats.Histogram;
import io.weft.stats.Stat;
import io.weft.stats.Stats;
import io.weft.stats.TextReadout;
import java.io.IOException;
import java.io.OutputStream;

/** Writes statistics as Envoy's {@code /stats} does, a line each. Shared. */
public final class StatsText {
  private final SortedStats sorted;

  public StatsText(Stats stats) {
    this.sorted = new SortedStats(stats);
  }

  /** Blocks while {@code out} does. */
  public void write(OutputStream out, StatsQuery query) throws IOException {
    var lines = new Lines(out);
    for (var stat : sorted.list()) {
      if (query.wants(stat)) {
        write(stat, query, lines);
      }
    }
    lines.flush();
  }

  private static void write(Stat stat, StatsQuery query, Lines lines) throws IOException {
    lines.text(stat.prefix()).text(stat.suffix()).text(": ");
    switch (stat) {
      case Counter counter -> lines.number(counter.value());
      case Gauge gauge -> lines.number(gauge.value());
      case TextReadout text -> lines.json(text.value());
      case Histogram histogram -> write(histogram, query.buckets(), lines);
    }
    lines.ascii('\n');
  }

  private static void write(Histogram histogram, StatsQuery.HistogramBuckets buckets, Lines lines)
      throws IOException {
    var interval = histogram.interval();
    var cumulative = histogram.cumulative();
    if (cumulative.count() == 0) {
      lines.text("No recorded values");
      return;
    }
    var gap = "";
    if (buckets == StatsQuery.HistogramBuckets.SUMMARY) {
      for (double quantile : Buckets.QUANTILES) {
        lines.text(gap).ascii('P').text(Buckets.percent(quantile)).ascii('(');
        lines.number(interval.quantile(quantile)).ascii(',');
        lines.number(cumulative.quantile(quantile)).ascii(')');
        gap = " ";
      }
      return;
    }
    boolean disjoint = buckets == StatsQuery.HistogramBuckets.DISJOINT;
    long intervalBefore = 0;
    long cumulativeBefore = 0;
    for (double bound : Buckets.BOUNDS) {
      long inInterval = interval.countAtMost(bound);
      long inAll = cumulative.countAtMost(bound);
      lines.text(gap).ascii('B').number(bound).ascii('(').number(inInterval - intervalBefore);
      lines.ascii(',').number(inAll - cumulativeBefore).ascii(')');
      gap = " ";
      if (disjoint) {
        intervalBefore = inInterval;
        cumulativeBefore = inAll;
      }
    }
  }
}
