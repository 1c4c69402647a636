package io.weft.cluster;

import io.weft.stats.Counter;
import io.weft.stats.Histogram;
import io.weft.stats.Scope;
import org.jspecify.annotations.Nullable;

/**
 * Counters by response code and class of codes, {@code upstream_rq_200} and {@code
 * upstream_rq_2xx}, each made when first needed. Shared; any thread. Two threads that make the same
 * one at once get the same one.
 */
public final class ResponseCodes {
  private static final int FIRST = 100;
  private static final int COUNT = 500;

  private final Scope scope;
  private volatile @Nullable Counter @Nullable [] byCode;
  private final @Nullable Counter[] byClass = new @Nullable Counter[5];
  private volatile @Nullable Counter completed;
  private volatile @Nullable Histogram time;

  public ResponseCodes(Scope scope) {
    this.scope = scope;
  }

  /** Counts the code and its class; a number that is no status counts nowhere. */
  public void inc(int status) {
    int index = status - FIRST;
    if (index < 0 || index >= COUNT) {
      return;
    }
    var counters = byCode;
    if (counters == null) {
      counters = codes();
    }
    var counter = counters[index];
    if (counter == null) {
      counter = scope.counter("upstream_rq_" + status);
      counters[index] = counter;
    }
    counter.inc();
    int hundreds = index / 100;
    var group = byClass[hundreds];
    if (group == null) {
      group = scope.counter("upstream_rq_" + (hundreds + 1) + "xx");
      byClass[hundreds] = group;
    }
    group.inc();
  }

  /** As {@link #inc}, and one more {@code upstream_rq_completed}. */
  public void count(int status) {
    var counter = completed;
    if (counter == null) {
      counter = scope.counter("upstream_rq_completed");
      completed = counter;
    }
    counter.inc();
    inc(status);
  }

  /** {@code upstream_rq_time}. */
  public Histogram time() {
    var histogram = time;
    if (histogram == null) {
      histogram = scope.histogram("upstream_rq_time");
      time = histogram;
    }
    return histogram;
  }

  private synchronized @Nullable Counter[] codes() {
    var counters = byCode;
    if (counters == null) {
      counters = new @Nullable Counter[COUNT];
      byCode = counters;
    }
    return counters;
  }
}
