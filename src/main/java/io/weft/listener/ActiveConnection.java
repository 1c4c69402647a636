package io.weft.listener;

import io.weft.carrier.Carrier;
import io.weft.filter.network.DownstreamConnection;
import io.weft.net.Channel;
import io.weft.net.NetTimeoutException;
import io.weft.tls.ServerTls;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection of a listener: the task of its first thread, and its place among the others of its
 * carrier.
 */
final class ActiveConnection implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(ActiveConnection.class);

  private final Listener listener;
  private final FilterChainConfig chain;
  private final DownstreamConnection connection;
  private final long openedAt;

  // links of ActiveConnections
  @Nullable ActiveConnection previous;
  @Nullable ActiveConnection next;

  ActiveConnection(Listener listener, Channel channel, FilterChainConfig chain) {
    this.listener = listener;
    this.chain = chain;
    openedAt = channel.carrier().nowNanos();
    connection =
        DownstreamConnection.over(
            channel,
            listener.name(),
            chain.name().isEmpty() ? null : chain.name(),
            chain.onlyTerminal(),
            this::closed);
  }

  private void closed() {
    Carrier carrier = connection.channel().carrier();
    listener.closed(this, carrier, carrier.nowNanos() - openedAt);
  }

  /** Secures the connection where the chain asks for it, and runs the filter chain. */
  @Override
  public void run() {
    try {
      ServerTls tls = chain.tls();
      if (tls != null) {
        handshake(tls);
      }
      chain.filters().proceed(connection);
    } catch (IOException e) {
      log.debug("{}: {}", connection, e.getMessage());
    } catch (RuntimeException e) {
      log.error("{} of listener {} ended by a bug", connection, listener.name(), e);
    } finally {
      if (!connection.channel().isDetached()) {
        connection.close();
      }
    }
  }

  private void handshake(ServerTls tls) throws IOException {
    Channel channel = connection.channel();
    Duration timeout = chain.handshakeTimeout();
    long deadline =
        timeout == null ? Long.MAX_VALUE : channel.carrier().nowNanos() + timeout.toNanos();
    try {
      tls.accept(channel, deadline);
    } catch (NetTimeoutException e) {
      listener.handshakeTimedOut();
      throw e;
    }
  }

  void wake() {
    connection.channel().wake();
  }

  void close() {
    // its thread, or the next one of a detached channel, finds it closed and ends what belongs to
    // it
    connection.channel().abort();
  }
}
