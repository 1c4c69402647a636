package io.weft.stats;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Counts of values in log-linear bins, two decimal digits wide as circllhist's (Envoy's histogram):
 * 0, then for each power of ten from 1 the bins 1.0, 1.1 ... 9.9 times it. A power of ten takes
 * memory when a value falls into it. One carrier writes it, or all other threads together
 * atomically.
 */
final class Bins {
  static final int DECADES = 19;
  static final int PER_DECADE = 90;

  /** 10 to the n. */
  static final long[] POWER = new long[DECADES];

  private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);
  private static final VarHandle DECADE = MethodHandles.arrayElementVarHandle(long[][].class);

  static {
    long power = 1;
    for (int i = 0; i < DECADES; i++) {
      POWER[i] = power;
      power *= 10;
    }
  }

  private final boolean atomic;
  private final long[] @Nullable [] decades = new long[DECADES][];

  /** [0] how many zeros, [1] the sum of all values. */
  private final long[] totals = new long[2];

  Bins(boolean atomic) {
    this.atomic = atomic;
  }

  void record(long value) {
    if (value <= 0) {
      add(totals, 0, 1);
      return;
    }
    int decade = decadeOf(value);
    add(decade(decade), mantissa(value, decade) - 10, 1);
    add(totals, 1, value);
  }

  /** Adds what was counted to {@code into}. */
  void addTo(BinCounts into) {
    into.add(0, (long) CELL.getOpaque(totals, 0));
    for (int d = 0; d < DECADES; d++) {
      long[] counts = (long[]) DECADE.getAcquire(decades, d);
      if (counts != null) {
        int first = 1 + d * PER_DECADE;
        for (int i = 0; i < PER_DECADE; i++) {
          into.add(first + i, (long) CELL.getOpaque(counts, i));
        }
      }
    }
  }

  long sum() {
    return (long) CELL.getOpaque(totals, 1);
  }

  /** Smallest value in a bin; also the largest where {@link #width} is 0. */
  static double lower(int bin) {
    if (bin == 0) {
      return 0;
    }
    int decade = (bin - 1) / PER_DECADE;
    return ((bin - 1) % PER_DECADE + 10) * (double) POWER[decade] / 10;
  }

  static double width(int bin) {
    return bin == 0 ? 0 : POWER[(bin - 1) / PER_DECADE] / 10.0;
  }

  private static int decadeOf(long value) {
    int guess = ((64 - Long.numberOfLeadingZeros(value)) * 1233) >>> 12; // log10(2) * 4096
    if (guess >= DECADES) {
      return DECADES - 1;
    }
    return value < POWER[guess] ? guess - 1 : guess;
  }

  private static int mantissa(long value, int decade) {
    // Most values are milliseconds or bytes of few digits: constants divide without a division.
    return switch (decade) {
      case 0 -> (int) value * 10;
      case 1 -> (int) value;
      case 2 -> (int) value / 10;
      case 3 -> (int) value / 100;
      default -> (int) (value / POWER[decade - 1]);
    };
  }

  private long[] decade(int d) {
    long[] counts = decades[d];
    if (counts != null) {
      return counts;
    }
    var fresh = new long[PER_DECADE];
    long[] other = (long[]) DECADE.compareAndExchange(decades, d, null, fresh);
    return other == null ? fresh : other;
  }

  private void add(long[] counts, int index, long n) {
    if (atomic) {
      CELL.getAndAdd(counts, index, n);
    } else {
      CELL.setOpaque(counts, index, (long) CELL.getOpaque(counts, index) + n);
    }
  }
}
