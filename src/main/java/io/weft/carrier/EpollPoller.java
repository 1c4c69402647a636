package io.weft.carrier;

import io.weft.sys.Errno;
import io.weft.sys.Libc;
import io.weft.sys.Memory;
import io.weft.sys.Os;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * epoll. A descriptor is registered once; the event data holds its slot and the slot's generation,
 * so that an event of a descriptor closed since is ignored. Confined to its carrier but for {@link
 * #wake}.
 */
public final class EpollPoller extends Poller {
  private static final int MAX_EVENTS = 512;
  private static final int EVENT_BYTES = Os.epollEventBytes();
  private static final int DATA = EVENT_BYTES - 8;
  private static final long WAKE = -1;

  private final Libc libc = new Libc();
  private final Libc wakingLibc = new Libc();
  private final int epoll;
  private final int eventFd;
  private final long events = Memory.allocate((long) MAX_EVENTS * EVENT_BYTES);
  private final long event = Memory.allocate(16);
  private final long one = Memory.allocate(8);

  private @Nullable Pollable[] registered = new @Nullable Pollable[256];
  private int[] generations = new int[256];
  private int[] free = new int[256];
  private int freeCount;
  private int used;

  EpollPoller() throws IOException {
    Memory.putLong(one, 1);
    epoll = checked("epoll_create1", libc.epollCreate1(Os.EPOLL_CLOEXEC));
    eventFd = checked("eventfd", libc.eventfd(0, Os.EFD_CLOEXEC_NONBLOCK));
    // edge-triggered: each write is an event, so the counter is never read
    checked("epoll_ctl", control(Os.EPOLL_CTL_ADD, eventFd, Os.EPOLLIN | Os.EPOLLET, WAKE));
  }

  private static int checked(String call, int result) throws IOException {
    if (result < 0) {
      throw new IOException(call + ": " + Errno.text(-result));
    }
    return result;
  }

  private int control(int operation, int fd, int wanted, long data) {
    Memory.putInt(event, wanted);
    Memory.putLong(event + DATA, data);
    return libc.epollCtl(epoll, operation, fd, event);
  }

  /** The system calls of this carrier's thread. */
  public Libc libc() {
    return libc;
  }

  @Override
  String name() {
    return "epoll";
  }

  /** Registers a descriptor; returns its slot. {@code wanted} are EPOLL bits. */
  public int register(int fd, int wanted, Pollable pollable) throws IOException {
    int slot = freeCount > 0 ? free[--freeCount] : newSlot();
    int result = control(Os.EPOLL_CTL_ADD, fd, wanted, data(slot));
    if (result < 0) {
      free[freeCount++] = slot;
      throw new IOException("epoll_ctl: " + Errno.text(-result));
    }
    registered[slot] = pollable;
    return slot;
  }

  private long data(int slot) {
    // positive, unlike WAKE
    return (long) (generations[slot] & Integer.MAX_VALUE) << 32 | slot;
  }

  private int newSlot() {
    if (used == registered.length) {
      registered = Arrays.copyOf(registered, used * 2);
      generations = Arrays.copyOf(generations, used * 2);
      free = Arrays.copyOf(free, used * 2);
    }
    return used++;
  }

  /** Changes what a registered descriptor waits for. */
  public void modify(int slot, int fd, int wanted) throws IOException {
    checked("epoll_ctl", control(Os.EPOLL_CTL_MOD, fd, wanted, data(slot)));
  }

  /**
   * Forgets a slot; events still on their way are ignored. Closing the descriptor does the rest.
   */
  public void unregister(int slot) {
    registered[slot] = null;
    generations[slot]++;
    free[freeCount++] = slot;
  }

  @Override
  int await(long nanos) throws IOException {
    // rounded up: a wake-up just before the deadline would be followed by a second one
    int millis = (int) Math.min(Integer.MAX_VALUE, (nanos + 999_999) / 1_000_000);
    int count = libc.epollWait(epoll, events, MAX_EVENTS, millis);
    if (count < 0 && count != -Errno.EINTR) {
      throw new IOException("epoll_wait: " + Errno.text(-count));
    }
    return Math.max(0, count);
  }

  @Override
  void dispatch(int count) {
    long at = events;
    for (int i = 0; i < count; i++, at += EVENT_BYTES) {
      long data = Memory.getLong(at + DATA);
      if (data == WAKE) {
        continue;
      }
      int slot = (int) data;
      Pollable pollable = registered[slot];
      if (pollable != null && (generations[slot] & Integer.MAX_VALUE) == (int) (data >>> 32)) {
        try {
          pollable.onEvents(Memory.getInt(at));
        } catch (RuntimeException | Error e) {
          // the events behind this one come only once
          Uncaught.report(e);
        }
      }
    }
  }

  @Override
  void wake() {
    // errno is not looked at, so several threads may do this at once
    var _ = wakingLibc.write(eventFd, one, 8);
  }

  @Override
  void close() {
    for (int slot = 0; slot < used; slot++) {
      Pollable pollable = registered[slot];
      if (pollable != null) {
        pollable.onStop();
      }
    }
    var _ = libc.close(eventFd);
    var _ = libc.close(epoll);
  }
}
