package io.weft.carrier;

import org.jspecify.annotations.Nullable;

/**
 * The deadlines of one carrier: 1024 slots of 2^20 ns (about 1 ms) and, for what is further away,
 * 64 slots of 2^28 ns (about 0.27 s). An entry further away than the coarse slots reach (17 s) is
 * looked at once a turn. Expiry is late by one fine slot at most. Confined to its carrier.
 */
final class TimerWheel {
  private static final int FINE_SHIFT = 20;
  private static final int FINE_SLOTS = 1024;
  private static final int COARSE_SHIFT = 28;
  private static final int COARSE_SLOTS = 64;

  // coarse slots come after the fine ones
  private final @Nullable Timed[] slots = new @Nullable Timed[FINE_SLOTS + COARSE_SLOTS];
  private final long[] fineUsed = new long[FINE_SLOTS / 64];
  private long coarseUsed;
  private int fineCount;

  // the next tick to be looked at
  private long fineTick;
  private long coarseTick;

  TimerWheel(long nowNanos) {
    fineTick = nowNanos >> FINE_SHIFT;
    coarseTick = nowNanos >> COARSE_SHIFT;
  }

  /** Sees to it that {@code entry} is looked at when {@code due} has come, or earlier. */
  void file(Timed entry, long due) {
    if (entry.filedUntil <= due) {
      return;
    }
    remove(entry);
    // the first boundary after it, so that an entry never expires early
    long tick = Math.max((due >> FINE_SHIFT) + 1, fineTick);
    // the slot before the current one is left free: an entry moved while its slot is being looked
    // at
    // must not land in it again
    if (tick - fineTick < FINE_SLOTS - 1) {
      put(entry, (int) (tick & (FINE_SLOTS - 1)), (tick - 1) << FINE_SHIFT);
    } else {
      long coarse = Math.clamp(due >> COARSE_SHIFT, coarseTick, coarseTick + COARSE_SLOTS - 2);
      put(
          entry,
          FINE_SLOTS + (int) (coarse & (COARSE_SLOTS - 1)),
          // looked at where its coarse slot begins, to be filed under a fine one then
          coarse << COARSE_SHIFT);
    }
  }

  private void put(Timed entry, int slot, long until) {
    Timed first = slots[slot];
    entry.slot = slot;
    entry.filedUntil = until;
    entry.next = first;
    if (first != null) {
      first.previous = entry;
    } else {
      mark(slot);
    }
    slots[slot] = entry;
  }

  private void mark(int slot) {
    if (slot < FINE_SLOTS) {
      fineUsed[slot >> 6] |= 1L << slot;
      fineCount++;
    } else {
      coarseUsed |= 1L << slot;
    }
  }

  private void unmark(int slot) {
    if (slot < FINE_SLOTS) {
      fineUsed[slot >> 6] &= ~(1L << slot);
      fineCount--;
    } else {
      coarseUsed &= ~(1L << slot);
    }
  }

  /** Forgets {@code entry}; nothing happens when it is not filed. */
  void remove(Timed entry) {
    if (entry.filedUntil == Timed.NOT_FILED) {
      return;
    }
    Timed previous = entry.previous;
    Timed next = entry.next;
    if (next != null) {
      next.previous = previous;
    }
    if (previous != null) {
      previous.next = next;
    } else {
      slots[entry.slot] = next;
      if (next == null) {
        unmark(entry.slot);
      }
    }
    entry.previous = null;
    entry.next = null;
    entry.filedUntil = Timed.NOT_FILED;
  }

  /** Expires what is due. */
  void advance(long now) {
    advanceFine(now >> FINE_SHIFT, now);
    // after the fine slots: what moves from here to there is placed relative to their position
    long coarseNow = now >> COARSE_SHIFT;
    coarseTick = Math.max(coarseTick, coarseNow - COARSE_SLOTS + 1);
    while (coarseTick <= coarseNow) {
      look(FINE_SLOTS + (int) (coarseTick++ & (COARSE_SLOTS - 1)), now);
    }
  }

  private void advanceFine(long fineNow, long now) {
    if (fineCount == 0) {
      fineTick = Math.max(fineTick, fineNow + 1);
      return;
    }
    fineTick = Math.max(fineTick, fineNow - FINE_SLOTS + 1);
    while (fineTick <= fineNow) {
      look((int) (fineTick++ & (FINE_SLOTS - 1)), now);
    }
  }

  private void look(int slot, long now) {
    for (Timed entry = slots[slot]; entry != null; entry = slots[slot]) {
      remove(entry);
      long due = entry.due();
      if (due <= now) {
        try {
          entry.expire(now);
        } catch (RuntimeException | Error e) {
          Uncaught.report(e);
        }
        due = entry.due();
      }
      if (due != Long.MAX_VALUE) {
        file(entry, due);
      }
    }
  }

  /** Nanoseconds from {@code now} to the next slot in use, {@link Long#MAX_VALUE} if none is. */
  long untilNext(long now) {
    long next = Long.MAX_VALUE;
    if (coarseUsed != 0) {
      int from = (int) (coarseTick & (COARSE_SLOTS - 1));
      long tick = coarseTick + Long.numberOfTrailingZeros(Long.rotateRight(coarseUsed, from));
      next = tick << COARSE_SHIFT;
    }
    if (fineCount != 0) {
      next = Math.min(next, nextFine() << FINE_SHIFT);
    }
    return next == Long.MAX_VALUE ? next : Math.max(0, next - now);
  }

  private long nextFine() {
    int from = (int) (fineTick & (FINE_SLOTS - 1));
    int word = from >> 6;
    long bits = fineUsed[word] & (-1L << from);
    // one word more than there are: the first one again, for the bits before `from`
    for (int i = 0; i <= fineUsed.length; i++) {
      if (bits != 0) {
        int slot = (word << 6) + Long.numberOfTrailingZeros(bits);
        return fineTick + ((slot - from) & (FINE_SLOTS - 1));
      }
      word = (word + 1) & (fineUsed.length - 1);
      bits = fineUsed[word];
    }
    throw new AssertionError("no slot in use but a count of " + fineCount);
  }
}
