package io.weft.stats;

/** A number that rises and falls. Shared; any thread may write. */
public sealed class Gauge extends Stat permits ComputedGauge {
  private final Cells cells;
  private final int slot;
  private final boolean deferred;

  /** Written by many threads without order: it only ever turns true. */
  private boolean used;

  Gauge(Group group, String suffix, Cells cells, boolean deferred) {
    this(group, suffix, cells, cells.allocate(deferred), deferred);
  }

  /** With a slot of -1 for a gauge that has no cells. */
  Gauge(Group group, String suffix, Cells cells, int slot, boolean deferred) {
    super(group, suffix);
    this.cells = cells;
    this.slot = slot;
    this.deferred = deferred;
  }

  public void inc() {
    add(1);
  }

  public void dec() {
    add(-1);
  }

  public void add(long n) {
    markUsed();
    cells.add(slot, n);
  }

  public void sub(long n) {
    add(-n);
  }

  /**
   * Makes the value {@code value}. Takes a lock for some nanoseconds: for what one place owns and
   * sets now and then. A gauge that is set is not added to from elsewhere at the same time, or the
   * set wins.
   */
  public void set(long value) {
    markUsed();
    cells.set(slot, value);
  }

  /** The sum over all carriers. */
  public long value() {
    return cells.sum(slot);
  }

  @Override
  public boolean used() {
    return used;
  }

  @Override
  boolean deferred() {
    return deferred;
  }

  @Override
  public int slot() {
    return slot;
  }

  private void markUsed() {
    if (!used) { // a read first: the line stays shared between carriers
      used = true;
    }
  }

  void free() {
    if (slot >= 0) {
      cells.free(slot, deferred);
    }
  }
}
