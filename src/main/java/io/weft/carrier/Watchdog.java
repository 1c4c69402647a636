package io.weft.carrier;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices a carrier that has not polled for a second: counts it, and logs once a stall what holds
 * it and its stack. A thread of its own, which only looks.
 */
public final class Watchdog {
  private static final Logger log = LoggerFactory.getLogger(Watchdog.class);
  private static final long LIMIT_NANOS = 1_000_000_000;
  private static final long LOOK_NANOS = LIMIT_NANOS / 4;

  /** What holds a carrier. */
  public enum Cause {
    /** Code that computes. */
    BURNING,
    /** A virtual thread that waits and cannot leave the carrier. */
    PINNED,
    /** A native call, or a system call of the JDK's. */
    NATIVE
  }

  private final List<Carrier> carriers;
  private final long[] reported;

  /** When each carrier was last seen asleep. */
  private final long[] slept;

  private final AtomicLong stalls = new AtomicLong();
  private final Thread thread;
  private volatile boolean stopped;
  private volatile @Nullable Cause lastCause;

  Watchdog(List<Carrier> carriers) {
    this.carriers = carriers;
    reported = new long[carriers.size()];
    slept = new long[carriers.size()];
    Arrays.fill(slept, System.nanoTime());
    thread = new Thread(null, this::run, "watchdog", 0, false);
    thread.setDaemon(true);
  }

  void begin() {
    thread.start();
  }

  void stop() {
    stopped = true;
    LockSupport.unpark(thread);
  }

  /** How often a carrier has been found stuck. */
  public long stalls() {
    return stalls.get();
  }

  /** What the last stall was blamed on; null before the first. */
  public @Nullable Cause lastCause() {
    return lastCause;
  }

  private void run() {
    while (!stopped) {
      LockSupport.parkNanos(this, LOOK_NANOS);
      for (Carrier carrier : carriers) {
        look(carrier);
      }
    }
  }

  private void look(Carrier carrier) {
    long polledAt = carrier.polledAt();
    long now = System.nanoTime();
    if (carrier.isSleeping()) {
      slept[carrier.index()] = now;
      return;
    }
    // One that has slept for long has not polled for long either, until it gets a processor again.
    long stuckNanos = now - Math.max(polledAt, slept[carrier.index()]);
    if (stuckNanos < LIMIT_NANOS || reported[carrier.index()] == polledAt || stopped) {
      return;
    }
    reported[carrier.index()] = polledAt;
    Runnable running = carrier.running();
    Thread virtual = running == null ? null : VirtualThreads.of(running);
    Thread stuck = virtual != null ? virtual : carrier.platformThread();
    StackTraceElement[] stack = stuck.getStackTrace();
    Cause cause = cause(stuck, stack);
    lastCause = cause;
    stalls.incrementAndGet();
    log.error(
        "carrier {} has not polled for {} ms ({}), held by {}:{}",
        carrier.index(),
        stuckNanos / 1_000_000,
        describe(cause),
        stuck,
        Arrays.stream(stack).map(e -> "\n\tat " + e).reduce("", String::concat));
  }

  private static Cause cause(Thread stuck, StackTraceElement[] stack) {
    return switch (stuck.getState()) {
      case WAITING, TIMED_WAITING, BLOCKED -> Cause.PINNED;
      case NEW, RUNNABLE, TERMINATED ->
          stack.length > 0 && stack[0].isNativeMethod() ? Cause.NATIVE : Cause.BURNING;
    };
  }

  private static String describe(Cause cause) {
    return switch (cause) {
      case BURNING -> "it computes";
      case PINNED -> "a virtual thread waits and is pinned";
      case NATIVE -> "a native call does not return";
    };
  }
}
