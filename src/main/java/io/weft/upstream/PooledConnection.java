package io.weft.upstream;

import io.weft.cluster.Endpoint;
import io.weft.codec.ClientConnection;
import io.weft.http.Protocol;
import io.weft.net.Channel;
import org.jspecify.annotations.Nullable;

/**
 * A connection of a pool: lent to a stream or idle. Confined to its carrier. As a {@link Runnable}
 * it is what happens when an idle one becomes readable, which an honest peer lets happen only by
 * closing it.
 */
final class PooledConnection implements Runnable, Upstream.Origin {
  final EndpointPool pool;
  final ClientConnection client;
  final long openedNanos;

  /** This side's address, for logs. */
  final @Nullable String localAddress;

  /** Streams it carries, or is about to. */
  int active;

  /** When it became idle. */
  long idleSince;

  /** Bytes that were counted so far. */
  private long countedRead;

  private long countedWritten;

  /** The one that became idle just before, and just after this one. */
  @Nullable PooledConnection older;

  @Nullable PooledConnection newer;

  PooledConnection(
      EndpointPool pool, ClientConnection client, long openedNanos, @Nullable String localAddress) {
    this.pool = pool;
    this.client = client;
    this.openedNanos = openedNanos;
    this.localAddress = localAddress;
  }

  @Override
  public Channel channel() {
    return client.channel();
  }

  @Override
  public Endpoint endpoint() {
    return pool.endpoint();
  }

  @Override
  public @Nullable String localAddress() {
    return localAddress;
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
    pool.onStreamEnd(this, cut);
  }

  /** Whether it may carry many streams at a time. */
  boolean shares() {
    return client.protocol() == Protocol.HTTP_2;
  }

  /** Bytes received since this was last asked. */
  long newBytesRead() {
    long now = channel().bytesRead();
    long fresh = now - countedRead;
    countedRead = now;
    return fresh;
  }

  /** Bytes sent since this was last asked. */
  long newBytesWritten() {
    long now = channel().bytesWritten();
    long fresh = now - countedWritten;
    countedWritten = now;
    return fresh;
  }

  @Override
  public void run() {
    pool.onIdleEvent(this);
  }
}
