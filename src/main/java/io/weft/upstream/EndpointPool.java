package io.weft.upstream;

import io.weft.carrier.TimerTask;
import io.weft.cluster.Cluster;
import io.weft.cluster.ClusterStats;
import io.weft.cluster.Endpoint;
import io.weft.cluster.EndpointStats;
import io.weft.cluster.EndpointStats.Fact;
import io.weft.cluster.Priority;
import io.weft.http.Protocol;
import io.weft.net.CanceledException;
import io.weft.stream.UpstreamException;
import io.weft.stream.UpstreamException.ConnectFailure;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one carrier to one endpoint for one priority and one codec: those that are
 * idle, most recently used first, those with room for another stream, and the threads that wait for
 * one. Confined to its carrier.
 *
 * <p>A connection is opened when none is idle and the cluster's limit allows it, or when there is
 * none at all: a carrier without a connection would otherwise wait for others' mercy.
 */
final class EndpointPool {
  private final CarrierPools pools;
  private final Priority priority;
  private final BreakerLeases breakers;
  private final ClientCodec codec;
  private final Endpoint endpoint;
  private final String name;
  private final EndpointStats.Shard facts;
  private final ArrayDeque<Waiter> waiters = new ArrayDeque<>();

  private @Nullable PooledConnection newest;
  private @Nullable PooledConnection oldest;
  private int idle;

  /** Connections that carry streams and may carry more; empty where one carries one. */
  private final ArrayList<PooledConnection> shared = new ArrayList<>(0);

  /** Connections that are being opened. */
  private int connecting;

  /** Connections open or being opened. */
  private int open;

  /** Whether a connection may carry many streams: as the one that was opened last could. */
  private boolean shares;

  private @Nullable TimerTask eviction;
  private boolean draining;

  /** A pool of connections made for a host, empty where that makes no difference. */
  EndpointPool(
      CarrierPools pools, Priority priority, ClientCodec codec, Endpoint endpoint, String name) {
    this.pools = pools;
    this.priority = priority;
    this.breakers = pools.breakers(priority);
    this.codec = codec;
    shares = codec.shares();
    this.endpoint = endpoint;
    this.name = name;
    this.facts = endpoint.stats().shard();
  }

  Priority priority() {
    return priority;
  }

  /** What its connections speak. */
  ClientCodec codec() {
    return codec;
  }

  /** The host its connections are made for, empty where that makes no difference. */
  String name() {
    return name;
  }

  Endpoint endpoint() {
    return endpoint;
  }

  EndpointStats.Shard facts() {
    return facts;
  }

  /** How many connections are idle. */
  int idle() {
    return idle;
  }

  /** How many connections are open or being opened. */
  int open() {
    return open;
  }

  /** How many threads wait for a connection. */
  int waiting() {
    return waiters.size();
  }

  // taking one

  /**
   * A stream on a connection; blocks while one is opened or waited for.
   *
   * @param freshOnly whether it must be one that carried no stream yet; where connections are
   *     shared, one that takes streams is as good
   */
  Upstream open(boolean freshOnly, long deadlineNanos) throws IOException {
    boolean fresh = freshOnly && !shares;
    var connection = fresh ? null : take();
    if (connection == null) {
      connection = pending(fresh, deadlineNanos);
    }
    if (!breakers.requests.tryAcquire()) {
      stats().upstreamRqPendingOverflow.inc();
      giveBack(connection);
      throw new UpstreamException.Overflow(cluster().name(), "max_requests");
    }
    stats().upstreamRqTotal.inc();
    stats().upstreamRqActive.inc();
    facts.add(Fact.RQ_TOTAL, 1);
    facts.add(Fact.RQ_ACTIVE, 1);
    return new Upstream(connection, connection.client.streamsStarted() > 0);
  }

  /** A connection that is lent from now on, null if there is none with room. */
  private @Nullable PooledConnection take() {
    for (int i = shared.size() - 1; i >= 0; i--) {
      var connection = shared.get(i);
      if (hasRoom(connection)) {
        connection.active++;
        return connection;
      }
    }
    var connection = takeIdle();
    return connection == null ? null : lend(connection);
  }

  private boolean hasRoom(PooledConnection connection) {
    return connection.active < connection.client.maxStreams()
        && connection.client.isReusable()
        && !isUsedUp(connection);
  }

