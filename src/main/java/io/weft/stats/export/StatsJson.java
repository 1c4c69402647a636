package io.weft.stats.export;

import io.weft.stats.Counter;
import io.weft.stats.Gauge;
import io.weft.stats.Histogram;
import io.weft.stats.HistogramSnapshot;
import io.weft.stats.Stats;
import io.weft.stats.TextReadout;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;

/** Writes statistics as Envoy's {@code /stats?format=json} does. Shared. */
public final class StatsJson {
  private final SortedStats sorted;

  public StatsJson(Stats stats) {
    this.sorted = new SortedStats(stats);
  }

  /** Blocks while {@code out} does. */
  public void write(OutputStream out, StatsQuery query) throws IOException {
    var lines = new Lines(out);
    var histograms = new ArrayList<Histogram>();
    lines.text("{\"stats\":[");
    var gap = "";
    for (var stat : sorted.list()) {
      if (!query.wants(stat)) {
        continue;
      }
      if (stat instanceof Histogram histogram) {
        histograms.add(histogram);
        continue;
      }
      lines.text(gap).text("{\"name\":").json(stat.name()).text(",\"value\":");
      gap = ",";
      switch (stat) {
        case Counter counter -> lines.number(counter.value());
        case Gauge gauge -> lines.number(gauge.value());
        case TextReadout text -> lines.json(text.value());
        case Histogram _ -> {} // after the others
      }
      lines.ascii('}');
    }
    if (!histograms.isEmpty()) {
      lines.text(gap).text("{\"histograms\":{");
      if (query.buckets() == StatsQuery.HistogramBuckets.SUMMARY) {
        quantiles(histograms, lines);
      } else {
        buckets(histograms, query.buckets(), lines);
      }
      lines.text("}}");
    }
    lines.text("]}");
    lines.flush();
  }

  private static void quantiles(Iterable<Histogram> histograms, Lines lines) throws IOException {
    lines.text("\"supported_quantiles\":[");
    var gap = "";
    for (double quantile : Buckets.QUANTILES) {
      lines.text(gap).text(Buckets.percent(quantile));
      gap = ",";
    }
    lines.text("],\"computed_quantiles\":[");
    gap = "";
    for (var histogram : histograms) {
      var interval = histogram.interval();
      var cumulative = histogram.cumulative();
      lines.text(gap).text("{\"name\":").json(histogram.name()).text(",\"values\":[");
      gap = "";
      for (double quantile : Buckets.QUANTILES) {
        lines.text(gap).text("{\"interval\":");
        value(interval, quantile, lines);
        lines.text(",\"cumulative\":");
        value(cumulative, quantile, lines);
        lines.ascii('}');
        gap = ",";
      }
      lines.text("]}");
    }
    lines.ascii(']');
  }

  private static void value(HistogramSnapshot of, double quantile, Lines lines) throws IOException {
    if (of.count() == 0) {
      lines.text("null");
    } else {
      lines.number(of.quantile(quantile));
    }
  }

  private static void buckets(
      Iterable<Histogram> histograms, StatsQuery.HistogramBuckets kind, Lines lines)
      throws IOException {
    boolean disjoint = kind == StatsQuery.HistogramBuckets.DISJOINT;
    lines.text("\"computed_buckets\":[");
    var gap = "";
    for (var histogram : histograms) {
      var interval = histogram.interval();
      var cumulative = histogram.cumulative();
      lines.text(gap);
      lines.text("{\"name\":").json(histogram.name()).text(",\"buckets\":[");
      gap = "";
      long intervalBefore = 0;
      long cumulativeBefore = 0;
      for (double bound : Buckets.BOUNDS) {
        long inInterval = interval.countAtMost(bound);
        long inAll = cumulative.countAtMost(bound);
        lines.text(gap).text("{\"upper_bound\":").number(bound);
        lines.text(",\"interval\":").number(inInterval - intervalBefore);
        lines.text(",\"cumulative\":").number(inAll - cumulativeBefore).ascii('}');
        gap = ",";
        if (disjoint) {
          intervalBefore = inInterval;
          cumulativeBefore = inAll;
        }
      }
      lines.text("]}");
    }
    lines.ascii(']');
  }
}
