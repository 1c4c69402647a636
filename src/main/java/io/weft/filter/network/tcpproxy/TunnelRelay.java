package io.weft.filter.network.tcpproxy;

import io.weft.carrier.Carrier;
import io.weft.codec.BodyBrokenException;
import io.weft.codec.Timeouts;
import io.weft.filter.network.DownstreamConnection;
import io.weft.format.ResponseFlag;
import io.weft.http.Body;
import io.weft.net.NetTimeoutException;
import io.weft.net.ResetException;
import io.weft.stream.StreamInfo;
import io.weft.upstream.Upstream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The two directions of a connection that goes through a tunnel: a CONNECT that a host of the
 * cluster has accepted. Each has a virtual thread; both are on one carrier, so the fields need no
 * guard. Ends and resets are passed on as by {@link Relay}.
 */
final class TunnelRelay {
  private static final int BYTES = 16 * 1024;

  private final DownstreamConnection downstream;
  private final Upstream upstream;
  private final Body body;
  private final Timeouts limits;
  private final StreamInfo stream;
  private final TcpProxyStats stats;
  private long received;
  private long sent;
  private boolean clientEnded;

  /** It was the client that broke off, whichever direction finds out first. */
  private boolean clientReset;

  private boolean upDone;
  private @Nullable IOException failure;
  private @Nullable Thread waiting;

  /**
   * A relay.
   *
   * @param body what the host sends through the tunnel
   * @param limits of both directions
   */
  TunnelRelay(
      DownstreamConnection downstream,
      Upstream upstream,
      Body body,
      Timeouts limits,
      StreamInfo stream,
      TcpProxyStats stats) {
    this.downstream = downstream;
    this.upstream = upstream;
    this.body = body;
    this.limits = limits;
    this.stream = stream;
    this.stats = stats;
  }

  /** What the client sends, as the body of the CONNECT. */
  private final class FromClient extends Body {
    @Override
    public int read(ByteBuffer target) throws IOException {
      int count = downstream.source().read(target);
      if (count > 0) {
        received += count;
        stats.downstreamCxRxBytesTotal.add(count);
        limits.active(Carrier.current().nowNanos());
      }
      return count;
    }
  }

  /** Moves bytes until both directions are over, then ends both connections. */
  void run() {
    // each direction notices what happens to the side it reads; this tells of the other
    downstream
        .channel()
        .onReset(() -> {
          if (!clientEnded) {
            clientReset = failure == null;
            upstream.stream().reset();
          }
        });
    try {
      Carrier.current().start(this::up);
      down();
      await();
    } finally {
      downstream.channel().onReset(null);
      tell();
      upstream.stream().reset();
      downstream.channel().close();
      await();
      downstream.close(
          failure == null
              ? DownstreamConnection.Event.REMOTE_CLOSE
              : DownstreamConnection.Event.LOCAL_CLOSE);
    }
  }

  private void await() {
    while (!upDone) {
      waiting = Thread.currentThread();
      LockSupport.park(this);
    }
    waiting = null;
  }

  private void up() {
    try {
      upstream.stream().sendBody(new FromClient(), limits);
    } catch (IOException e) {
      failed(e);
    } catch (RuntimeException | Error e) { // a filter's own: both connections end, it is logged
      failed(new IOException(e));
      throw e;
    } finally {
      upDone = true;
      LockSupport.unpark(waiting);
    }
  }

  private void down() {
    var buffer = ByteBuffer.allocate(BYTES);
    try {
      while (body.read(buffer) >= 0) {
        buffer.flip();
        int count = buffer.remaining();
        downstream.sink().write(buffer);
        buffer.clear();
        sent += count;
        stats.downstreamCxTxBytesTotal.add(count);
        limits.active(Carrier.current().nowNanos());
      }
      clientEnded = true;
      downstream.sink().shutdown();
    } catch (IOException e) {
      failed(e);
    }
  }

  /** There is no use in half a connection. */
  private void failed(IOException e) {
    if (failure != null) {
      return;
    }
    boolean host = reason(e) instanceof ResetException reset && reset.isOf(upstream.channel());
    if (host && clientEnded) {
      return; // it had said all it wanted, and takes no more
    }
    failure = e;
    if (isTimeout(e)) {
      downstream.channel().close();
    } else {
      downstream.channel().reset();
    }
    upstream.stream().reset();
  }

  private static IOException reason(IOException e) {
    return e instanceof BodyBrokenException broken ? broken.reason() : e;
  }

  private static boolean isTimeout(IOException e) {
    return reason(e) instanceof NetTimeoutException;
  }

  private void tell() {
    long now = System.nanoTime();
    stream.downstream(now, -1, now, received, sent);
    stream.upstreamWireBytes(upstream.stream().bytesReceived(), upstream.stream().bytesSent());
    IOException why = failure;
    if (why == null) {
      return;
    }
    if (isTimeout(why)) {
      if (limits.isDeadlineOver(now)) {
        stats.maxDownstreamConnectionDuration.inc();
        stream.flag(ResponseFlag.DURATION_TIMEOUT);
      } else {
        stats.idleTimeout.inc();
      }
    } else if (clientReset
        || reason(why) instanceof ResetException reset && reset.isOf(downstream.channel())) {
      stream.flag(ResponseFlag.DOWNSTREAM_CONNECTION_TERMINATION);
    } else {
      stream.flag(ResponseFlag.UPSTREAM_CONNECTION_TERMINATION);
    }
  }
}
