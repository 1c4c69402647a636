package io.weft.upstream;

import io.weft.carrier.Carrier;
import io.weft.cluster.Cluster;
import io.weft.cluster.Endpoint;
import io.weft.cluster.Priority;
import io.weft.codec.h1.Http1ClientConnection;
import io.weft.http.Protocol;
import io.weft.http.Request;
import io.weft.http.Response;
import io.weft.stream.StreamInfo;
import io.weft.stream.UpstreamException;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The way to the endpoints of a cluster: picks one, respects the circuit breakers, pools the
 * connections. One per cluster, shared; its methods are for virtual threads of carriers unless they
 * say otherwise.
 *
 * <p>Each carrier has connections of its own to each endpoint, so their number multiplies by the
 * number of carriers; the limits of the circuit breakers hold for all carriers together.
 */
public final class ClusterClient {
  private final Cluster cluster;
  private final Codecs codecs;
  private final boolean byHost;
  private final AtomicInteger[] waiting = {new AtomicInteger(), new AtomicInteger()};

  /** By index of the carrier. */
  private volatile @Nullable CarrierPools[] pools = new @Nullable CarrierPools[0];

  ClusterClient(Cluster cluster, Codecs codecs) {
    this.cluster = cluster;
    this.codecs = codecs;
    byHost = cluster.config().lb().isByHost();
    cluster.onUpdate(this::membersChanged);
  }

  /** The client of {@code cluster}, the same one each time. Any thread. */
  public static ClusterClient of(Cluster cluster) {
    return cluster.client(ClusterClient.class, of -> new ClusterClient(of, Codecs.of(of)));
  }

  public Cluster cluster() {
    return cluster;
  }

  /**
   * Starts a try for {@code stream}: a stream on the connection of this carrier that was used last,
   * or on a new one. Blocks while a connection is opened or, at the limit of connections, until one
   * is free.
   *
   * @param stream told of the try, null for a call that belongs to none
   * @param priority whose circuit breakers count
   * @param freshOnly whether only a connection that has carried nothing yet will do, after one that
   *     was reused has died
   * @param deadlineNanos when to give up, on the scale of {@link System#nanoTime}
   * @throws UpstreamException if there is no endpoint, connection or permit, or no time left
   * @throws io.weft.net.CanceledException if the thread was interrupted
   */
  public Upstream open(
      @Nullable StreamInfo stream, Priority priority, boolean freshOnly, long deadlineNanos)
      throws IOException {
    return open(stream, priority, freshOnly, deadlineNanos, HostChoice.ANY);
  }

  /**
   * As {@link #open(Request, boolean, long)}, for what needs HTTP/2.
   *
   * @throws UpstreamException also if the endpoint speaks HTTP/1
   */
  public Upstream openHttp2(Request request, long deadlineNanos) throws IOException {
    var upstream = open(request, false, deadlineNanos);
    if (upstream.protocol() != Protocol.HTTP_2) {
      upstream.stream().reset();
      throw new UpstreamException.ConnectFailure(
          UpstreamException.ConnectFailure.Failure.REMOTE, "the endpoint speaks HTTP/1 only");
    }
    return upstream;
  }

  /** As {@link #open(StreamInfo, Priority, boolean, long)}, to an endpoint of one's choice. */
  public Upstream open(
      @Nullable StreamInfo stream,
      Priority priority,
      boolean freshOnly,
      long deadlineNanos,
      HostChoice choice)
      throws IOException {
    var here = here();
    var request = stream == null ? null : stream.request();
    var pool = pick(here, priority, codecs.indexFor(request), choice, stream);
    if (stream == null) {
      return pool.open(freshOnly, deadlineNanos);
    }
    try {
      pool = here.named(pool, here.nameOf(request));
      var upstream = pool.open(freshOnly, deadlineNanos);
      stream.upstreamSecurity(upstream.channel().security());
      stream.upstream(
          cluster.name(), pool.endpoint().toString(), upstream.localAddress(), here.now());
      return upstream;
    } catch (UpstreamException.ConnectFailure e) {
      stream.upstream(cluster.name(), pool.endpoint().toString(), null, here.now());
      stream.transportFailure(e.transportReason());
      throw e;
    }
  }

  /**
   * As {@link #open(StreamInfo, Priority, boolean, long)} for a request that belongs to no stream
   * of a client, such as the copy of one.
   */
  public Upstream open(Request request, boolean freshOnly, long deadlineNanos) throws IOException {
    var here = here();
    var pool = pick(here, Priority.DEFAULT, codecs.indexFor(request), HostChoice.ANY, null);
    return here.named(pool, here.nameOf(request)).open(freshOnly, deadlineNanos);
  }

  /**
   * Opens a connection for bytes of any protocol, which is used once and belongs to the caller.
   * Blocks until it is open; one attempt.
   *
   * @param stream told of the try
   * @throws UpstreamException as {@link #open}; at the limit of connections at once
   */
  public TcpLease openTcp(StreamInfo stream, long deadlineNanos) throws IOException {
    var here = here();
    var breakers = here.breakers(Priority.DEFAULT);
    if (!breakers.connections.tryAcquire()) {
      cluster.stats().upstreamCxOverflow.inc();
      throw new UpstreamException.Overflow(cluster.name(), "max_connections");
    }
    boolean opened = false;
    try {
      var lease = openTcp(here, breakers, stream, deadlineNanos);
      opened = true;
      return lease;
    } finally {
      if (!opened) {
        breakers.connections.release();
        connectionFreed(here, Priority.DEFAULT);
      }
    }
  }

