package io.weft.stats;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Reads many counters and gauges at once, by slot rather than by object: it touches little more
 * memory than the numbers. For one thread and one reading; take a new one for the next.
 */
public final class Values {
  private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);

  private final long[][] @Nullable [] tables;

  Values(long[][] @Nullable [] tables) {
    this.tables = tables;
  }

  /** The value of the counter or gauge with that {@link Stat#slot}. */
  public long of(int slot) {
    int page = slot >>> Cells.PAGE_BITS;
    int cell = slot & Cells.MASK;
    int last = tables.length - 1;
    long sum = -cell(tables[last], page, cell); // what a reset subtracts
    for (int t = 0; t < last; t++) {
      sum += cell(tables[t], page, cell);
    }
    return sum;
  }

  private static long cell(long[] @Nullable [] table, int index, int cell) {
    if (index >= table.length) {
      return 0;
    }
    var page = table[index];
    return page == null ? 0 : (long) CELL.getOpaque(page, cell);
  }
}
