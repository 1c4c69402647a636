package io.weft.time;

/** Where the time comes from; a fake one in tests of pools, health checks and back-off. */
public interface Ticker {
  /** {@link System#nanoTime}. */
  Ticker SYSTEM = System::nanoTime;

  /** Nanoseconds on the scale of {@link System#nanoTime}; never goes back. */
  long nanos();
}
