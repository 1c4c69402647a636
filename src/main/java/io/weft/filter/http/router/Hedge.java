package io.weft.filter.http.router;

import io.weft.carrier.Carrier;
import io.weft.carrier.TimerTask;
import io.weft.cluster.ClusterStats;
import io.weft.codec.ServerStream;
import io.weft.http.Body;
import io.weft.http.HeaderName;
import io.weft.http.Headers;
import io.weft.http.Request;
import io.weft.route.Route;
import io.weft.route.TimeLimits;
import io.weft.stream.DownstreamException;
import io.weft.stream.StreamInfo;
import io.weft.stream.UpstreamException;
import io.weft.upstream.ClusterClient;
import io.weft.upstream.HostChoice;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The tries of one request of which a slow one is not ended but joined by the next: the first good
 * response is taken and the others are reset. Per stream; runs on its thread, which waits for those
 * of the tries.
 */
final class Hedge {
  private static final long NEVER = Long.MAX_VALUE;

  private final ClusterClient client;
  private final Route.Forward route;
  private final StreamInfo stream;
  private final RouterStats stats;
  private final RequestStats counts;
  private final TimeLimits limits;
  private final HostChoice choice;
  private final Retries retries;
  private final boolean envoyHeaders;
  private final @Nullable ReplayBody body;
  private final Thread thread = Thread.currentThread();

  /** Those that are under way, or over and not judged; the last one started comes last. */
  private final List<HedgedTry> tries = new ArrayList<>();

  private int started;
  private long nextAt = NEVER;

  Hedge(
      ClusterClient client,
      Route.Forward route,
      StreamInfo stream,
      RouterStats stats,
      RequestStats counts,
      TimeLimits limits,
      HostChoice choice,
      Retries retries,
      boolean envoyHeaders,
      @Nullable ReplayBody body) {
    this.client = client;
    this.route = route;
    this.stream = stream;
    this.stats = stats;
    this.counts = counts;
    this.limits = limits;
    this.choice = choice;
    this.retries = retries;
    this.envoyHeaders = envoyHeaders;
    this.body = body;
  }

  /** Whether the route or the request asks for it; the header about it is taken out. */
  static boolean isAskedFor(Route.Forward route, Headers headers) {
    String asked = headers.first(HeaderName.X_ENVOY_HEDGE_ON_PER_TRY_TIMEOUT);
    if (asked == null) {
      return route.hedges();
    }
    headers.remove(HeaderName.X_ENVOY_HEDGE_ON_PER_TRY_TIMEOUT);
    return asked.equals("true") || route.hedges() && !asked.equals("false");
  }

  /** Whether tries have a time, and the body a length that can be kept for several at once. */
  static boolean isPossible(Request request, Route.Forward route, TimeLimits limits) {
    long length = request.hasBody() ? request.body().length() : 0;
    return limits.perTry() > 0
        && length >= 0
        && length <= route.requestBufferLimit()
        && request.upgrade() == null;
  }

  /**
   * Makes tries until one is answered by what is to be passed on; blocks for that long.
   *
   * @throws UpstreamException if none was
   * @throws DownstreamException if the client has gone meanwhile
   */
  HedgedTry run(Request request) throws IOException {
    if (body != null) {
      body.fill();
    }
    ServerStream downstream = stream.exchange();
    if (downstream != null) {
      downstream.onCancel(this::wake);
    }
    HedgedTry won = null;
    HedgedTry last = null;
    try {
      retries.requestSent(Carrier.current().nowNanos());
      start(request);
      while (won == null) {
        await(downstream);
        HedgedTry over = over();
        if (over != null) {
          last = over;
          won = judged(over);
        } else if (retries.deadline() - now() <= 0) {
          throw timeout();
        } else if (nextAt - now() <= 0) {
          start(retries.prepared(request, null));
        } else {
          judgeSlow();
        }
      }
      return won;
    } finally {
      if (downstream != null) {
        downstream.onCancel(null);
      }
      for (HedgedTry other : tries) {
        other.cancel();
      }
      if (last != null) {
        stream.adopt(last.child(), started);
      }
      if (won != null) {
        won.attempt().adopt(stream);
      }
    }
  }

  private static long now() {
    return Carrier.current().nowNanos();
  }

  private void start(Request request) {
    nextAt = NEVER;
    var next = new HedgedTry(this, request.copy(body == null ? Body.EMPTY : body.again()));
    tries.add(next);
    started++;
    next.start();
  }

  /** Blocks until something is to be done. */
  private void await(@Nullable ServerStream downstream) throws DownstreamException {
    while (true) {
      if (Thread.interrupted() || downstream != null && downstream.isCanceled()) {
        throw new DownstreamException("the client is gone");
      }
      long due = Math.min(Math.min(nextAt, retries.deadline()), slowAt());
      if (over() != null || due - now() <= 0) {
        return;
      }
      TimerTask timer = due == NEVER ? null : Carrier.current().schedule(due - now(), this::wake);
      LockSupport.park(this);
      if (timer != null) {
        timer.cancel();
      }
    }
  }

  /** Something has happened to a try. */
  void wake() {
    LockSupport.unpark(thread);
  }

  private @Nullable HedgedTry over() {
    for (HedgedTry each : tries) {
      if (each.isOver()) {
        return each;
      }
    }
    return null;
  }

  private long slowAt() {
    return tries.isEmpty() ? NEVER : tries.getLast().lateAt(limits.perTry());
  }

  /** The last try takes too long: it goes on, beside another if there may be one. */
  private void judgeSlow() {
    boolean another = nextAt == NEVER && retries.followsSlow(body);
    tries.getLast().late(another);
    if (another) {
      nextAt = now() + retries.backOff();
    }
  }

  /** The try itself if its outcome is that of the request, null if there is more to come. */
  private @Nullable HedgedTry judged(HedgedTry over) throws IOException {
    tries.remove(over);
    IOException failure = over.failure();
    if (failure == null) {
      boolean bad = retries.wants(over.response());
      if (!bad) {
        retries.onAnswer();
        return over;
      }
      boolean another = !over.isFollowed() && retries.follows(over.response(), body);
      if (!another && tries.isEmpty() && nextAt == NEVER) {
        return over;
      }
      if (another) {
        over.discard();
      } else {
        over.cancel();
      }
      next(another);
      return null;
    }
    if (!(failure instanceof UpstreamException e)) {
      throw failure;
    }
    boolean another = !over.isFollowed() && retries.follows(e, body);
    if (!another && tries.isEmpty() && nextAt == NEVER) {
      throw e;
    }
    next(another);
    return null;
  }

  private void next(boolean another) {
    if (another) {
      nextAt = now() + retries.backOff();
    }
  }

  private UpstreamException timeout() {
    ClusterStats all = client.cluster().stats();
    all.upstreamRqTimeout.inc();
    counts.onTimeout();
    return new UpstreamException.UpstreamTimeout(
        "no response in " + limits.total() / 1_000_000 + " ms");
  }

  StreamInfo stream() {
    return stream;
  }

  /** The attempt of a try, made on its thread. */
  Attempt attempt(Request request, StreamInfo child, HedgedTry of) {
    return new Attempt(
        client,
        route,
        request,
        child,
        stats,
        counts,
        limits,
        choice,
        retries,
        envoyHeaders,
        of,
        stream.exchange());
  }
}
