package io.weft.net;

import io.weft.carrier.Carrier;
import io.weft.carrier.CarrierLocal;
import io.weft.carrier.TimerTask;
import io.weft.sys.Libc;
import io.weft.sys.Memory;
import io.weft.sys.Os;
import io.weft.time.Deadline;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The buffers of one carrier. The one given back last is lent next, so few pages are in use; the
 * pages of those not needed for a while go back to the system, their addresses stay. Confined to
 * its carrier.
 */
final class BufferPool {
  private static final CarrierLocal<BufferPool> POOLS = new CarrierLocal<>(BufferPool::new);

  /** All pools, to wake waiters when another carrier gives back. */
  private static final List<BufferPool> ALL = new CopyOnWriteArrayList<>();

  private static final long MAX_WAIT_NANOS = 10_000_000_000L;
  private static final long TRIM_NANOS = 5_000_000_000L;

  private final Carrier carrier;
  private final ArrayList<Buffer> free = new ArrayList<>();
  private final ArrayDeque<Thread> waiters = new ArrayDeque<>();
  private final @Nullable Libc libc = Os.isLinux() ? new Libc() : null;

  // buffers of the budget that this carrier holds and has not lent
  private int spare;

  // buffers borrowed and not yet given back
  private int lent;

  // fewest free buffers since the last trim: those were not needed
  private int fewestFree;
  private @Nullable TimerTask trim;

  private BufferPool(Carrier carrier) {
    this.carrier = carrier;
    ALL.add(this);
    carrier.atStop(this::stop);
  }

  private void stop() {
    ALL.remove(this);
    giveSpareBack();
    if (libc != null) {
      for (Buffer buffer : free) {
        var _ = libc.madvise(buffer.address(), Buffer.SIZE, Os.MADV_DONTNEED);
      }
    }
    free.clear();
  }

  private void giveSpareBack() {
    BufferBudget.giveBack(spare);
    spare = 0;
  }

  static BufferPool current() {
    return POOLS.get();
  }

  int lent() {
    return lent;
  }

  @Nullable Buffer tryBorrow() {
    if (spare == 0) {
      spare = BufferBudget.take();
      if (spare == 0) {
        return null;
      }
    }
    spare--;
    lent++;
    if (free.isEmpty()) {
      allocate();
    }
    Buffer buffer = free.removeLast();
    fewestFree = Math.min(fewestFree, free.size());
    buffer.lend();
    return buffer;
  }

  Buffer borrow() throws IOException {
    Buffer buffer = tryBorrow();
    return buffer != null ? buffer : awaitBuffer();
  }

  private Buffer awaitBuffer() throws IOException {
    Thread me = Thread.currentThread();
    if (!me.isVirtual()) {
      throw new IllegalStateException("borrow may wait: only on a virtual thread, not on " + me);
    }
    long deadline = Deadline.nanosAfter(System.nanoTime(), MAX_WAIT_NANOS);
    TimerTask timeout = carrier.schedule(MAX_WAIT_NANOS, () -> LockSupport.unpark(me));
    BufferBudget.beginWait();
    waiters.add(me);
    // others may have some at hand that nobody needs
    ALL.forEach(pool -> pool.carrier.execute(pool::shareSpare));
    try {
      while (true) {
        // asked again after joining the waiters: a release from now on sees them
        Buffer buffer = tryBorrow();
        if (buffer != null) {
          return buffer;
        }
        if (System.nanoTime() >= deadline) {
          throw new NetTimeoutException(
              "no buffer within 10 s: the budget of "
                  + BufferBudget.limitBytes()
                  + " bytes is spent");
        }
        if (me.isInterrupted()) {
          throw new CanceledException("interrupted while waiting for a buffer");
        }
        LockSupport.park();
      }
    } finally {
      waiters.remove(me);
      BufferBudget.endWait();
      timeout.cancel();
      wakeNext();
    }
  }

  void release(Buffer buffer) {
    if (!carrier.isCurrent()) {
      carrier.execute(() -> giveBack(buffer));
    } else {
      giveBack(buffer);
    }
  }

  private void giveBack(Buffer buffer) {
    free.add(buffer);
    spare++;
    lent--;
    if (trim == null) {
      trim = carrier.schedule(TRIM_NANOS, this::trim);
    }
    if (!waiters.isEmpty()) {
      wakeNext();
    } else if (BufferBudget.isAwaited()) {
      // on another carrier
      giveSpareBack();
      ALL.forEach(pool -> pool.carrier.execute(pool::wakeNext));
    } else if (spare > 2 * BufferBudget.LOT) {
      spare -= BufferBudget.LOT;
      BufferBudget.giveBack(BufferBudget.LOT);
    }
  }

  private void shareSpare() {
    if (spare > 0 && waiters.isEmpty()) {
      giveSpareBack();
      ALL.forEach(pool -> pool.carrier.execute(pool::wakeNext));
    }
  }

  private void wakeNext() {
    Thread waiter = waiters.peek();
    if (waiter != null) {
      LockSupport.unpark(waiter);
    }
  }

  private void allocate() {
    long bytes = (long) BufferBudget.LOT * Buffer.SIZE;
    long address =
        libc == null ? 0 : libc.mmap(0, bytes, Os.PROT_READ_WRITE, Os.MAP_PRIVATE_ANONYMOUS);
    if (address < 0) {
      throw new OutOfMemoryError("mmap of " + bytes + " bytes for buffers");
    }
    if (address == 0) {
      address = Memory.allocate(bytes);
    }
    for (int i = 0; i < BufferBudget.LOT; i++) {
      free.add(new Buffer(address + (long) i * Buffer.SIZE, this));
    }
  }

  private void trim() {
    boolean more = false;
    for (int i = 0; i < free.size(); i++) {
      Buffer buffer = free.get(i);
      if (i >= fewestFree) {
        more |= buffer.touched;
        continue;
      }
      if (buffer.touched && libc != null) {
        var _ = libc.madvise(buffer.address(), Buffer.SIZE, Os.MADV_DONTNEED);
        buffer.touched = false;
      }
    }
    fewestFree = free.size();
    trim = more ? carrier.schedule(TRIM_NANOS, this::trim) : null;
  }
}
