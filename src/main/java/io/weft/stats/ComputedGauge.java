package io.weft.stats;

import java.util.function.LongSupplier;

/**
 * A gauge nobody writes: its value is worked out when somebody reads it. For what is known from
 * elsewhere and changes too often to be kept twice.
 */
final class ComputedGauge extends Gauge {
  private final LongSupplier source;

  ComputedGauge(Group group, String suffix, Cells cells, boolean deferred, LongSupplier source) {
    super(group, suffix, cells, -1, deferred);
    this.source = source;
  }

  @Override
  public long value() {
    return source.getAsLong();
  }

  @Override
  public void add(long n) {
    throw new UnsupportedOperationException(name() + " is computed");
  }

  @Override
  public void set(long value) {
    throw new UnsupportedOperationException(name() + " is computed");
  }

  @Override
  public boolean used() {
    return value() != 0;
  }
}
