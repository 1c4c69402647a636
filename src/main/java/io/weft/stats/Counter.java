package io.weft.stats;

/** A number that only grows, until somebody resets all counters. Shared; any thread may count. */
public final class Counter extends Stat {
  private final Cells cells;
  private final int slot;
  private final boolean deferred;

  Counter(Group group, String suffix, Cells cells, boolean deferred) {
    super(group, suffix);
    this.cells = cells;
    this.slot = cells.allocate(deferred);
    this.deferred = deferred;
  }

  public void inc() {
    cells.add(slot, 1);
  }

  /** Adds {@code n}, which must not be negative. */
  public void add(long n) {
    cells.add(slot, n);
  }

  /** What was counted since the start or the last reset, on all carriers. */
  public long value() {
    return cells.sum(slot);
  }

  /** Makes the present value 0 without disturbing those who count. */
  public void reset() {
    cells.clear(slot);
  }

  @Override
  public boolean used() {
    return cells.total(slot) != 0;
  }

  @Override
  boolean deferred() {
    return deferred;
  }

  @Override
  public int slot() {
    return slot;
  }

  void free() {
    cells.free(slot, deferred);
  }
}
