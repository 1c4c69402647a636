package io.weft.net;

import io.weft.sys.Os;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * The memory that the buffers of all carriers may take together: by default a quarter of the
 * machine's, or of the control group's where that has less. Carriers take their share in lots, so
 * that borrowing touches nothing shared. Thread-safe.
 */
public final class BufferBudget {
  /** Buffers a carrier takes from, and gives back to, the budget at once. */
  static final int LOT = 16;

  private static final AtomicLong left = new AtomicLong(defaultBytes() / Buffer.SIZE);
  private static final AtomicInteger waiting = new AtomicInteger();
  private static final LongAdder waits = new LongAdder();
  private static volatile long limit = left.get();

  private BufferBudget() {}

  /** Sets the budget, at least one lot; buffers lent already count. */
  public static synchronized void limitBytes(long bytes) {
    long buffers = Math.max(LOT, bytes / Buffer.SIZE);
    left.addAndGet(buffers - limit);
    limit = buffers;
  }

  /** The budget. */
  public static long limitBytes() {
    return limit * Buffer.SIZE;
  }

  /** What carriers hold of it, lent or at hand. */
  public static long usedBytes() {
    return (limit - left.get()) * Buffer.SIZE;
  }

  /** How often a borrower has had to wait. */
  public static long waits() {
    return waits.sum();
  }

  /** Takes up to a lot; returns how many buffers it got. */
  static int take() {
    while (true) {
      long now = left.get();
      int lot = Math.clamp(now, 0, LOT);
      if (lot == 0 || left.compareAndSet(now, now - lot)) {
        return lot;
      }
    }
  }

  static void giveBack(int buffers) {
    left.addAndGet(buffers);
  }

  static void beginWait() {
    waits.increment();
    waiting.incrementAndGet();
  }

  static void endWait() {
    waiting.decrementAndGet();
  }

  /** Whether a thread waits for a buffer on any carrier. */
  static boolean isAwaited() {
    return waiting.get() > 0;
  }

  private static long defaultBytes() {
    if (!Os.isLinux()) {
      return Runtime.getRuntime().maxMemory();
    }
    long machine = Runtime.getRuntime().maxMemory();
    try {
      for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
        if (line.startsWith("MemTotal:")) {
          // MemTotal:       24576000 kB
          String kibibytes = line.substring("MemTotal:".length(), line.length() - " kB".length());
          machine = Long.parseLong(kibibytes.strip()) * 1024;
          break;
        }
      }
      Path group = Path.of("/sys/fs/cgroup/memory.max");
      if (Files.isReadable(group)) {
        String max = Files.readString(group).strip();
        machine = max.equals("max") ? machine : Math.min(machine, Long.parseLong(max));
      }
    } catch (IOException | IllegalArgumentException | StringIndexOutOfBoundsException e) {
      // what is known so far is good enough for a bound
    }
    return machine / 4;
  }
}
