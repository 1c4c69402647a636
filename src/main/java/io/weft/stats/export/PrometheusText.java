package io.weft.stats.export;

import io.weft.stats.Stats;
import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Writes statistics in Prometheus' text format 0.0.4, with Envoy's names and labels. Shared;
 * scrapes at the same time do not wait for each other.
 *
 * <p>Names and labels are rendered once and kept; a scrape copies them and writes the numbers. What
 * never had traffic ({@link io.weft.stats.Stat#dormant}) is left out, else ten thousand idle
 * clusters would be 40 MB a scrape.
 */
public final class PrometheusText {
  /** The content type of what is written. */
  public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final Stats stats;
  private final TagExtractor tags;
  private @Nullable PrometheusIndex index;

  public PrometheusText(Stats stats, TagExtractor tags) {
    this.stats = stats;
    this.tags = tags;
  }

  /** Blocks while {@code out} does. */
  public void write(OutputStream out, StatsQuery query) throws IOException {
    var lines = new Lines(out);
    var values = stats.values();
    var index = index();
    for (var family : index.families()) {
      family.write(query, values, index.labels(), lines);
    }
    lines.flush();
  }

  private synchronized PrometheusIndex index() {
    var present = index;
    if (present == null || !present.isCurrent(stats)) {
      present = PrometheusIndex.of(stats, tags, present);
      index = present;
    }
    return present;
  }
}
