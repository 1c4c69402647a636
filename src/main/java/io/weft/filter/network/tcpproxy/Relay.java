package io.weft.filter.network.tcpproxy;

import io.weft.carrier.Carrier;
import io.weft.carrier.TimerTask;
import io.weft.filter.network.DownstreamConnection;
import io.weft.format.ResponseFlag;
import io.weft.net.Buffer;
import io.weft.net.Channel;
import io.weft.net.ResetException;
import io.weft.stream.StreamInfo;
import io.weft.upstream.TcpLease;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The two directions of one proxied connection. Each has a virtual thread; both are on one carrier,
 * so the fields need no guard. The end of one side is passed on as the end of the other side's
 * input, a reset as a reset; the connection is over when both directions are.
 */
final class Relay {
  /** What a wrapped connection reads at a time; its buffer is held while the client is silent. */
  private static final int WRAPPED_BYTES = 16 * 1024;

  private final DownstreamConnection downstream;
  private final TcpLease lease;
  private final StreamInfo stream;
  private final Carrier carrier;
  private final TcpProxyConfig config;
  private final TcpProxyStats stats;
  private final Channel client;
  private final Channel endpoint;

  private long activeNanos;
  private long received;
  private long sent;

  /** The endpoint has been told that the client sends no more, and the other way round. */
  private boolean endpointEnded;

  private boolean clientEnded;

  /** Why it ended, where it did not end by itself. */
  private End end = End.DONE;

  private boolean downDone;
  private @Nullable Thread waiting;
  private @Nullable TimerTask idleTimer;

  private enum End {
    DONE,
    CLIENT_GONE,
    ENDPOINT_GONE,
    IDLE,
    TOO_LONG
  }

  Relay(
      DownstreamConnection downstream,
      TcpLease lease,
      StreamInfo stream,
      Carrier carrier,
      TcpProxyConfig config,
      TcpProxyStats stats) {
    this.downstream = downstream;
    this.lease = lease;
    this.stream = stream;
    this.carrier = carrier;
    this.config = config;
    this.stats = stats;
    client = downstream.channel();
    endpoint = lease.channel();
  }

  /** Moves bytes until both directions are over, then ends both connections. */
  void run() {
    activeNanos = carrier.nowNanos();
    scheduleIdle(config.idleTimeout());
    var lifetime = schedule(config.maxConnectionDuration(), this::onTooLong);
    // each direction notices what happens to the side it reads; these tell of the side it writes
    client.onReset(() -> onReset(clientEnded, End.CLIENT_GONE));
    endpoint.onReset(() -> onReset(endpointEnded, End.ENDPOINT_GONE));
    try {
      carrier.start(this::down);
      up();
      while (!downDone) {
        waiting = Thread.currentThread();
        LockSupport.park(this);
      }
    } finally {
      waiting = null;
      client.onReset(null);
      cancel(idleTimer);
      cancel(lifetime);
      lease.close(end == End.ENDPOINT_GONE || end == End.DONE && endpoint.peerClosed());
      tell();
    }
  }

  /** What the client sends goes to the endpoint. */
  private void up() {
    try {
      if (downstream.sourceUnwrapped()) {
        for (long count = client.relayTo(endpoint, Long.MAX_VALUE, Long.MAX_VALUE);
            count >= 0;
            count = client.relayTo(endpoint, Long.MAX_VALUE, Long.MAX_VALUE)) {
          onReceived(count);
        }
        downstream.halfClosed();
      } else {
        upThroughFilters();
      }
      endpointEnded = true;
      endpoint.shutdownOutput();
    } catch (IOException e) {
      failed(e);
    }
  }

  private void upThroughFilters() throws IOException {
    var buffer = ByteBuffer.allocate(WRAPPED_BYTES);
    while (downstream.source().read(buffer) >= 0) {
      buffer.flip();
      int count = buffer.remaining();
      endpoint.write(buffer, Long.MAX_VALUE);
      buffer.clear();
      onReceived(count);
    }
  }

