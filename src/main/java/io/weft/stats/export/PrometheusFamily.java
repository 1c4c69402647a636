package io.weft.stats.export;

import io.weft.stats.Gauge;
import io.weft.stats.Histogram;
import io.weft.stats.Stat;
import io.weft.stats.Values;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * All series of one name, in the order of their statistics' names. Immutable. Slots and labels are
 * arrays of numbers: a scrape walks them without visiting a hundred thousand objects.
 */
final class PrometheusFamily {
  /** In the order in which Envoy prints them. */
  enum Kind {
    COUNTER("counter"),
    GAUGE("gauge"),
    HISTOGRAM("histogram");

    private final String text;

    Kind(String text) {
      this.text = text;
    }
  }

  private final byte[] name;
  private final Kind kind;
  private final Stat[] stats;
  private final int[] slots;

  /** For each series, where its labels start in the index' labels, and where they end. */
  private final int[] labels;

  /**
   * @param labels two numbers a statistic, start and end
   */
  PrometheusFamily(String name, Kind kind, List<Stat> stats, int[] labels) {
    this.name = name.getBytes(StandardCharsets.US_ASCII);
    this.kind = kind;
    this.stats = stats.toArray(Stat[]::new);
    this.slots = stats.stream().mapToInt(Stat::slot).toArray();
    this.labels = labels;
  }

  void write(StatsQuery query, Values values, byte[] allLabels, Lines lines) throws IOException {
    boolean all = query.equals(StatsQuery.ALL);
    boolean begun = false;
    for (int i = 0; i < slots.length; i++) {
      if (!all && !query.wants(stats[i])) {
        continue;
      }
      if (!begun) {
        begun = true;
        lines.text("# TYPE ").bytes(name).ascii(' ').text(kind.text).ascii('\n');
      }
      int from = labels[2 * i];
      int to = labels[2 * i + 1];
      // The kind first: looking at the object would fetch it from memory.
      if (kind == Kind.HISTOGRAM && stats[i] instanceof Histogram histogram) {
        write(histogram, allLabels, from, to, lines);
      } else {
        lines.bytes(name).ascii('{').bytes(allLabels, from, to).ascii('}').ascii(' ');
        lines.number(value(i, values)).ascii('\n');
      }
    }
  }

  private long value(int i, Values values) {
    if (slots[i] >= 0) {
      return values.of(slots[i]);
    }
    return stats[i] instanceof Gauge computed ? computed.value() : 0;
  }

  private void write(Histogram histogram, byte[] allLabels, int from, int to, Lines lines)
      throws IOException {
    var all = histogram.cumulative();
    var comma = from == to ? "" : ",";
    for (double bound : Buckets.BOUNDS) {
      lines.bytes(name).text("_bucket{").bytes(allLabels, from, to).text(comma).text("le=\"");
      lines.number(bound).text("\"} ").number(all.countAtMost(bound)).ascii('\n');
    }
    lines.bytes(name).text("_bucket{").bytes(allLabels, from, to).text(comma);
    lines.text("le=\"+Inf\"} ").number(all.count()).ascii('\n');
    lines.bytes(name).text("_sum{").bytes(allLabels, from, to).text("} ");
    lines.number(all.sum()).ascii('\n');
    lines.bytes(name).text("_count{").bytes(allLabels, from, to).text("} ");
    lines.number(all.count()).ascii('\n');
  }
}
