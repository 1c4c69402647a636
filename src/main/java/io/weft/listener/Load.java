package io.weft.listener;

import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * How many downstream connections each carrier has, over all listeners, and the limit on their sum.
 * Thread-safe.
 */
final class Load {
  /** A carrier gives a connection away if it has this many more than the mean, and */
  private static final int OVER_MEAN = 8;

  // counters a cache line apart: each is written by its own carrier as a rule
  private static final int STRIDE = 16;

  private final int carriers;
  private final AtomicIntegerArray active;
  private final AtomicLong sum = new AtomicLong();
  private final LongSupplier limit;

  /**
   * @param limit most connections over all listeners, asked at each accept
   */
  Load(int carriers, LongSupplier limit) {
    this.carriers = carriers;
    this.limit = limit;
    active = new AtomicIntegerArray(carriers * STRIDE);
  }

  /** Whether one more connection exceeds the limit. */
  boolean isFull() {
    return sum.get() >= limit.getAsLong();
  }

  /** The carrier for a connection that {@code accepting} has got from a queue of its own. */
  int chooseFrom(int accepting) {
    if (carriers == 1) {
      return accepting;
    }
    int mine = active(accepting);
    long all = sum.get();
    // exceeds the mean by 25 % and by 8
    boolean tooMany =
        (long) mine * carriers * 4 > all * 5 && ((long) mine - OVER_MEAN) * carriers > all;
    return tooMany ? least(accepting) : accepting;
  }

  /** The carrier with the fewest connections; {@code first} where several have as few. */
  int least(int first) {
    int least = first;
    for (int i = 0; i < carriers; i++) {
      if (active(i) < active(least)) {
        least = i;
      }
    }
    return least;
  }

  int active(int carrier) {
    return active.get(carrier * STRIDE);
  }

  void add(int carrier) {
    active.incrementAndGet(carrier * STRIDE);
    sum.incrementAndGet();
  }

  void remove(int carrier) {
    active.decrementAndGet(carrier * STRIDE);
    sum.decrementAndGet();
  }
}
