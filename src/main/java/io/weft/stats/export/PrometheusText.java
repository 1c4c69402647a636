package io.weft.stats.export;

import io.weft.stats.Counter;
import io.weft.stats.Gauge;
import io.weft.stats.Histogram;
import io.weft.stats.HistogramSnapshot;
import io.weft.stats.Stat;
import io.weft.stats.Stats;
import io.weft.stats.TextReadout;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Writes statistics in Prometheus' text format 0.0.4, with Envoy's names and labels. Shared;
 * scrapes at the same time do not wait for each other.
 *
 * <p>Names and labels are rendered once and kept; a scrape copies them and writes the numbers. What
 * never had traffic ({@link Stat#dormant}) is left out, else ten thousand idle clusters would be 40
 * MB a scrape.
 */
public final class PrometheusText {
  /** The content type of what is written. */
  public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final Stats stats;
  private final TagExtractor tags;
  private @Nullable Index index;

  public PrometheusText(Stats stats, TagExtractor tags) {
    this.stats = stats;
    this.tags = tags;
  }

  /** In the order in which Envoy prints them. */
  private enum Kind {
    COUNTER("1counter"),
    GAUGE("2gauge"),
    HISTOGRAM("3histogram");

    private final String key;

    Kind(String key) {
      this.key = key;
    }

    String type() {
      return key.substring(1);
    }
  }

  /** A text that is copied into each scrape. */
  private static final class Rendered {
    private final byte[] bytes;

    Rendered(String text) {
      this.bytes = text.getBytes(StandardCharsets.UTF_8);
    }
  }

  /**
   * One series of a family: a statistic and its labels, {@code a="b",c="d"}, which others share.
   */
  private record Series(Stat stat, Rendered labels) {}

  /** Series with the same name. */
  private record Family(Rendered name, Kind kind, List<Series> series) {}

  /**
   * Everything there is to write, as of a version.
   *
   * @param dormant one of each group that was left out
   * @param known what was rendered, for the next index
   */
  private record Index(
      long version, List<Family> families, List<Stat> dormant, Map<Stat, Named> known) {}

  private record Named(String family, Rendered labels) {}

  /** Blocks while {@code out} does. */
  public void write(OutputStream out, StatsQuery query) throws IOException {
    var lines = new Lines(out);
    boolean all = query.equals(StatsQuery.ALL);
    for (var family : index().families) {
      boolean begun = false;
      for (var series : family.series) {
        if (!all && !query.wants(series.stat)) {
          continue;
        }
        if (!begun) {
          begun = true;
          lines
              .text("# TYPE ")
              .bytes(family.name.bytes)
              .ascii(' ')
              .text(family.kind.type())
              .ascii('\n');
        }
        switch (series.stat) {
          case Counter counter -> line(family, series, lines).number(counter.value()).ascii('\n');
          case Gauge gauge -> line(family, series, lines).number(gauge.value()).ascii('\n');
          case Histogram histogram -> histogram(family, series, histogram.cumulative(), lines);
          case TextReadout _ -> {} // has no number
        }
      }
    }
    lines.flush();
  }

  private static Lines line(Family family, Series series, Lines lines) throws IOException {
    return lines.bytes(family.name.bytes).ascii('{').bytes(series.labels.bytes).text("} ");
  }

  private static void histogram(Family family, Series series, HistogramSnapshot all, Lines lines)
      throws IOException {
    var comma = series.labels.bytes.length == 0 ? "" : ",";
    for (double bound : Buckets.BOUNDS) {
      lines
          .bytes(family.name.bytes)
          .text("_bucket{")
          .bytes(series.labels.bytes)
          .text(comma)
          .text("le=\"");
      lines.number(bound).text("\"} ").number(all.countAtMost(bound)).ascii('\n');
    }
    lines.bytes(family.name.bytes).text("_bucket{").bytes(series.labels.bytes).text(comma);
    lines.text("le=\"+Inf\"} ").number(all.count()).ascii('\n');
    lines
        .bytes(family.name.bytes)
        .text("_sum{")
        .bytes(series.labels.bytes)
        .text("} ")
        .number(all.sum());
    lines
        .ascii('\n')
        .bytes(family.name.bytes)
        .text("_count{")
        .bytes(series.labels.bytes)
        .text("} ");
    lines.number(all.count()).ascii('\n');
  }

  private synchronized Index index() {
    var present = index;
    if (present == null || present.version != stats.version() || anyAwake(present.dormant)) {
      present = build(present == null ? Map.of() : present.known);
      index = present;
    }
    return present;
  }

  private static boolean anyAwake(List<Stat> dormant) {
    for (var stat : dormant) {
      if (!stat.dormant()) {
        return true;
      }
    }
    return false;
  }

  private Index build(Map<Stat, Named> known) {
    long version = stats.version();
    var dormant = new ArrayList<Stat>();
    var dormantPrefixes = new HashSet<String>();
    var named = new HashMap<Stat, Named>();
    var sharedLabels = new HashMap<String, Rendered>();
    var sharedFamilies = new HashMap<String, String>();
    // Counters before gauges before histograms, each by name, as Envoy does.
    var families = new TreeMap<String, Family>();
    stats.forEach(stat -> {
      if (stat instanceof TextReadout) {
        return;
      }
      if (stat.dormant()) {
        if (dormantPrefixes.add(stat.prefix())) {
          dormant.add(stat);
        }
        return;
      }
      var name = known.get(stat);
      if (name == null) {
        name = name(stat, sharedLabels, sharedFamilies);
      }
      named.put(stat, name);
      var kind = kind(stat);
      var family = name.family;
      families
          .computeIfAbsent(
              kind.key + family, _ -> new Family(new Rendered(family), kind, new ArrayList<>()))
          .series
          .add(new Series(stat, name.labels));
    });
    for (var family : families.values()) {
      family.series.sort((a, b) -> SortedStats.byName(a.stat, b.stat));
    }
    return new Index(version, List.copyOf(families.values()), dormant, named);
  }

  private Named name(
      Stat stat, Map<String, Rendered> sharedLabels, Map<String, String> sharedFamilies) {
    var tagged = tags.extract(stat.name());
    var labels = new StringBuilder();
    for (var tag : tagged.tags()) {
      if (!labels.isEmpty()) {
        labels.append(',');
      }
      labels.append(metricName(tag.name())).append("=\"").append(escape(tag.value())).append('"');
    }
    var family = "envoy_" + metricName(tagged.name());
    return new Named(
        Objects.requireNonNullElse(sharedFamilies.putIfAbsent(family, family), family),
        sharedLabels.computeIfAbsent(labels.toString(), Rendered::new));
  }

  private static Kind kind(Stat stat) {
    return switch (stat) {
      case Counter _ -> Kind.COUNTER;
      case Gauge _ -> Kind.GAUGE;
      case Histogram _ -> Kind.HISTOGRAM;
      case TextReadout _ -> throw new IllegalArgumentException(stat + " (expected: a number)");
    };
  }

  private static String metricName(String name) {
    var clean = new StringBuilder(name);
    for (int i = 0; i < clean.length(); i++) {
      char c = clean.charAt(i);
      boolean fits =
          (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
      if (!fits) {
        clean.setCharAt(i, '_');
      }
    }
    return clean.toString();
  }

  private static String escape(String value) {
    return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
  }
}
