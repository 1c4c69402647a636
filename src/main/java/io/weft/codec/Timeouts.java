package io.weft.codec;

import io.weft.carrier.Carrier;

/**
 * The time limits of one stream, shared by its two directions: a deadline for the whole, and an
 * idle limit that any byte in either direction starts anew. One carrier, no thread of its own.
 */
public final class Timeouts {
  /** No limit, for either value. */
  public static final long NONE = Long.MAX_VALUE;

  private long deadlineNanos = NONE;
  private long idleNanos = NONE;
  private long endNanos = NONE; // of the shared one
  private final Timeouts shared;
  private long activeNanos;

  /** No limits, activity now. */
  public Timeouts() {
    shared = this;
    activeNanos = Carrier.current().nowNanos();
  }

  private Timeouts(Timeouts other) {
    shared = other.shared;
    idleNanos = other.idleNanos;
  }

  /**
   * Limits for another part of the same stream: the idle limit is the same and any byte of either
   * counts, the deadline is its own.
   */
  public Timeouts part() {
    return new Timeouts(this);
  }

  /** When the stream as a whole must be over, on the scale of System.nanoTime. */
  public long deadlineNanos() {
    return Math.min(deadlineNanos, shared.endNanos);
  }

  /** Sets the end of the stream in all its parts, which no other deadline puts off. */
  public void endNanos(long nanoTime) {
    shared.endNanos = nanoTime;
  }

  /** Whether the end of the stream has come. */
  public boolean isEnded(long nowNanos) {
    long end = shared.endNanos;
    return end != NONE && end - nowNanos <= 0;
  }

  /** Sets the end of the whole. */
  public void deadlineNanos(long nanoTime) {
    deadlineNanos = nanoTime;
  }

  /** How long the stream may be idle, in nanoseconds. */
  public long idleNanos() {
    return idleNanos;
  }

  /** Sets how long the stream may be idle. */
  public void idleNanos(long nanos) {
    idleNanos = nanos;
  }

  /** Bytes moved. */
  public void active(long nowNanos) {
    shared.activeNanos = nowNanos;
  }

  /** When a call that starts to wait now must give up, unless bytes move meanwhile. */
  public long next() {
    return idleNanos == NONE
        ? deadlineNanos()
        : Math.min(deadlineNanos(), shared.activeNanos + idleNanos);
  }

  /** Whether a call whose wait ended at its limit has nothing left to wait for. */
  public boolean isOver(long nowNanos) {
    return next() - nowNanos <= 0;
  }

  /** Whether it is the whole that has run out of time, and not the idle limit. */
  public boolean isDeadlineOver(long nowNanos) {
    long deadline = deadlineNanos();
    return deadline != NONE && deadline - nowNanos <= 0;
  }
}
