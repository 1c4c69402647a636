package io.weft.carrier;

/** The wall clock, read once a second and carried forward by {@link System#nanoTime} between. */
final class WallClock {
  private static final long RESYNC_NANOS = 1_000_000_000;

  private long baseNanos = System.nanoTime();
  private long baseMillis = System.currentTimeMillis();

  long millis(long nowNanos) {
    long since = nowNanos - baseNanos;
    if (since > RESYNC_NANOS) {
      baseNanos = nowNanos;
      baseMillis = System.currentTimeMillis();
      return baseMillis;
    }
    return baseMillis + since / 1_000_000;
  }
}
