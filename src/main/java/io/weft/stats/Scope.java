package io.weft.stats;

import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A prefix of names, such as {@code cluster.web.}, under which a component makes its statistics.
 * Immutable; making one costs nothing that lasts.
 */
public final class Scope {
  private final Stats stats;
  private final String prefix;

  /** The prefix whose traffic wakes what is made here; null where nothing is deferred. */
  private final @Nullable String wokenBy;

  Scope(Stats stats, String prefix, @Nullable String wokenBy) {
    this.stats = stats;
    this.prefix = prefix;
    this.wokenBy = wokenBy;
  }

  /** The prefix with its final dot; empty for the root. */
  public String prefix() {
    return prefix;
  }

  /** The scope {@code prefix + name + "."}. */
  public Scope scope(String name) {
    return new Scope(stats, prefix + name + ".", wokenBy);
  }

  /**
   * The same prefix for statistics of traffic that may never come: Prometheus does not list them
   * before one of those with this prefix was written, as with Envoy's {@code
   * enable_deferred_creation_stats}. With ten thousand clusters of which ten are used, a scrape
   * then costs what ten clusters cost.
   */
  public Scope deferred() {
    return wokenBy != null ? this : new Scope(stats, prefix, prefix);
  }

  public Counter counter(String name) {
    return stats.counter(prefix + name, wokenBy);
  }

  public Gauge gauge(String name) {
    return stats.gauge(prefix + name, wokenBy);
  }

  /**
   * A gauge whose value is what {@code source} says whenever it is read, on the reader's thread. If
   * the name is taken, the statistic that has it stays and {@code source} is not used.
   */
  public Gauge gauge(String name, LongSupplier source) {
    return stats.gauge(prefix + name, wokenBy, source);
  }

  /** A histogram of milliseconds. */
  public Histogram histogram(String name) {
    return histogram(name, Histogram.Unit.MILLISECONDS);
  }

  public Histogram histogram(String name, Histogram.Unit unit) {
    return stats.histogram(prefix + name, unit, wokenBy);
  }

  public TextReadout textReadout(String name) {
    return stats.textReadout(prefix + name);
  }

  /** Forgets all statistics under this prefix. Those who still hold one count into the void. */
  public void remove() {
    stats.remove(prefix);
  }
}