  /** What the endpoint sends goes to the client. */
  private void down() {
    try {
      if (downstream.sinkUnwrapped()) {
        for (long count = endpoint.relayTo(client, Long.MAX_VALUE, Long.MAX_VALUE);
            count >= 0;
            count = endpoint.relayTo(client, Long.MAX_VALUE, Long.MAX_VALUE)) {
          onSent(count);
        }
      } else {
        downThroughFilters();
      }
      clientEnded = true;
      downstream.sink().shutdown();
    } catch (IOException e) {
      failed(e);
    } catch (RuntimeException | Error e) { // a filter's own: both connections end, it is logged
      abort(End.DONE);
      throw e;
    } finally {
      downDone = true;
      LockSupport.unpark(waiting);
    }
  }

  private void downThroughFilters() throws IOException {
    while (true) {
      endpoint.awaitReadable(Long.MAX_VALUE);
      var buffer = Buffer.borrow();
      try {
        int count = endpoint.read(buffer, Long.MAX_VALUE);
        if (count < 0) {
          return;
        }
        downstream.sink().write(buffer.bytes().limit(buffer.end).position(buffer.start));
        onSent(count);
      } finally {
        buffer.bytes().clear();
        buffer.release();
      }
    }
  }

  private void onReceived(long count) {
    activeNanos = carrier.nowNanos();
    received += count;
    stats.downstreamCxRxBytesTotal.add(count);
    lease.countBytes();
  }

  private void onSent(long count) {
    activeNanos = carrier.nowNanos();
    sent += count;
    stats.downstreamCxTxBytesTotal.add(count);
    lease.countBytes();
  }

  /** A direction has failed: the connection is cut, there is no use in half of it. */
  private void failed(IOException e) {
    if (e instanceof ResetException reset) {
      abort(reset.isOf(client) ? End.CLIENT_GONE : End.ENDPOINT_GONE);
    } else {
      abort(End.DONE);
    }
  }

  /** A connection is dead both ways although this side has not ended it: the peer has reset it. */
  private void onReset(boolean endedHere, End why) {
    if (!endedHere) {
      abort(why);
    }
  }

  /** Ends both connections now; whoever reads or writes them fails. */
  private void abort(End why) {
    if (end == End.DONE) {
      end = why;
    }
    switch (why) {
      case CLIENT_GONE -> endpoint.reset();
      case ENDPOINT_GONE -> client.reset();
      default -> {}
    }
    endpoint.close();
    client.close();
  }

  private void scheduleIdle(@Nullable Duration timeout) {
    if (timeout != null) {
      idleTimer = schedule(timeout, () -> onIdle(timeout.toNanos()));
    }
  }

  private void onIdle(long timeoutNanos) {
    long left = activeNanos + timeoutNanos - System.nanoTime();
    if (left > 0) { // bytes have moved since; rather late than a timer for each of them
      idleTimer = carrier.schedule(left, () -> onIdle(timeoutNanos));
    } else {
      stats.idleTimeout.inc();
      abort(End.IDLE);
    }
  }

  private void onTooLong() {
    stats.maxDownstreamConnectionDuration.inc();
    abort(End.TOO_LONG);
  }

  private @Nullable TimerTask schedule(@Nullable Duration in, Runnable task) {
    return in == null ? null : carrier.schedule(in.toNanos(), task);
  }

  private static void cancel(@Nullable TimerTask timer) {
    if (timer != null) {
      timer.cancel();
    }
  }

  /** Tells statistics and log how it ended. */
  private void tell() {
    long now = System.nanoTime();
    stream.downstream(now, -1, now, received, sent);
    stream.upstreamWireBytes(endpoint.bytesRead(), endpoint.bytesWritten());
    switch (end) {
      case TOO_LONG -> stream.flag(ResponseFlag.DURATION_TIMEOUT);
      case CLIENT_GONE -> stream.flag(ResponseFlag.DOWNSTREAM_CONNECTION_TERMINATION);
      case ENDPOINT_GONE -> stream.flag(ResponseFlag.UPSTREAM_CONNECTION_TERMINATION);
      case IDLE, DONE -> {}
    }
    downstream.close(
        end == End.DONE || end == End.CLIENT_GONE
            ? DownstreamConnection.Event.REMOTE_CLOSE
            : DownstreamConnection.Event.LOCAL_CLOSE);
  }
}
