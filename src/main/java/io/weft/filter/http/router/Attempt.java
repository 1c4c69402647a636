package io.weft.filter.http.router;

import io.weft.carrier.Carrier;
import io.weft.cluster.ClusterStats;
import io.weft.cluster.Priority;
import io.weft.codec.BodyBrokenException;
import io.weft.codec.Interim;
import io.weft.codec.ProtocolException;
import io.weft.codec.ServerStream;
import io.weft.codec.StreamResetException;
import io.weft.codec.Timeouts;
import io.weft.http.BodyTooLargeException;
import io.weft.http.HeaderName;
import io.weft.http.Headers;
import io.weft.http.Request;
import io.weft.http.Response;
import io.weft.net.CanceledException;
import io.weft.net.ChannelClosedException;
import io.weft.net.NetTimeoutException;
import io.weft.net.ResetException;
import io.weft.route.Route;
import io.weft.route.TimeLimits;
import io.weft.stream.DownstreamException;
import io.weft.stream.StreamDurationException;
import io.weft.stream.StreamIdleException;
import io.weft.stream.StreamInfo;
import io.weft.stream.UpstreamException;
import io.weft.stream.UpstreamException.StreamReset;
import io.weft.upstream.ClusterClient;
import io.weft.upstream.HostChoice;
import io.weft.upstream.Upstream;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * One try at one upstream host. Runs on the thread of the stream; a request body that does not go
 * out in one write is pushed by a second thread, and the stream is over only when that one is.
 */
final class Attempt implements Runnable, Interim {
  private static final byte[] TRUE = {'t', 'r', 'u', 'e'};

  private final ClusterClient client;
  private final Route.Forward route;
  private final @Nullable HedgedTry hedged;
  private StreamInfo stream;
  private final RouterStats stats;
  private final RequestStats counts;
  private final TimeLimits times;
  private final HostChoice choice;
  private final @Nullable Retries retries;
  private final boolean envoyHeaders;
  private @Nullable ServerStream downstream;
  private final Timeouts limits;

  /** Whether the request asks for a tunnel, and whether there is one now. */
  private final boolean upgrade;

  private boolean tunnel;
  private Request request;
  private @Nullable Upstream upstream;
  private @Nullable RequestPump pump;
  private final boolean perTryIdle;
  private long started;
  private long requestDue = Timeouts.NONE;
  private long firstByte = -1;
  private boolean canary;
  private boolean internal;

  Attempt(
      ClusterClient client,
      Route.Forward route,
      Request request,
      StreamInfo stream,
      RouterStats stats,
      RequestStats counts,
      TimeLimits times,
      HostChoice choice,
      @Nullable Retries retries,
      boolean envoyHeaders) {
    this(
        client,
        route,
        request,
        stream,
        stats,
        counts,
        times,
        choice,
        retries,
        envoyHeaders,
        null,
        stream.exchange());
  }

  /**
   * A try.
   *
   * @param hedged what runs it beside others; null if it is the only one
   * @param from where the request comes from; null in tests
   */
  Attempt(
      ClusterClient client,
      Route.Forward route,
      Request request,
      StreamInfo stream,
      RouterStats stats,
      RequestStats counts,
      TimeLimits times,
      HostChoice choice,
      @Nullable Retries retries,
      boolean envoyHeaders,
      @Nullable HedgedTry hedged,
      @Nullable ServerStream from) {
    this.hedged = hedged;
    this.client = client;
    this.route = route;
    this.request = request;
    this.stream = stream;
    this.stats = stats;
    upgrade = request.upgrade() != null;
    this.counts = counts;
    this.times = times;
    this.choice = choice;
    this.retries = retries;
    this.envoyHeaders = envoyHeaders;
    downstream = hedged == null ? from : null; // one of several does not watch the client
    limits = from == null ? new Timeouts() : from.timeouts().part();
    if (route.idleTimeoutNanos() >= 0) {
      long idle = route.idleTimeoutNanos() == 0 ? Timeouts.NONE : route.idleTimeoutNanos();
      limits.idleNanos(idle);
      if (from != null) {
        from.timeouts().idleNanos(idle);
      }
    }
    perTryIdle = times.perTryIdle() > 0 && times.perTryIdle() < limits.idleNanos();
    if (perTryIdle) {
      limits.idleNanos(times.perTryIdle());
    }
  }

  /**
   * Sends the request and blocks until the head of the response is here.
   *
   * @param fresh whether only a new connection will do
   */
  Response send(boolean fresh) throws IOException {
    started = Carrier.current().nowNanos();
    if (hedged == null && (downstream == null || downstream.requestComplete())) {
      limits.deadlineNanos(due(started));
    }
    Upstream opened = open(fresh);
    upstream = opened;
    watchClient(opened);
    if (route.rewrite().autoHost() && !opened.endpoint().hostname().isEmpty()) {
      request = route.rewrite().withHost(request, opened.endpoint().hostname(), envoyHeaders);
      stream.request(request);
    }
    counts.onTry();
    boolean answered = false;
    try {
      if (opened.stream().sendHead(request, limits) || upgrade) {
        requestSent(Carrier.current().nowNanos());
      } else {
        pump(opened);
      }
      Response response = opened.stream().receive(this, limits);
      if (upgrade && request.isUpgradedBy(response.status())) {
        tunnel(opened);
      }
      answered = true;
      firstByte = Carrier.current().nowNanos();
      stream.upstreamFirstByte(firstByte);
      return response;
    } catch (IOException e) {
      throw failed(e, opened);
    } finally {
      if (!answered) {
        end(opened);
      }
    }
  }

