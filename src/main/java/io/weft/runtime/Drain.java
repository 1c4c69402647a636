package io.weft.runtime;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether the proxy, or one listener of it, is to lose its connections. Shared; any thread may ask.
 * Once started it does not end; a failed health check does, when it passes again.
 */
public final class Drain {
  /** The server's state; the order is that of Envoy's gauge {@code server.state}. */
  public enum State {
    LIVE,
    DRAINING,
    PRE_INITIALIZING,
    INITIALIZING
  }

  /** How connections end while draining. */
  public enum Strategy {
    /** The longer it lasts, the likelier: spread over the whole drain time. */
    GRADUAL,
    /** Each at its next response. */
    IMMEDIATE
  }

  private final @Nullable Drain parent;
  private final boolean followsHealth;
  private final LongSupplier ticker;
  private final List<Runnable> listeners = new ArrayList<>();

  private volatile State phase = State.PRE_INITIALIZING;
  private volatile boolean healthCheckFailed;
  private volatile @Nullable Started started;

  private record Started(long nanos, long overNanos, Strategy strategy) {}

  /** The drain of a whole server. */
  public Drain() {
    this(System::nanoTime);
  }

  /** The same on another clock, in nanoseconds. */
  public Drain(LongSupplier ticker) {
    this(null, true, ticker);
  }

  private Drain(@Nullable Drain parent, boolean followsHealth, LongSupplier ticker) {
    this.parent = parent;
    this.followsHealth = followsHealth;
    this.ticker = ticker;
  }

  /**
   * The drain of one listener: it starts by itself, or with the server's.
   *
   * @param modifyOnly Envoy's {@code drain_type: MODIFY_ONLY}: a failed health check of the server
   *     does not count
   */
  public Drain ofListener(boolean modifyOnly) {
    return new Drain(this, !modifyOnly, ticker);
  }

  /**
   * The server's state: LIVE only if it is initialised, its health check passes and no drain
   * started.
   */
  public State state() {
    if (phase == State.LIVE && (healthCheckFailed || started())) {
      return State.DRAINING;
    }
    return phase;
  }

  /** Configuration is loaded; listeners do not accept yet. */
  public void initializing() {
    phase = State.INITIALIZING;
  }

  /** Listeners accept. */
  public void live() {
    phase = State.LIVE;
  }

  /** Envoy's {@code /healthcheck/fail}: not ready, and connections end at their next response. */
  public void failHealthCheck() {
    healthCheckFailed = true;
  }

  /** Envoy's {@code /healthcheck/ok}. */
  public void passHealthCheck() {
    healthCheckFailed = false;
  }

  public boolean healthCheckFailed() {
    return healthCheckFailed || (parent != null && followsHealth && parent.healthCheckFailed());
  }

  /**
   * Starts draining and tells the listeners of {@link #onStart} on this thread; only the first call
   * counts.
   *
   * @param over how long {@link Strategy#GRADUAL} takes to reach every connection
   */
  public void start(Duration over, Strategy strategy) {
    List<Runnable> tell;
    synchronized (listeners) {
      if (started != null) {
        return;
      }
      started = new Started(ticker.getAsLong(), over.toNanos(), strategy);
      tell = List.copyOf(listeners);
      listeners.clear();
    }
    tell.forEach(Runnable::run);
  }

  /** Whether a drain was started here or in the server. */
  public boolean started() {
    return started != null || (parent != null && parent.started());
  }

  /**
   * Runs {@code listener} once when this drain starts, at once if it has. A listener of the
   * server's drain is told of that one only.
   */
  public void onStart(Runnable listener) {
    synchronized (listeners) {
      if (started == null) {
        listeners.add(listener);
        return;
      }
    }
    listener.run();
  }

  /**
   * Whether a connection is to end with its present response. Some volatile reads while nothing
   * drains.
   *
   * @param random any number, for {@link Strategy#GRADUAL}
   */
  public boolean closesConnection(long random) {
    if (healthCheckFailed || (started != null && due(random))) {
      return true;
    }
    return parent != null
        && ((followsHealth && parent.healthCheckFailed)
            || (parent.started != null && parent.due(random)));
  }

  private boolean due(long random) {
    var start = started;
    if (start == null) {
      return false;
    }
    long elapsed = ticker.getAsLong() - start.nanos;
    if (start.strategy == Strategy.IMMEDIATE || elapsed >= start.overNanos) {
      return true;
    }
    return Long.remainderUnsigned(random, start.overNanos) < elapsed;
  }
}
