package io.weft.stats.export;

import com.google.re2j.Pattern;
import io.weft.stats.Counter;
import io.weft.stats.Gauge;
import io.weft.stats.Histogram;
import io.weft.stats.Stat;
import io.weft.stats.TextReadout;
import org.jspecify.annotations.Nullable;

/**
 * Which statistics are wanted, and how histograms are shown.
 *
 * @param filter found anywhere in the name; null for all
 * @param usedOnly leaves out what was never written
 */
public record StatsQuery(
    @Nullable Pattern filter, boolean usedOnly, Type type, HistogramBuckets buckets) {

  public static final StatsQuery ALL =
      new StatsQuery(null, false, Type.ALL, HistogramBuckets.SUMMARY);

  /** Envoy's {@code type} parameter. */
  public enum Type {
    ALL("All"),
    COUNTERS("Counters"),
    GAUGES("Gauges"),
    HISTOGRAMS("Histograms"),
    TEXT_READOUTS("TextReadouts");

    private final String text;

    Type(String text) {
      this.text = text;
    }

    /** The type of that name, null if there is none. */
    public static @Nullable Type of(String text) {
      for (var type : values()) {
        if (type.text.equals(text)) {
          return type;
        }
      }
      return null;
    }
  }

  /** Envoy's {@code histogram_buckets} parameter; {@code none} is SUMMARY. */
  public enum HistogramBuckets {
    /** Quantiles. */
    SUMMARY,
    /** How many values are at most each bound. */
    CUMULATIVE,
    /** How many values lie between each bound and the one before. */
    DISJOINT
  }

  boolean wants(Stat stat) {
    return wantsType(stat)
        && (!usedOnly || stat.used())
        && (filter == null || filter.matcher(stat.name()).find());
  }

  private boolean wantsType(Stat stat) {
    return type == Type.ALL
        || type
            == switch (stat) {
              case Counter _ -> Type.COUNTERS;
              case Gauge _ -> Type.GAUGES;
              case Histogram _ -> Type.HISTOGRAMS;
              case TextReadout _ -> Type.TEXT_READOUTS;
            };
  }
}
