package io.weft.cluster;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A process-wide number of permits, never exceeded by {@link #tryAcquire}, whichever thread asks.
 *
 * <p>Small limits live in one atomic. Where the limit is large, each carrier has a {@link Lease}: a
 * few permits kept on its own cache line, so that acquire and release touch no line another carrier
 * writes. Permits that lie in a lease are not lost to the others: who finds the common stock empty
 * takes one out of another's lease. All methods but the lease's are for any thread.
 */
public final class Permits {
  /** From this limit on leases keep permits; below it exact sharing matters more than the line. */
  static final long LEASED_FROM = 128;

  private static final Lease[] NO_LEASES = {};

  private final long limit;
  private final int batch;
  private final AtomicLong stock;
  private volatile Lease[] leases = NO_LEASES;

  /** {@code limit} permits, none taken; at least 0. */
  public Permits(long limit) {
    if (limit < 0) {
      throw new IllegalArgumentException("limit: " + limit + " (expected: at least 0)");
    }
    this.limit = limit;
    this.batch = limit < LEASED_FROM ? 0 : (int) Math.min(32, limit / 32);
    this.stock = new AtomicLong(limit);
  }

  /** How many there are. */
  public long limit() {
    return limit;
  }

  /**
   * How many are taken right now: exact when nothing moves, else off by what moves meanwhile. More
   * than the limit only through {@link #acquireBeyondLimit}.
   */
  public long inUse() {
    long free = stock.get();
    for (Lease lease : leases) {
      free += lease.free();
    }
    return Math.max(0, limit - free);
  }

  /** How many more could be taken; never below 0. */
  public long remaining() {
    return Math.max(0, limit - inUse());
  }

  /** Takes one, or says that there is none. */
  public boolean tryAcquire() {
    return takeFromStock(1) == 1 || steal();
  }

  /** Takes one even where there is none: {@link #inUse} may then lie above the limit. */
  public void acquireBeyondLimit() {
    if (!tryAcquire()) {
      stock.decrementAndGet();
    }
  }

  /** Gives one back. */
  public void release() {
    stock.incrementAndGet();
  }

  /** A new holder of a few permits for one carrier; lives as long as these permits. */
  public Lease lease() {
    var lease = new Lease(this);
    if (batch > 0) {
      synchronized (this) {
        var all = Arrays.copyOf(leases, leases.length + 1);
        all[all.length - 1] = lease;
        leases = all;
      }
    }
    return lease;
  }

  private int takeFromStock(int wanted) {
    while (true) {
      long free = stock.get();
      if (free <= 0) {
        return 0;
      }
      int taken = (int) Math.min(free, wanted);
      if (stock.compareAndSet(free, free - taken)) {
        return taken;
      }
    }
  }

  private boolean steal() {
    for (Lease lease : leases) {
      if (lease.takeOne()) {
        return true;
      }
    }
    return false;
  }

  /** Fields before the permit count, so that it shares its cache line with nothing. */
  @SuppressWarnings({"unused", "UnusedVariable"})
  abstract static class Before {
    private long p0;
    private long p1;
    private long p2;
    private long p3;
    private long p4;
    private long p5;
    private long p6;
    private long p7;
  }

  abstract static class Count extends Before {
    volatile long free;
  }

  /**
   * One carrier's permits. {@link #tryAcquire} and {@link #release} are its carrier's alone; other
   * carriers only take from it when the stock is empty.
   */
  public static final class Lease extends Count {
    private static final VarHandle FREE;

    static {
      try {
        FREE = MethodHandles.lookup().findVarHandle(Count.class, "free", long.class);
      } catch (ReflectiveOperationException e) {
        throw new ExceptionInInitializerError(e);
      }
    }

    @SuppressWarnings({"unused", "UnusedVariable"})
    private long p8;

    @SuppressWarnings({"unused", "UnusedVariable"})
    private long p9;

    @SuppressWarnings({"unused", "UnusedVariable"})
    private long p10;

    @SuppressWarnings({"unused", "UnusedVariable"})
    private long p11;

    @SuppressWarnings({"unused", "UnusedVariable"})
    private long p12;

    @SuppressWarnings({"unused", "UnusedVariable"})
    private long p13;

    private final Permits permits;
    private final int batch;

    private Lease(Permits permits) {
      this.permits = permits;
      this.batch = permits.batch;
    }

    /** Takes one, from this lease where it can, or says that there is none anywhere. */
    public boolean tryAcquire() {
      if (batch == 0) {
        return permits.takeFromStock(1) == 1;
      }
      if (takeOne()) {
        return true;
      }
      int taken = permits.takeFromStock(batch);
      if (taken == 0) {
        return permits.steal();
      }
      if (taken > 1) {
        FREE.getAndAdd(this, (long) taken - 1);
      }
      return true;
    }

    /** Gives one back; to this lease, which passes on what it has too many of. */
    public void release() {
      if (batch == 0) {
        permits.stock.incrementAndGet();
        return;
      }
      long now = (long) FREE.getAndAdd(this, 1L) + 1;
      if (now > 2L * batch && FREE.compareAndSet(this, now, now - batch)) {
        permits.stock.addAndGet(batch);
      }
    }

    long free() {
      return free;
    }

    private boolean takeOne() {
      while (true) {
        long now = free;
        if (now <= 0) {
          return false;
        }
        if (FREE.compareAndSet(this, now, now - 1)) {
          return true;
        }
      }
    }
  }
}
