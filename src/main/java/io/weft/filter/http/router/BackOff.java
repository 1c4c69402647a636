package io.weft.filter.http.router;

import io.weft.carrier.Carrier;
import io.weft.carrier.TimerTask;
import io.weft.codec.ServerStream;
import io.weft.stream.DownstreamException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Waits between two tries. On the thread of the stream, which parks. */
final class BackOff {
  private BackOff() {}

  /**
   * Blocks for that long.
   *
   * @param downstream whose client may go meanwhile, which ends the wait; null for none
   * @throws DownstreamException if it has gone
   */
  static void sleep(long nanos, @Nullable ServerStream downstream) throws DownstreamException {
    Thread me = Thread.currentThread();
    Carrier carrier = Carrier.current();
    long until = carrier.nowNanos() + nanos;
    if (downstream != null) {
      downstream.onCancel(() -> LockSupport.unpark(me));
    }
    TimerTask timer = carrier.schedule(nanos, () -> LockSupport.unpark(me));
    try {
      while (carrier.nowNanos() - until < 0) {
        if (downstream != null && downstream.isCanceled()) {
          throw new DownstreamException("the client is gone");
        }
        LockSupport.park(carrier);
      }
    } finally {
      timer.cancel();
      if (downstream != null) {
        downstream.onCancel(null);
      }
    }
  }
}
