package io.weft.stats;

/**
 * A statistic: a name in Envoy's form and a value. Lives from its creation until its scope is
 * removed.
 */
public abstract sealed class Stat permits Counter, Gauge, Histogram, TextReadout {
  private final Group group;
  private final String suffix;

  Stat(Group group, String suffix) {
    this.group = group;
    this.suffix = suffix;
  }

  /** The whole name, such as {@code cluster.web.upstream_rq_total}; made anew at each call. */
  public final String name() {
    return group.prefix().concat(suffix);
  }

  /** The name up to and with its last dot; shared with the statistics beside this one. */
  public final String prefix() {
    return group.prefix();
  }

  /** What follows the last dot of the name; shared with all statistics that end so. */
  public final String suffix() {
    return suffix;
  }

  /** Whether it was ever written. */
  public abstract boolean used();

  /**
   * Whether it belongs to a component that may never see traffic, see {@link Scope#deferred()}, and
   * nothing of that component was written yet.
   */
  public final boolean dormant() {
    return deferred() && group.dormant();
  }

  /** Whether it was made through {@link Scope#deferred()}. */
  abstract boolean deferred();

  /** Where {@link Values} finds its value; -1 for a histogram and a text. */
  public abstract int slot();

  final Group group() {
    return group;
  }

  @Override
  public final String toString() {
    return name();
  }
}
