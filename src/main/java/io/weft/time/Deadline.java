package io.weft.time;

import java.time.Duration;

/**
 * A point in time until which something may block, on the scale of {@link System#nanoTime}.
 * Immutable. Nested calls only shrink it: {@code deadline.earlier(Deadline.after(timeout))}.
 *
 * <p>Methods of the data path take {@link #nanos()} as a {@code long} instead, where {@link
 * Long#MAX_VALUE} means none.
 */
public final class Deadline implements Comparable<Deadline> {
  /** The deadline that is never reached. */
  public static final Deadline NEVER = new Deadline(Long.MAX_VALUE);

  private final long nanos;

  private Deadline(long nanos) {
    this.nanos = nanos;
  }

  /** The deadline {@code timeout} from now; one too far away to be told in nanoseconds is never. */
  public static Deadline after(Duration timeout) {
    return at(nanosAfter(System.nanoTime(), timeout));
  }

  /**
   * The deadline at {@code nanoTime} of {@link System#nanoTime}; {@link Long#MAX_VALUE} is never.
   */
  public static Deadline at(long nanoTime) {
    return nanoTime == Long.MAX_VALUE ? NEVER : new Deadline(nanoTime);
  }

  /** {@code nowNanos} plus {@code timeout}, {@link Long#MAX_VALUE} where the sum does not fit. */
  public static long nanosAfter(long nowNanos, Duration timeout) {
    if (timeout.toSeconds() >= Long.MAX_VALUE / 1_000_000_000L - 1) {
      return Long.MAX_VALUE;
    }
    return nanosAfter(nowNanos, timeout.toNanos());
  }

  /** {@code nowNanos} plus {@code timeoutNanos}, {@link Long#MAX_VALUE} where the sum overflows. */
  public static long nanosAfter(long nowNanos, long timeoutNanos) {
    long sum = nowNanos + timeoutNanos;
    return timeoutNanos > 0 && sum < nowNanos ? Long.MAX_VALUE : sum;
  }

  /** This point on the scale of {@link System#nanoTime}; {@link Long#MAX_VALUE} is never. */
  public long nanos() {
    return nanos;
  }

  /** The time left, zero when it has passed; for {@link #NEVER} about 292 years. */
  public Duration remaining() {
    return nanos == Long.MAX_VALUE
        ? Duration.ofNanos(Long.MAX_VALUE)
        : Duration.ofNanos(Math.max(0, nanos - System.nanoTime()));
  }

  /** Whether this point has been reached. */
  public boolean expired() {
    return nanos != Long.MAX_VALUE && System.nanoTime() - nanos >= 0;
  }

  /** The one of the two that comes first. */
  public Deadline earlier(Deadline other) {
    return nanos <= other.nanos ? this : other;
  }

  @Override
  public int compareTo(Deadline other) {
    return Long.compare(nanos, other.nanos);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Deadline deadline && deadline.nanos == nanos;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(nanos);
  }

  @Override
  public String toString() {
    return nanos == Long.MAX_VALUE ? "never" : "in " + remaining();
  }
}
