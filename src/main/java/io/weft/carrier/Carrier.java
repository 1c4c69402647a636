package io.weft.carrier;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * One platform thread with its virtual threads, sockets and timers, and the scheduler of those
 * virtual threads. Nothing on a carrier runs at the same time as something else on it.
 *
 * <p>Only {@link #execute}, {@link #start}, {@link #index} and {@link #isCurrent} may be called
 * from other threads. An unpark from the carrier itself goes to a plain ring, one from outside to a
 * queue plus a wake-up that is sent only if the carrier sleeps.
 */
public final class Carrier implements Executor {
  private static final VarHandle SLEEPING;
  private static final VarHandle POLLED_AT;
  private static final VarHandle RUNNING;

  static {
    try {
      var lookup = MethodHandles.lookup();
      SLEEPING = lookup.findVarHandle(Carrier.class, "sleeping", int.class);
      POLLED_AT = lookup.findVarHandle(Carrier.class, "now", long.class);
      RUNNING = lookup.findVarHandle(Carrier.class, "running", Runnable.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /**
   * A carrier whose queue is not empty polls when this time is over and everything that the last
   * poll has made ready had a turn: whatever came meanwhile would have waited behind it anyhow.
   */
  private static final long POLL_INTERVAL_NANOS = 100_000;

  /** As {@link #POLL_INTERVAL_NANOS}, however many are still waiting for their turn. */
  private static final long MAX_POLL_INTERVAL_NANOS = 1_000_000;

  private static final long MAX_SLEEP_NANOS = 3_600_000_000_000L;

  /** What a thread may do before it lets others run. */
  private static final int TURN_CALLS = 16;

  private static final int TURN_BYTES = 256 * 1024;

  private final int index;
  private final Poller poller;
  private final boolean pin;
  private final Thread.Builder.OfVirtual threads;
  private final CarrierThread thread;
  private final TimerWheel timers;
  private final ConcurrentLinkedQueue<Runnable> foreign = new ConcurrentLinkedQueue<>();
  private final WallClock wallClock = new WallClock();

  private @Nullable Runnable[] ring = new @Nullable Runnable[1024];
  private int head;
  private int tail;

  private long now;
  private int callsLeft;
  private int bytesLeft;

  @SuppressWarnings("UnusedVariable") // through SLEEPING
  private volatile int sleeping;

  @SuppressWarnings("UnusedVariable") // through RUNNING; the watchdog reads it
  private @Nullable Runnable running;

  private volatile boolean stopping;
  private final List<Runnable> atStop = new CopyOnWriteArrayList<>();
  private volatile @Nullable Object[] locals = new @Nullable Object[16];
  private long section;
  private long sections;

  Carrier(int index, Poller poller, boolean pin) {
    this.index = index;
    this.poller = poller;
    this.pin = pin;
    now = System.nanoTime();
    timers = new TimerWheel(now);
    threads =
        VirtualThreads.on(this)
            .inheritInheritableThreadLocals(false)
            .uncaughtExceptionHandler((_, e) -> Uncaught.report(e));
    thread = new CarrierThread(this);
  }

  /** The carrier this code runs on. */
  public static Carrier current() {
    Carrier carrier = currentOrNull();
    if (carrier == null) {
      throw new IllegalStateException(
          "thread "
              + Thread.currentThread()
              + " is not on a carrier: start it with Carrier.start or hop with Carrier.execute");
    }
    return carrier;
  }

  /** The carrier this code runs on, null elsewhere. */
  public static @Nullable Carrier currentOrNull() {
    return VirtualThreads.currentCarrierThread() instanceof CarrierThread thread
        ? thread.carrier
        : null;
  }

  /** Its number, from 0. */
  public int index() {
    return index;
  }

  /** Whether the calling code runs on this carrier. */
  public boolean isCurrent() {
    return VirtualThreads.currentCarrierThread() == thread;
  }

  /** Runs a task on the carrier outside any virtual thread: it must not block. From any thread. */
  @Override
  public void execute(Runnable task) {
    if (isCurrent()) {
      push(task);
    } else {
      foreign.add(task);
      if (sleeping == 1 && SLEEPING.compareAndSet(this, 1, 0)) {
        poller.wake();
      }
    }
  }

  /** Starts a virtual thread that never leaves this carrier. From any thread. */
  public Thread start(Runnable task) {
    return threads.start(task);
  }

  /** {@link System#nanoTime} as of the last poll. */
  public long nowNanos() {
    return now;
  }

  /** {@link System#currentTimeMillis} as of the last poll. */
  public long nowMillis() {
    return wallClock.millis(now);
  }

  /**
   * Runs {@code task} once in {@code delayNanos}, late by up to 2 ms. It runs on the carrier
   * outside any virtual thread and must not block. To be called on this carrier.
   */
  public TimerTask schedule(long delayNanos, Runnable task) {
    assert isCurrent() : "not on carrier " + index;
    long at = io.weft.time.Deadline.nanosAfter(System.nanoTime(), delayNanos);
    var timer = new TimerTask(this, at, task);
    await(timer, at);
    return timer;
  }

  /** Sees to it that {@code entry} is asked for its deadline when {@code due} has come. */
  public void await(Timed entry, long due) {
    if (due != Long.MAX_VALUE) {
      timers.file(entry, due);
    }
  }

  /** Takes {@code entry} out of the timer wheel. */
  public void forget(Timed entry) {
    timers.remove(entry);
  }

  /** The current virtual thread goes to the end of the run queue. */
  @SuppressWarnings("ThreadPriorityCheck") // here it means the end of the run queue, exactly
  public void yieldNow() {
    if (Thread.currentThread().isVirtual()) {
      Thread.yield();
    }
  }

  /** A channel has made a call that moved {@code bytes}; see {@link #yieldIfSpent}. */
  public void spend(int bytes) {
    callsLeft--;
    bytesLeft -= bytes;
  }

  /**
   * Lets others run if the current thread has moved 256 KiB or made 16 channel calls since it was
   * last continued. For channels, before a call that may park.
   */
  public void yieldIfSpent() {
    if (callsLeft <= 0 || bytesLeft <= 0) {
      yieldNow();
    }
  }

  /** Marks that user code begins: the watchdog may then blame it. Returns the token for exit. */
  public long enter() {
    section = ++sections;
    return section;
  }

  /**
   * User code has returned, or calls back into Weft. Where it has parked meanwhile, another stream
   * may have begun a section of its own, which stays.
   */
  public void exit(long token) {
    if (section == token) {
      section = 0;
    }
  }

  /** The epoll poller of this carrier. */
  public EpollPoller epoll() {
    return (EpollPoller) poller;
  }

  /** The nio poller of this carrier. */
  public NioPoller nio() {
    return (NioPoller) poller;
  }

  /** Whether this carrier polls with epoll, else with nio. */
  public boolean isEpoll() {
    return poller instanceof EpollPoller;
  }

  String pollerName() {
    return poller.name();
  }

  // from here on: the carrier's thread

  void begin() {
    thread.start();
  }

  void stop() {
    stopping = true;
    poller.wake();
  }

  void join() throws InterruptedException {
    thread.join(1000);
  }

  private void push(Runnable task) {
    ring[tail] = task;
    tail = (tail + 1) & (ring.length - 1);
    if (tail == head) {
      grow();
    }
  }

  private void grow() {
    int size = ring.length;
    @Nullable Runnable[] larger = new @Nullable Runnable[size * 2];
    System.arraycopy(ring, head, larger, 0, size - head);
    System.arraycopy(ring, 0, larger, size - head, head);
    ring = larger;
    head = 0;
    tail = size;
  }

  void run() {
    if (pin) {
      Affinity.pin(index);
    }
    while (!stopping) {
      try {
        loop();
      } catch (Throwable e) {
        Uncaught.report(e);
      }
    }
    atStop.forEach(this::runGuarded);
    poller.close();
  }

  /** Runs {@code action} on the carrier when it stops, before its sockets are closed. */
  public void atStop(Runnable action) {
    atStop.add(action);
  }

  private void loop() throws IOException {
    while (!stopping) {
      runTasks(now);
      for (Runnable task = foreign.poll(); task != null; task = foreign.poll()) {
        push(task);
      }
      int events = head == tail ? sleep() : poller.await(0);
      long time = System.nanoTime();
      POLLED_AT.setOpaque(this, time);
      if (events > 0) {
        poller.dispatch(events);
      }
      timers.advance(time);
    }
  }

  private void runTasks(long polledAt) {
    int run = 0;
    int pass = (tail - head) & (ring.length - 1);
    while (head != tail) {
      Runnable task = ring[head];
      ring[head] = null;
      head = (head + 1) & (ring.length - 1);
      callsLeft = TURN_CALLS;
      bytesLeft = TURN_BYTES;
      RUNNING.setOpaque(this, task);
      if (task != null) {
        task.run();
      }
      if (head == tail) {
        break;
      }
      boolean passed = ++run == pass;
      if (passed || isTimeToLook(run)) {
        long spent = System.nanoTime() - polledAt;
        if (spent >= (passed || isLong() ? POLL_INTERVAL_NANOS : MAX_POLL_INTERVAL_NANOS)) {
          break;
        }
        if (passed) {
          run = 0;
          pass = (tail - head) & (ring.length - 1);
        }
      }
    }
    RUNNING.setOpaque(this, null);
  }

  /** Reading the clock costs as much as a hop between threads: after each long task, or a few. */
  private boolean isTimeToLook(int run) {
    return (run & 7) == 0 || isLong();
  }

  /** Whether the last task was of those that others should not wait behind many of. */
  private boolean isLong() {
    return callsLeft < TURN_CALLS / 2 || bytesLeft < TURN_BYTES / 4 * 3;
  }

  private int sleep() throws IOException {
    long nanos = Math.min(MAX_SLEEP_NANOS, timers.untilNext(System.nanoTime()));
    SLEEPING.setVolatile(this, 1);
    // looked at after sleeping is set: whoever adds later sees it set, and wakes
    int events = poller.await(foreign.isEmpty() && !stopping ? nanos : 0);
    SLEEPING.setOpaque(this, 0);
    return events;
  }

  private void runGuarded(Runnable task) {
    try {
      task.run();
    } catch (Throwable e) {
      Uncaught.report(e);
    }
  }

  // for the watchdog, from its thread

  Thread platformThread() {
    return thread;
  }

  boolean isSleeping() {
    return sleeping == 1;
  }

  long polledAt() {
    return (long) POLLED_AT.getOpaque(this);
  }

  /** What it runs now; null between tasks. */
  @Nullable Runnable running() {
    return (Runnable) RUNNING.getOpaque(this);
  }

  // for CarrierLocal

  @Nullable Object local(int key) {
    @Nullable Object[] values = locals;
    return key < values.length ? values[key] : null;
  }

  synchronized void setLocal(int key, Object value) {
    @Nullable Object[] values =
        Arrays.copyOf(locals, Math.max(locals.length, Integer.highestOneBit(key) * 2 + 1));
    values[key] = value;
    locals = values;
  }
}
