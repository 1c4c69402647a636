package io.weft.filter.http.router;

import io.weft.carrier.Carrier;
import io.weft.cluster.ClusterStats;
import io.weft.codec.Interim;
import io.weft.codec.Timeouts;
import io.weft.http.Body;
import io.weft.http.Headers;
import io.weft.http.Request;
import io.weft.http.Response;
import io.weft.net.NetTimeoutException;
import io.weft.stream.UpstreamException;
import io.weft.upstream.ClusterClient;
import io.weft.upstream.Upstream;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The copy of a request on its way to another cluster, whose answer is read and forgotten. A child
 * of its stream that may outlive it, on a virtual thread of the same carrier: nothing the stream
 * does waits for it. A request of the proxy's own, so that it counts as an internal one.
 */
final class Mirror implements Runnable {
  /** How long it may stand still where the route sets no time. */
  private static final long IDLE_NANOS = 300_000_000_000L;

  private final ClusterClient client;
  private final ClusterStats stats;
  private final ClusterStats original;
  private final Request request;
  private final @Nullable MirrorBody body;
  private final MirrorLoad load;
  private final long totalNanos;
  private @Nullable Upstream upstream;
  private boolean canceled;

  /**
   * A copy.
   *
   * @param original of the cluster that the request itself goes to
   * @param request with headers of its own
   * @param body the same as that of {@code request}; null if it has none
   * @param load which it takes part in already
   * @param totalNanos from the whole request sent to the whole response; 0 for no limit
   */
  Mirror(
      ClusterClient client,
      ClusterStats original,
      Request request,
      @Nullable MirrorBody body,
      MirrorLoad load,
      long totalNanos) {
    this.client = client;
    this.stats = client.cluster().stats();
    this.original = original;
    this.request = request;
    this.body = body;
    this.load = load;
    this.totalNanos = totalNanos;
  }

  /** Bytes of the original's body have passed. */
  void feed(byte[] piece) {
    if (body != null && !body.feed(piece)) {
      original.retryOrShadowAbandoned.inc();
      cancel();
    }
  }

  /** All of the original's body has passed. */
  void endBody(@Nullable Headers trailers) {
    if (body != null) {
      body.end(trailers);
    }
  }

  /** Ends it where it is. */
  void cancel() {
    canceled = true;
    if (body != null) {
      body.giveUp();
    }
    Upstream opened = upstream;
    if (opened != null) {
      opened.stream().reset();
    }
  }

  @Override
  public void run() {
    try {
      // RFC 9110 9.2.2: a reused connection may have died; without a body once more is safe enough
      if (!exchange(false)) {
        exchange(true);
      }
    } catch (UpstreamException.UpstreamTimeout e) {
      stats.upstreamRqTimeout.inc();
      stats.onResponse(504, true);
    } catch (IOException e) {
      if (!canceled) {
        stats.onResponse(503, true);
      }
    } finally {
      if (body != null) {
        body.giveUp();
      }
      load.end();
    }
  }

  /** Sends the request and reads the response; false if only the connection was too old. */
  private boolean exchange(boolean fresh) throws IOException {
    long started = Carrier.current().nowNanos();
    var limits = new Timeouts();
    limits.idleNanos(totalNanos > 0 ? totalNanos : IDLE_NANOS);
    Upstream opened = client.open(request, fresh, due(started));
    upstream = opened;
    boolean done = false;
    try {
      if (canceled) {
        return true;
      }
      if (!opened.stream().sendHead(request, limits)) {
        opened.stream().sendBody(request.body(), limits);
      }
      limits.deadlineNanos(due(Carrier.current().nowNanos()));
      Response response = opened.stream().receive(Interim.NONE, limits);
      opened.onResponse(response.status());
      stats.onResponse(response.status(), true);
      drop(response.body());
      stats.onResponseTime((Carrier.current().nowNanos() - started) / 1_000_000, true);
      response.headers().release();
      done = true;
      return true;
    } catch (NetTimeoutException e) {
      opened.onTimeout();
      throw new UpstreamException.UpstreamTimeout("no response to a mirrored request in time");
    } catch (IOException e) {
      if (!fresh && opened.reused() && !opened.stream().responseStarted() && body == null) {
        return canceled;
      }
      throw e;
    } finally {
      upstream = null;
      if (!done) {
        opened.stream().reset();
      }
    }
  }

  private long due(long now) {
    return totalNanos > 0 ? now + totalNanos : Timeouts.NONE;
  }

  private static void drop(Body response) throws IOException {
    if (response.isEmpty()) {
      return;
    }
    ByteBuffer bytes = ByteBuffer.allocate(4096);
    while (response.read(bytes) >= 0) {
      bytes.clear();
    }
  }
}
