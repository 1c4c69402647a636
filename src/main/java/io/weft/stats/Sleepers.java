package io.weft.stats;

import java.util.ArrayList;
import java.util.List;

/**
 * Statistics that were {@link Stat#dormant}, to find out cheaply whether one of them no longer is.
 * Ten thousand idle clusters cost one comparison as long as nothing is written for the first time.
 * For one thread at a time.
 */
public final class Sleepers {
  private final Cells cells;
  private final List<Stat> all;
  private List<Stat> suspects = List.of();
  private int seen = -1;

  /**
   * @param all one statistic of each group
   */
  Sleepers(Cells cells, List<Stat> all) {
    this.cells = cells;
    this.all = List.copyOf(all);
  }

  /** Whether any has woken. */
  public boolean anyAwake() {
    int now = cells.firstWrites();
    if (now != seen) {
      var touched = new ArrayList<Stat>();
      for (var stat : all) {
        if (!stat.group().untouched()) {
          touched.add(stat);
        }
      }
      suspects = touched;
      seen = now;
    }
    for (var stat : suspects) {
      if (!stat.dormant()) {
        return true;
      }
    }
    return false;
  }
}
