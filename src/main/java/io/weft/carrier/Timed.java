package io.weft.carrier;

import org.jspecify.annotations.Nullable;

/**
 * Something with a deadline, kept in its carrier's timer wheel while it has one. The wheel is lazy:
 * moving the deadline back costs one field write of the subclass, because the wheel asks {@link
 * #due} only when the place an entry is filed under comes up. Confined to one carrier.
 */
public abstract class Timed {
  static final long NOT_FILED = Long.MAX_VALUE;

  @Nullable Timed previous;
  @Nullable Timed next;

  /** The time at which the wheel will look at this entry again. */
  long filedUntil = NOT_FILED;

  /** Index of the slot it is filed in. */
  int slot;

  /** The deadline as of now, on {@link System#nanoTime}'s scale; {@link Long#MAX_VALUE} is none. */
  protected abstract long due();

  /**
   * The deadline has passed. Runs on the carrier outside any virtual thread and must not block.
   * Afterwards {@link #due} is asked again, so a deadline that stays in the past fires for ever.
   */
  protected abstract void expire(long nowNanos);
}
