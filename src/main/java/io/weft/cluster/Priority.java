package io.weft.cluster;

import java.util.Locale;

/** How important a request is to the circuit breakers of its cluster; a route says it. */
public enum Priority {
  DEFAULT(0),
  HIGH(1);

  /** How many there are. */
  public static final int COUNT = 2;

  private final int index;

  Priority(int index) {
    this.index = index;
  }

  /** Its place in a table of all priorities. */
  public int index() {
    return index;
  }

  /** As it stands in a statistic's name. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