  private PooledConnection lend(PooledConnection connection) {
    if (connection.active++ == 0 && connection.shares()) {
      shared.add(connection);
    }
    return connection;
  }

  /** Whether a connection that is being opened will have room for another thread that waits. */
  private boolean mayShareSoon() {
    long each = cluster().config().version().http2().maxConcurrentStreams();
    return shares && connecting > 0 && waiters.size() < connecting * Math.min(100, each) - 1;
  }

  private @Nullable PooledConnection takeIdle() {
    while (true) {
      var connection = newest;
      if (connection == null) {
        return null;
      }
      unlink(connection);
      if (connection.client.resume()) {
        return connection;
      }
      close(connection, true, false);
    }
  }

  private PooledConnection pending(boolean freshOnly, long deadlineNanos) throws IOException {
    if (!breakers.pendingRequests.tryAcquire()) {
      stats().upstreamRqPendingOverflow.inc();
      throw new UpstreamException.Overflow(cluster().name(), "max_pending_requests");
    }
    stats().upstreamRqPendingTotal.inc();
    stats().upstreamRqPendingActive.inc();
    try {
      if (mayShareSoon()) {
        return await(deadlineNanos, false);
      }
      return mayOpen(freshOnly) ? connect(deadlineNanos) : await(deadlineNanos, true);
    } catch (ConnectFailure e) {
      stats().upstreamRqPendingFailureEject.inc();
      throw e;
    } catch (CanceledException | UpstreamException.UpstreamTimeout e) {
      stats().upstreamRqCancelled.inc();
      throw e;
    } finally {
      stats().upstreamRqPendingActive.dec();
      breakers.pendingRequests.release();
    }
  }

  /** Takes the permit to open a connection, or says that there is none. */
  private boolean mayOpen(boolean freshOnly) {
    if (breakers.connections.tryAcquire()) {
      return true;
    }
    if (freshOnly && oldest != null) {
      var victim = oldest;
      unlink(victim);
      victim.client.resume();
      close(victim, false, false);
      if (breakers.connections.tryAcquire()) {
        return true;
      }
    }
    if (open > 0) {
      return false;
    }
    breakers.connectionsBeyondLimit();
    return true;
  }

  /**
   * Waits for a connection.
   *
   * @param atLimit whether no connection may be opened now, and not that one is on its way
   */
  private PooledConnection await(long deadlineNanos, boolean atLimit) throws IOException {
    if (atLimit) {
      stats().upstreamCxOverflow.inc();
    }
    var waiter = new Waiter();
    waiters.addLast(waiter);
    breakers.waiting.incrementAndGet();
    try {
      // asked again after it was announced that somebody waits: a release in between told nobody
      if (atLimit && mayOpen(false)) {
        leave(waiter);
        return connect(deadlineNanos);
      }
      while (true) {
        waiter.await(pools.carrier(), deadlineNanos);
        var given = waiter.given();
        if (given != null) {
          return given;
        }
        var failure = waiter.failure();
        if (failure != null) {
          throw failure;
        }
        if (waiter.takeSignal()) {
          if (mayOpen(false)) {
            return connect(deadlineNanos);
          }
          waiters.addFirst(waiter);
        }
        if (Thread.currentThread().isInterrupted()) {
          leave(waiter);
          throw new CanceledException("waiting for a connection to " + endpoint + ": interrupted");
        }
        if (deadlineNanos <= System.nanoTime()) {
          leave(waiter);
          throw timeout("no connection became free in time");
        }
      }
    } finally {
      breakers.waiting.decrementAndGet();
    }
  }

  private void leave(Waiter waiter) {
    waiters.remove(waiter);
  }

