package io.weft.upstream;

import io.weft.carrier.Carrier;
import io.weft.carrier.TimerTask;
import io.weft.stream.UpstreamException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** A virtual thread that waits for a connection of one pool. Confined to its carrier. */
final class Waiter {
  private final Thread thread = Thread.currentThread();
  private @Nullable PooledConnection given;
  private boolean signalled;
  private UpstreamException.@Nullable ConnectFailure failure;

  /** Hands it a connection; it has left the queue. */
  void give(PooledConnection connection) {
    given = connection;
    LockSupport.unpark(thread);
  }

  /** Tells it that the connection it waited to share could not be opened; it has left the queue. */
  void fail(UpstreamException.ConnectFailure why) {
    failure = why;
    LockSupport.unpark(thread);
  }

  /** Why there will be no connection, or null. */
  UpstreamException.@Nullable ConnectFailure failure() {
    return failure;
  }

  /** Tells it to try and open a connection itself; it has left the queue. */
  void signal() {
    signalled = true;
    LockSupport.unpark(thread);
  }

  /** Parks until it is given or told something, the deadline passes, or an interrupt. */
  void await(Carrier carrier, long deadlineNanos) {
    TimerTask timer = null;
    if (deadlineNanos != Long.MAX_VALUE) {
      timer = carrier.schedule(deadlineNanos - System.nanoTime(), () -> LockSupport.unpark(thread));
    }
    try {
      while (given == null
          && !signalled
          && failure == null
          && !thread.isInterrupted()
          && deadlineNanos > System.nanoTime()) {
        LockSupport.park(this);
      }
    } finally {
      if (timer != null) {
        timer.cancel();
      }
    }
  }

  /** The connection it was handed, or null. */
  @Nullable PooledConnection given() {
    return given;
  }

  /** Whether it was told to try; forgets it. */
  boolean takeSignal() {
    boolean was = signalled;
    signalled = false;
    return was;
  }
}
