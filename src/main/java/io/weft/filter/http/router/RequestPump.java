package io.weft.filter.http.router;

import io.weft.carrier.Carrier;
import io.weft.codec.BodyBrokenException;
import io.weft.codec.ClientStream;
import io.weft.codec.Timeouts;
import io.weft.http.Body;
import io.weft.http.BodyTooLargeException;
import io.weft.stream.FilterException;
import java.io.IOException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Pushes a request body upstream on a virtual thread of its own while the stream's thread waits for
 * the response, or pushes what the client sends through a tunnel: then without a thread while the
 * client says nothing. Confined to the carrier: both threads never run at the same time.
 */
final class RequestPump implements Runnable {
  private final Attempt attempt;
  private final ClientStream stream;
  private final Body body;
  private final Timeouts limits;
  private final boolean tunnel;
  private @Nullable Thread thread;
  private @Nullable Thread waiter;
  private @Nullable IOException failure;
  private boolean stopped;
  private boolean over;

  RequestPump(Attempt attempt, ClientStream stream, Body body, Timeouts limits, boolean tunnel) {
    this.attempt = attempt;
    this.stream = stream;
    this.body = body;
    this.limits = limits;
    this.tunnel = tunnel;
  }

  @Override
  public void run() {
    thread = Thread.currentThread();
    boolean done = true;
    try {
      if (!stopped) {
        done = send();
      }
    } catch (RuntimeException e) {
      failed(new FilterException("of a request body", e));
    } catch (IOException e) {
      failed(e);
    } finally {
      thread = null;
      if (done) {
        over = true;
        LockSupport.unpark(waiter);
      }
    }
  }

  /** Whether all of it is out; if not, this runs again when there is more. */
  private boolean send() throws IOException {
    boolean done = true;
    if (tunnel) {
      done = stream.sendTunnel(body, limits, this);
    } else {
      stream.sendBody(body, limits);
    }
    if (done) {
      attempt.requestSentByPump(Carrier.current().nowNanos());
    }
    return done;
  }

  private void failed(IOException e) {
    failure = e;
    if (stopped) {
      return;
    }
    if (tunnel) {
      attempt.tunnelBroken(e);
    } else if (bodyFailure() != null) {
      // The request cannot become whole any more: nobody must take it for one (F18).
      stream.reset();
    }
  }

  /** Why not everything was pushed, or null. */
  @Nullable IOException failure() {
    return failure;
  }

  /** Why the body could not be read, or null; not why the host did not take it. */
  @Nullable IOException bodyFailure() {
    return switch (failure) {
      case BodyBrokenException e -> e;
      case BodyTooLargeException e -> e;
      case FilterException e -> e;
      case null, default -> null;
    };
  }

  /** Wakes the thread if it waits for the client or the host; the reset of the stream starts it. */
  void stop() {
    stopped = true;
    Thread running = thread;
    if (running != null) {
      running.interrupt();
    }
  }

  /** Blocks until the thread is over; it is short once stopped and the stream reset. */
  void await() {
    waiter = Thread.currentThread();
    while (!over) {
      LockSupport.park(this);
    }
    waiter = null;
  }
}