  /** Opens a connection; the permit for it has been taken. */
  private PooledConnection connect(long deadlineNanos) throws IOException {
    open++;
    connecting++;
    facts.add(Fact.CX_TOTAL, 1);
    facts.add(Fact.CX_ACTIVE, 1);
    boolean opened = false;
    try {
      var channel = pools.connect(endpoint, name, facts, deadlineNanos);
      try {
        var local = channel.localAddress().toString();
        var connection =
            new PooledConnection(this, codec.client(channel), System.nanoTime(), local);
        shares = connection.shares();
        (connection.client.protocol() == Protocol.HTTP_2
                ? stats().upstreamCxHttp2Total
                : stats().upstreamCxHttp1Total)
            .inc();
        opened = true;
        return lend(connection);
      } finally {
        if (!opened) {
          channel.close();
        }
      }
    } catch (ConnectFailure e) {
      failSharers(e);
      throw e;
    } finally {
      connecting--;
      if (!opened) {
        released();
      } else if (shares) {
        share(shared.getLast());
      } else {
        separate();
      }
    }
  }

  /** Those who waited to share a connection that turns out to carry one stream open their own. */
  private void separate() {
    if (codec.shares()) {
      for (var waiter = waiters.pollFirst(); waiter != null; waiter = waiters.pollFirst()) {
        waiter.signal();
      }
    }
  }

  /** Those who waited to share a connection that cannot be opened need not try it themselves. */
  private void failSharers(ConnectFailure why) {
    if (shares && connecting == 1 && open == 1) {
      for (var waiter = waiters.pollFirst(); waiter != null; waiter = waiters.pollFirst()) {
        waiter.fail(why);
      }
    }
  }

  /** A connection has, or may have, room: those who wait come first. */
  private void share(PooledConnection connection) {
    connection.client.onRoom(() -> admit(connection));
    admit(connection);
  }

  private void admit(PooledConnection connection) {
    while (!waiters.isEmpty() && connection.active > 0 && hasRoom(connection)) {
      var waiter = waiters.pollFirst();
      if (waiter != null) {
        waiter.give(lend(connection));
      }
    }
  }

  private UpstreamException.UpstreamTimeout timeout(String what) {
    return new UpstreamException.UpstreamTimeout(endpoint + ": " + what);
  }

  // giving it back

  /**
   * The stream of a connection has ended. Never blocks.
   *
   * @param cut whether it ended before its response was here
   */
  void onStreamEnd(PooledConnection connection, boolean cut) {
    stats().upstreamRqActive.dec();
    facts.add(Fact.RQ_ACTIVE, -1);
    breakers.requests.release();
    countBytes(connection);
    connection.active--;
    if (connection.active > 0) {
      if (connection.client.isReusable()) {
        admit(connection);
      } else {
        shared.remove(connection); // it ends with its last stream
      }
      return;
    }
    shared.remove(connection);
    var channel = connection.channel();
    if (!connection.client.isReusable() || !channel.isOpen()) {
      close(connection, channel.peerClosed(), cut);
    } else if (isUsedUp(connection) || draining) {
      countUsedUp(connection);
      close(connection, false, false);
    } else {
      release(connection);
    }
  }

  /** A connection that was lent is not used after all. */
  private void giveBack(PooledConnection connection) {
    connection.active--;
    if (connection.active > 0) {
      admit(connection);
    } else {
      shared.remove(connection);
      release(connection);
    }
  }

  private boolean isUsedUp(PooledConnection connection) {
    return hasServedAll(connection)
        || pools.now() - connection.openedNanos >= pools.maxDurationNanos();
  }

  private boolean hasServedAll(PooledConnection connection) {
    long most = cluster().config().maxRequestsPerConnection();
    return most > 0 && connection.client.streamsStarted() >= most;
  }

  private void countUsedUp(PooledConnection connection) {
    if (hasServedAll(connection)) {
      stats().upstreamCxMaxRequests.inc();
    } else if (isUsedUp(connection)) {
      stats().upstreamCxMaxDurationReached.inc();
    }
  }

  /** Makes a sound connection idle, or hands it to who waits for one. */
  private void release(PooledConnection connection) {
    if (!connection.client.rest(connection)) { // bytes nobody asked for, or the peer has closed it
      close(connection, true, false);
      return;
    }
    var waiter = waiters.pollFirst();
    if (waiter != null) {
      connection.client.resume();
      waiter.give(lend(connection));
      return;
    }
    connection.idleSince = pools.now();
    link(connection);
    if (eviction == null) {
      scheduleEviction();
    }
  }

  /** An idle connection has bytes or an end to read: it cannot be used again. */
  void onIdleEvent(PooledConnection connection) {
    unlink(connection);
    close(connection, true, false);
  }

