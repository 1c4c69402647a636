package io.weft.logging;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;

/**
 * A logger for what can happen a thousand times a second: it lets some lines an interval pass and
 * says with the next how many it kept back. Shared; one for each kind of event.
 */
public final class LimitedLog {
  private final Logger log;
  private final long intervalNanos;
  private final int lines;
  private final AtomicLong windowStart = new AtomicLong(System.nanoTime());
  private final AtomicLong inWindow = new AtomicLong();

  private LimitedLog(Logger log, int lines, Duration interval) {
    this.log = log;
    this.lines = lines;
    this.intervalNanos = interval.toNanos();
  }

  /** Five lines in ten seconds. */
  public static LimitedLog of(Logger log) {
    return of(log, 5, Duration.ofSeconds(10));
  }

  /** So many lines in each interval. */
  public static LimitedLog of(Logger log, int lines, Duration interval) {
    return new LimitedLog(log, lines, interval);
  }

  /** As {@link Logger#warn(String, Object...)}; a throwable as last argument brings its stack. */
  public void warn(String format, Object... arguments) {
    if (log.isWarnEnabled()) {
      long kept = pass();
      if (kept >= 0) {
        log.warn(with(format, kept), arguments);
      }
    }
  }

  /** As {@link Logger#error(String, Object...)}; a throwable as last argument brings its stack. */
  public void error(String format, Object... arguments) {
    if (log.isErrorEnabled()) {
      long kept = pass();
      if (kept >= 0) {
        log.error(with(format, kept), arguments);
      }
    }
  }

  private static String with(String format, long kept) {
    return kept == 0 ? format : format + " (" + kept + " more like it since the last)";
  }

  /** -1 to keep the line back, else how many were kept back before it. */
  private long pass() {
    long now = System.nanoTime();
    long start = windowStart.get();
    long kept = 0;
    if (now - start >= intervalNanos && windowStart.compareAndSet(start, now)) {
      kept = Math.max(0, inWindow.getAndSet(0) - lines);
    }
    return inWindow.incrementAndGet() <= lines ? kept : -1;
  }
}
