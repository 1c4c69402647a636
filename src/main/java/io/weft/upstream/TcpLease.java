package io.weft.upstream;

import io.weft.cluster.Endpoint;
import io.weft.cluster.EndpointStats.Fact;
import io.weft.cluster.Priority;
import io.weft.net.Channel;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A connection to an endpoint for bytes of any protocol. It belongs to who opened it, who closes it
 * and thereby gives its permit back. Confined to its carrier.
 */
public final class TcpLease implements AutoCloseable, Upstream.Origin {
  private final CarrierPools pools;
  private final BreakerLeases breakers;
  private final EndpointPool pool;
  private final Channel channel;
  private final long openedNanos;
  private long countedRead;
  private long countedWritten;
  private boolean closed;

  private TcpLease(CarrierPools pools, BreakerLeases breakers, EndpointPool pool, Channel channel) {
    this.pools = pools;
    this.breakers = breakers;
    this.pool = pool;
    this.channel = channel;
    this.openedNanos = System.nanoTime();
  }

  /** Opens one; the permit has been taken and stays the caller's if this fails. */
  static TcpLease open(
      CarrierPools pools, BreakerLeases breakers, EndpointPool pool, long deadlineNanos)
      throws IOException {
    var stats = pools.stats();
    var facts = pool.facts();
    facts.add(Fact.CX_TOTAL, 1);
    facts.add(Fact.CX_ACTIVE, 1);
    boolean opened = false;
    stats.upstreamRqPendingTotal.inc();
    stats.upstreamRqPendingActive.inc();
    try {
      var channel = pools.connect(pool.endpoint(), pool.name(), facts, deadlineNanos);
      opened = true;
      stats.upstreamRqTotal.inc();
      stats.upstreamRqActive.inc();
      facts.add(Fact.RQ_TOTAL, 1);
      facts.add(Fact.RQ_ACTIVE, 1);
      return new TcpLease(pools, breakers, pool, channel);
    } finally {
      stats.upstreamRqPendingActive.dec();
      if (!opened) {
        stats.upstreamRqPendingFailureEject.inc();
        facts.add(Fact.CX_ACTIVE, -1);
        stats.upstreamCxActive.dec();
      }
    }
  }

  @Override
  public Channel channel() {
    return channel;
  }

  /** This side's address; null if the system does not tell. */
  @Override
  public @Nullable String localAddress() {
    try {
      return channel.localAddress().toString();
    } catch (IOException e) {
      return null;
    }
  }

  @Override
  public void onResult(boolean success) {
    pool.onResult(success);
  }

  @Override
  public void onTimeout() {
    pool.onTimeout();
  }

  @Override
  public void onStreamEnd(boolean cut) {
    close(channel.peerClosed());
  }

  /** Where it goes. */
  @Override
  public Endpoint endpoint() {
    return pool.endpoint();
  }

  /** Adds the bytes moved since this was last called to the cluster's statistics. */
  public void countBytes() {
    var stats = pools.stats();
    long read = channel.bytesRead();
    long written = channel.bytesWritten();
    stats.upstreamCxRxBytesTotal.add(read - countedRead);
    stats.upstreamCxTxBytesTotal.add(written - countedWritten);
    countedRead = read;
    countedWritten = written;
  }

  /** Ends the connection as one this side has closed; idempotent. */
  @Override
  public void close() {
    close(false);
  }

  /**
   * Ends the connection; idempotent.
   *
   * @param remote whether it was the endpoint that closed it
   */
  public void close(boolean remote) {
    if (closed) {
      return;
    }
    closed = true;
    countBytes();
    channel.close();
    var stats = pools.stats();
    stats.upstreamRqActive.dec();
    stats.upstreamCxActive.dec();
    stats.upstreamCxLengthMs.record((pools.now() - openedNanos) / 1_000_000);
    pools.countDestroyed(remote, true);
    pool.facts().add(Fact.RQ_ACTIVE, -1);
    pool.facts().add(Fact.CX_ACTIVE, -1);
    breakers.connections.release();
    pools.client().connectionFreed(pools, Priority.DEFAULT);
  }
}