  private void close(PooledConnection connection, boolean remote, boolean wasActive) {
    countBytes(connection);
    connection.client.close();
    stats().upstreamCxLengthMs.record((pools.now() - connection.openedNanos) / 1_000_000);
    pools.countDestroyed(remote, wasActive);
    released();
  }

  /** One connection less: somebody who waits may open one. */
  private void released() {
    open--;
    facts.add(Fact.CX_ACTIVE, -1);
    stats().upstreamCxActive.dec();
    breakers.connections.release();
    pools.client().connectionFreed(pools, priority);
  }

  /** Tells the thread that has waited longest to try and open a connection. */
  void wake() {
    var waiter = waiters.pollFirst();
    if (waiter != null) {
      waiter.signal();
    }
  }

  /** Closes what is idle, and everything else when it comes back. */
  void drain() {
    draining = true;
    evict(Long.MAX_VALUE);
  }

  // what was idle too long

  /**
   * Closes the connections whose time is over at {@code nowNanos}; {@link Long#MAX_VALUE} means
   * all. Returns when the next one's will be, {@link Long#MAX_VALUE} if there is none.
   */
  long evict(long nowNanos) {
    while (true) {
      var connection = oldest;
      if (connection == null) {
        return Long.MAX_VALUE;
      }
      long over = connection.idleSince + pools.idleNanos();
      boolean idleTooLong = pools.idleNanos() != Long.MAX_VALUE && over - nowNanos <= 0;
      if (nowNanos != Long.MAX_VALUE && !idleTooLong) {
        return pools.idleNanos() == Long.MAX_VALUE ? Long.MAX_VALUE : over;
      }
      if (nowNanos != Long.MAX_VALUE) {
        stats().upstreamCxIdleTimeout.inc();
      }
      unlink(connection);
      connection.client.resume();
      close(connection, false, false);
    }
  }

  private void scheduleEviction() {
    long in = Math.min(pools.idleNanos(), pools.maxDurationNanos());
    if (in != Long.MAX_VALUE) {
      eviction = pools.carrier().schedule(in, this::onEviction);
    }
  }

  private void onEviction() {
    eviction = null;
    long now = System.nanoTime();
    long next = Math.min(evict(now), evictAged(now));
    if (next != Long.MAX_VALUE) {
      eviction = pools.carrier().schedule(Math.max(1, next - now), this::onEviction);
    }
  }

  /** Closes idle connections that have been open too long; returns when the next one will be. */
  private long evictAged(long nowNanos) {
    if (pools.maxDurationNanos() == Long.MAX_VALUE) {
      return Long.MAX_VALUE;
    }
    long next = Long.MAX_VALUE;
    for (var connection = oldest; connection != null; ) {
      var after = connection.newer;
      long over = connection.openedNanos + pools.maxDurationNanos();
      if (over - nowNanos <= 0) {
        stats().upstreamCxMaxDurationReached.inc();
        unlink(connection);
        connection.client.resume();
        close(connection, false, false);
      } else {
        next = Math.min(next, over);
      }
      connection = after;
    }
    return next;
  }

  // the list of idle connections

  private void link(PooledConnection connection) {
    connection.older = newest;
    connection.newer = null;
    if (newest == null) {
      oldest = connection;
    } else {
      newest.newer = connection;
    }
    newest = connection;
    idle++;
  }

  private void unlink(PooledConnection connection) {
    var older = connection.older;
    var newer = connection.newer;
    if (older == null) {
      oldest = newer;
    } else {
      older.newer = newer;
    }
    if (newer == null) {
      newest = older;
    } else {
      newer.older = older;
    }
    connection.older = null;
    connection.newer = null;
    idle--;
  }

  // counting

  void onResult(boolean success) {
    facts.add(success ? Fact.RQ_SUCCESS : Fact.RQ_ERROR, 1);
  }

  void onTimeout() {
    facts.add(Fact.RQ_TIMEOUT, 1);
  }

  private void countBytes(PooledConnection connection) {
    stats().upstreamCxRxBytesTotal.add(connection.newBytesRead());
    stats().upstreamCxTxBytesTotal.add(connection.newBytesWritten());
  }

  private Cluster cluster() {
    return pools.client().cluster();
  }

  private ClusterStats stats() {
    return pools.stats();
  }
}
