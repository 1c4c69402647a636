package io.weft.stream;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** The redirects of hosts that were followed for one stream. Per stream and on its thread. */
public final class RedirectTrail {
  private final Map<String, Set<String>> taken = new HashMap<>();
  private int count;

  /** How many there were. */
  public int count() {
    return count;
  }

  /** One more. */
  public void step() {
    count++;
  }

  /** Notes a way between two routes, by their names; false if it was noted before. */
  public boolean take(String from, String to) {
    return taken.computeIfAbsent(from, name -> new HashSet<>()).add(to);
  }
}