  private void pump(Upstream opened) {
    var body = new RequestPump(this, opened.stream(), request.body(), limits, tunnel);
    pump = body;
    Carrier.current().start(body);
  }

  /** The host has accepted: bytes both ways, each to its end, and no limit but that of idleness. */
  private void tunnel(Upstream opened) {
    tunnel = true;
    limits.deadlineNanos(Timeouts.NONE);
    stream.rest(this::awaitClient);
    pump(opened);
  }

  /** The host has ended its side of the tunnel, and the client has been told. */
  private void awaitClient() throws IOException {
    RequestPump body = pump;
    if (body == null) {
      return;
    }
    body.await();
    IOException failure = body.failure();
    if (failure != null && !isHosts(failure)) {
      throw failure;
    }
  }

  /** Whether it is the host that does not take any more, after it had said all it wanted. */
  private boolean isHosts(IOException failure) {
    Upstream opened = upstream;
    return opened != null
        && failure instanceof ResetException reset
        && reset.isOf(opened.channel());
  }

  /** What the client sends does not get through: there is no use in half a tunnel. */
  void tunnelBroken(IOException failure) {
    Upstream opened = upstream;
    if (opened == null || isIdle(failure)) {
      return; // the thread that waits for the host has the same limit
    }
    if (failure instanceof BodyBrokenException && downstream != null) {
      downstream.reset();
    }
    opened.stream().reset();
  }

  private static boolean isIdle(IOException failure) {
    return failure instanceof NetTimeoutException
        || failure instanceof BodyBrokenException broken
            && broken.reason() instanceof NetTimeoutException;
  }

  /** A client that leaves while a connection is opened or waited for is not kept waiting for. */
  private Upstream open(boolean fresh) throws IOException {
    if (downstream != null) {
      downstream.onCancel(Thread.currentThread()::interrupt);
    }
    try {
      return route.terminatesConnect() && request.method().equals("CONNECT")
          ? client.openDirect(stream, limits.deadlineNanos())
          : client.open(
              stream,
              priority(),
              fresh,
              limits.deadlineNanos(),
              retries == null ? choice : retries);
    } catch (CanceledException e) {
      Thread.interrupted(); // it has been heard; the stream still has to end in order
      throw new DownstreamException("the client is gone");
    } catch (UpstreamException e) {
      throw limits.isEnded(Carrier.current().nowNanos()) ? new StreamDurationException() : e;
    } finally {
      if (downstream != null) {
        downstream.onCancel(null);
      }
    }
  }

  private Priority priority() {
    return route.options().highPriority() ? Priority.HIGH : Priority.DEFAULT;
  }

  private void watchClient(Upstream opened) throws DownstreamException {
    if (downstream != null) {
      if (downstream.isCanceled()) {
        opened.stream().reset();
        throw new DownstreamException("the client is gone");
      }
      downstream.onCancel(opened.stream()::reset);
    }
  }

  /** From here on it is the stream's only try; its own thread has ended. */
  void adopt(StreamInfo parent) throws DownstreamException {
    stream = parent;
    downstream = parent.exchange();
    Upstream opened = upstream;
    if (opened != null) {
      watchClient(opened);
    }
  }

  /** Ends a try that runs on another thread, whatever it waits for. */
  void cancel(Thread thread) {
    Upstream opened = upstream;
    if (opened == null) {
      thread.interrupt();
    } else {
      opened.stream().reset();
    }
  }

  /** When this try must be over, as its request was out, or was here to be sent, at {@code now}. */
  private long due(long now) {
    if (hedged != null) {
      hedged.requestSent(now);
      return Timeouts.NONE; // who runs the tries looks at the time
    }
    if (retries == null) {
      requestDue = times.total() > 0 ? now + times.total() : Timeouts.NONE;
    } else {
      retries.requestSent(now);
      requestDue = retries.deadline();
    }
    return times.perTry() > 0 ? Math.min(requestDue, now + times.perTry()) : requestDue;
  }

  /** The whole request is out: from here on the response may take the route's time. */
  void requestSent(long now) {
    stream.upstreamSent(now);
    limits.deadlineNanos(due(now));
  }

  /** As {@link #requestSent}, told by the thread that pushed the body. */
  void requestSentByPump(long now) {
    if (!tunnel) {
      stream.upstreamSent(now);
      limits.deadlineNanos(due(now));
      Upstream opened = upstream;
      if (opened != null) {
        opened.stream().deadlineMoved(limits);
      }
    }
  }