  /**
   * Opens a connection for the tunnel of a CONNECT, past HTTP, as {@link #openTcp} does; the answer
   * that its stream receives is 200.
   */
  public Upstream openDirect(StreamInfo stream, long deadlineNanos) throws IOException {
    var lease = openTcp(stream, deadlineNanos);
    return new Upstream(lease, Http1ClientConnection.direct(lease.channel()), false);
  }

  private TcpLease openTcp(
      CarrierPools here, BreakerLeases breakers, StreamInfo stream, long deadlineNanos)
      throws IOException {
    var pool = pick(here, Priority.DEFAULT, 0, HostChoice.ANY, stream);
    var endpoint = pool.endpoint().toString();
    try {
      var lease = TcpLease.open(here, breakers, pool, deadlineNanos);
      var local = lease.channel().localAddress().toString();
      stream.upstream(cluster.name(), endpoint, local, here.now());
      stream.upstreamSecurity(lease.channel().security());
      return lease;
    } catch (UpstreamException.ConnectFailure e) {
      stream.upstream(cluster.name(), endpoint, null, here.now());
      stream.transportFailure(e.transportReason());
      throw e;
    }
  }

  /**
   * Sends a request of Weft's own, such as a health check, and reads the whole response, whose body
   * is in memory. From any thread: it is done on {@code on}, and the caller blocks until it is
   * over. A request without a body whose reused connection dies before any answer is sent once
   * more.
   *
   * @param timeout for all of it
   * @param maxBodyBytes how large the response's body may be
   * @throws UpstreamException if there was no connection or no time left
   * @throws io.weft.http.BodyTooLargeException if the response is larger
   * @throws IOException if the connection broke or what came is not HTTP
   */
  public Response send(Carrier on, Request request, Duration timeout, long maxBodyBytes)
      throws IOException {
    return SideCall.send(this, on, request, timeout, maxBodyBytes);
  }

  private EndpointPool pick(
      CarrierPools here,
      Priority priority,
      int codec,
      HostChoice choice,
      @Nullable StreamInfo stream)
      throws UpstreamException.NoHealthyEndpoint {
    if (byHost) {
      return named(here, priority, codec, stream == null ? null : stream.wantedHost());
    }
    var pool = here.next(priority, codec, choice, choice.picked(), stream);
    for (int i = 1; i < choice.picks() && pool != null && choice.avoids(pool.endpoint()); i++) {
      pool = here.next(priority, codec, choice, choice.picked() + i, stream);
    }
    if (pool == null) {
      cluster.stats().upstreamCxNoneHealthy.inc();
      throw new UpstreamException.NoHealthyEndpoint(cluster.name());
    }
    choice.taken(pool.endpoint());
    return pool;
  }

  private EndpointPool named(CarrierPools here, Priority priority, int codec, @Nullable String host)
      throws UpstreamException.NoHealthyEndpoint {
    var pool = host == null ? null : here.of(priority, codec, host);
    if (pool == null) {
      cluster.stats().upstreamCxNoneHealthy.inc();
      throw new UpstreamException.NoHealthyEndpoint(cluster.name());
    }
    return pool;
  }

  /**
   * Closes the idle connections of all carriers and lets the others end with their streams. From
   * any thread; returns before it has happened.
   */
  public void drain() {
    for (var of : pools) {
      if (of != null) {
        of.carrier().execute(of::drain);
      }
    }
  }

  /** Connections to members that are gone end now, and not when the next request comes. */
  private void membersChanged() {
    for (var of : pools) {
      if (of != null) {
        of.carrier().execute(of::refresh);
      }
    }
  }

  /** A permit for a connection has come back on {@code here}: who waits, anywhere, may try. */
  void connectionFreed(CarrierPools here, Priority priority) {
    if (waiting(priority).get() == 0) {
      return;
    }
    for (var of : pools) {
      if (of == here) {
        of.wake(priority);
      } else if (of != null) {
        of.carrier().execute(() -> of.wake(priority));
      }
    }
  }

  AtomicInteger waiting(Priority priority) {
    return waiting[priority.index()];
  }

  Codecs codecs() {
    return codecs;
  }

  /** What this carrier has of the cluster. */
  CarrierPools here() {
    var carrier = Carrier.current();
    var all = pools;
    int index = carrier.index();
    var found = index < all.length ? all[index] : null;
    return found != null ? found : make(carrier);
  }

  private synchronized CarrierPools make(Carrier carrier) {
    var all = pools;
    var grown = Arrays.copyOf(all, Math.max(all.length, carrier.index() + 1));
    var made = new CarrierPools(this, carrier);
    grown[carrier.index()] = made;
    pools = grown;
    return made;
  }

  @Override
  public String toString() {
    return "client of cluster " + cluster.name();
  }

  /** How many connections to {@code endpoint} this carrier has idle, for tests. */
  int idle(Endpoint endpoint) {
    return here().idle(endpoint);
  }
}
