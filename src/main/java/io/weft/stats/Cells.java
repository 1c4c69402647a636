package io.weft.stats;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The numbers behind counters and gauges: one table of pages a carrier, one for all other threads,
 * and one of offsets that a reset writes.
 *
 * <p>A slot has a cell in each table. A carrier is the only writer of its cells, so it adds with
 * two opaque accesses and no locked instruction; virtual threads of one carrier do not interrupt
 * each other between the two. Pages come into being at their first write: what no carrier ever
 * counted costs nothing.
 */
final class Cells {
  /** Carriers with a higher number share the atomic cells of the other threads. */
  static final int MAX_CARRIERS = 256;

  private static final int OTHERS = MAX_CARRIERS;
  private static final int OFFSETS = MAX_CARRIERS + 1;
  static final int PAGE_BITS = 10;
  private static final int PAGE = 1 << PAGE_BITS;
  static final int MASK = PAGE - 1;
  private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);
  private static final VarHandle TABLE = MethodHandles.arrayElementVarHandle(long[][][].class);
  private static final long[] @Nullable [] NO_PAGES = {};

  private final long[][] @Nullable [] tables = new long[MAX_CARRIERS + 2][][];

  /** No carrier with this number or a higher one has written yet. */
  private volatile int carriers;

  /** Grows when something may have been written for the first time. */
  private volatile int firstWrites;

  private final Slots ordinary = new Slots();
  private final Slots deferred = new Slots();
  private int pages;

  Cells() {
    Arrays.fill(tables, NO_PAGES);
  }

  /** Slots handed out from pages of their own. */
  private static final class Slots {
    private int next;
    private int end;
    private final ArrayDeque<Integer> freed = new ArrayDeque<>();
  }

  /**
   * A slot whose sum is 0. Deferred statistics have pages of their own, so that those of a
   * component nobody uses stay absent although its neighbours are written.
   */
  synchronized int allocate(boolean isDeferred) {
    var slots = isDeferred ? deferred : ordinary;
    // A freed slot waits long before it is used again: a stream may still hold the removed
    // statistic.
    if (slots.freed.size() > 4 * PAGE) {
      int slot = slots.freed.removeFirst();
      clear(slot);
      return slot;
    }
    if (slots.next == slots.end) {
      slots.next = pages++ << PAGE_BITS;
      slots.end = slots.next + PAGE;
    }
    return slots.next++;
  }

  synchronized void free(int slot, boolean isDeferred) {
    (isDeferred ? deferred : ordinary).freed.addLast(slot);
  }

  void add(int slot, long n) {
    int carrier = Here.carrier();
    if (carrier < 0 || carrier >= MAX_CARRIERS) {
      addAtomically(slot, n);
      return;
    }
    long[] @Nullable [] table = tables[carrier];
    int index = slot >>> PAGE_BITS;
    long[] page = index < table.length ? table[index] : null;
    if (page == null) {
      page = addPage(carrier, index);
    }
    int cell = slot & MASK;
    CELL.setOpaque(page, cell, (long) CELL.getOpaque(page, cell) + n);
  }

  private void addAtomically(int slot, long n) {
    CELL.getAndAdd(page(OTHERS, slot >>> PAGE_BITS), slot & MASK, n);
  }

  /**
   * Makes the sum {@code value}. Two setters do not lose each other's value; adds meanwhile are
   * kept.
   */
  synchronized void set(int slot, long value) {
    long delta = value - sum(slot);
    if (delta != 0) {
      addAtomically(slot, delta);
    }
  }

  /**
   * The sum since the last {@link #clear}; as new as the last write that other processors can see.
   */
  long sum(int slot) {
    return total(slot) - read(OFFSETS, slot);
  }

  /** The tables that hold numbers now, the offsets last; see {@link Values}. */
  long[][] @Nullable [] present() {
    long[][] @Nullable [] present = new long[carriers + 2][][];
    for (int t = 0; t < present.length; t++) {
      present[t] = table(t < present.length - 2 ? t : t + OFFSETS + 1 - present.length);
    }
    return present;
  }

  /** Grows when something may have been written for the first time. */
  int firstWrites() {
    return firstWrites;
  }

  synchronized void noteFirstWrite() {
    firstWrites++;
  }

  /** The sum since the slot exists, whatever was reset since. */
  long total(int slot) {
    long sum = 0;
    for (int t = 0; t < carriers; t++) {
      sum += read(t, slot);
    }
    return sum + read(OTHERS, slot);
  }

  /**
   * Whether a page with one of these slots was ever written; false is certain, true may be a
   * neighbour.
   */
  boolean touched(int firstSlot, int lastSlot) {
    for (int index = firstSlot >>> PAGE_BITS; index <= lastSlot >>> PAGE_BITS; index++) {
      for (int t = 0; t < carriers; t++) {
        if (has(t, index)) {
          return true;
        }
      }
      if (has(OTHERS, index)) {
        return true;
      }
    }
    return false;
  }

  private long[] @Nullable [] table(int t) {
    return (long[] @Nullable []) TABLE.getAcquire(tables, t);
  }

  private boolean has(int t, int index) {
    long[] @Nullable [] table = table(t);
    return index < table.length && table[index] != null;
  }

  /** Makes the present sum count as 0, without writing any writer's cell. */
  synchronized void clear(int slot) {
    long total = total(slot);
    if (total != read(OFFSETS, slot)) {
      CELL.setOpaque(page(OFFSETS, slot >>> PAGE_BITS), slot & MASK, total);
    }
  }

  private long read(int t, int slot) {
    long[] @Nullable [] table = table(t);
    int index = slot >>> PAGE_BITS;
    if (index >= table.length) {
      return 0;
    }
    long[] page = table[index];
    return page == null ? 0 : (long) CELL.getOpaque(page, slot & MASK);
  }

  private long[] page(int t, int index) {
    long[] @Nullable [] table = table(t);
    if (index < table.length) {
      long[] page = table[index];
      if (page != null) {
        return page;
      }
    }
    return addPage(t, index);
  }

  private synchronized long[] addPage(int t, int index) {
    long[] @Nullable [] table = tables[t];
    if (index < table.length && table[index] != null) {
      return table[index];
    }
    // A new table each time: readers and writers that hold the old one see the same pages.
    var grown = Arrays.copyOf(table, Math.max(table.length, index + 1));
    var page = new long[PAGE];
    grown[index] = page;
    TABLE.setRelease(tables, t, grown);
    firstWrites++;
    if (t < MAX_CARRIERS && t >= carriers) {
      carriers = t + 1;
    }
    return page;
  }
}