  /** The response goes to the client: the stream of this try ends with that of the client. */
  void accept(Response response) {
    Upstream opened = upstream;
    if (opened != null) {
      opened.onResponse(response.status());
    }
    ClusterStats all = client.cluster().stats();
    internal = request.headers().firstEquals(HeaderName.X_ENVOY_INTERNAL, TRUE);
    all.onResponse(response.status(), internal);
    counts.onResponse(response.status());
    canary =
        opened != null && opened.endpoint().isCanary()
            || response.headers().firstEquals(HeaderName.X_ENVOY_UPSTREAM_CANARY, TRUE);
    if (canary) {
      all.canary().count(response.status());
    }
    stream.onEnd(this);
  }

  /** Another try follows: nobody reads this response. */
  void discard(Response response) throws IOException {
    client.cluster().stats().onRetried(response.status());
    drop(response);
  }

  /** Nobody reads this response; blocks until the try is over. */
  void drop(Response response) throws IOException {
    Upstream opened = upstream;
    if (opened != null) {
      opened.onResponse(response.status());
      response.body().close();
      end(opened);
    }
    response.headers().release();
  }

  long serviceMillis() {
    return (firstByte - started) / 1_000_000;
  }

  /** 103 is passed on; anything else the codec has dropped. */
  @Override
  public void onInterim(int interim, Headers headers) throws IOException {
    if (downstream != null) {
      downstream.sendInterim(interim, headers);
    }
  }

  /** The stream is over. */
  @Override
  public void run() {
    Upstream opened = upstream;
    if (opened != null) {
      long now = Carrier.current().nowNanos();
      stream.upstreamLastByte(now);
      client.cluster().stats().onResponseTime((now - started) / 1_000_000, internal);
      counts.onResponseTime((now - started) / 1_000_000);
      if (canary) {
        client.cluster().stats().canary().time().record((now - started) / 1_000_000);
      }
      if (downstream != null && downstream.isCanceled()) {
        stats.rqResetAfterDownstreamResponseStarted.inc();
      }
      end(opened);
    }
  }

  /** Nothing of this try goes on behind its end: its stream is over and its second thread too. */
  private void end(Upstream opened) {
    if (downstream != null) {
      downstream.onCancel(null);
    }
    RequestPump body = pump;
    if (body != null) {
      body.stop();
    }
    stream.upstreamWireBytes(opened.stream().bytesReceived(), opened.stream().bytesSent());
    opened.stream().reset();
    if (body != null) {
      body.await();
    }
  }

  private IOException failed(IOException e, Upstream opened) {
    RequestPump body = pump;
    if (downstream != null && downstream.isCanceled()) {
      return new DownstreamException("the client is gone");
    }
    IOException ofBody = body == null ? null : body.bodyFailure();
    if (ofBody != null) {
      return ofBody;
    }
    if (e instanceof BodyBrokenException broken && broken.ofRequest()) {
      return broken;
    }
    if (e instanceof BodyTooLargeException) {
      return e; // what a filter made of the request, while it was at hand
    }
    if (e instanceof NetTimeoutException) {
      return timeout(opened);
    }
    boolean sent = opened.stream().bytesSent() > 0;
    boolean responded = opened.stream().responseStarted();
    if (e instanceof ProtocolException) {
      client.cluster().stats().upstreamCxProtocolError.inc();
      return new StreamReset(
          StreamReset.Reset.PROTOCOL_ERROR, sent, true, opened.reused(), e.toString());
    }
    if (e instanceof StreamResetException reset && reset.isRemote()) {
      boolean refused = reset.isUnprocessed();
      return new StreamReset(
          refused ? StreamReset.Reset.REMOTE_REFUSED : StreamReset.Reset.REMOTE_RESET,
          sent && !refused,
          responded,
          opened.reused(),
          e.toString());
    }
    StreamReset.Reset kind =
        e instanceof ChannelClosedException
            ? StreamReset.Reset.LOCAL_RESET
            : StreamReset.Reset.CONNECTION_TERMINATION;
    return new StreamReset(kind, sent, responded, opened.reused(), e.toString());
  }

  private IOException timeout(Upstream opened) {
    long now = Carrier.current().nowNanos();
    if (limits.isEnded(now)) {
      return new StreamDurationException();
    }
    boolean over = limits.isDeadlineOver(now);
    if (over && requestDue - now <= 0 && requestDue != Timeouts.NONE) {
      client.cluster().stats().upstreamRqTimeout.inc();
      counts.onTimeout();
      opened.onTimeout();
      return new UpstreamException.UpstreamTimeout(
          "no response in " + times.total() / 1_000_000 + " ms");
    }
    if (over || perTryIdle) {
      client.cluster().stats().upstreamRqPerTryTimeout.inc();
      opened.onTimeout();
      return new UpstreamException.UpstreamTimeout("no response to this try in time", true);
    }
    boolean complete = downstream == null || downstream.requestComplete();
    return new StreamIdleException(complete);
  }
}
