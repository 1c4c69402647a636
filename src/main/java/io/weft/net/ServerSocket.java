package io.weft.net;

import io.weft.carrier.Carrier;
import io.weft.carrier.PollerKind;
import java.io.IOException;

/**
 * A listening socket. Opened by any thread; {@link #accept} then gives it to a carrier, which is
 * the only one to touch it afterwards.
 */
public abstract sealed class ServerSocket permits EpollServerSocket, NioServerSocket {
  /** After an accept that failed for want of something, so that it does not spin. */
  static final long PAUSE_NANOS = 100_000_000;

  /** Most connections taken in a row, before other sockets get their turn. */
  static final int MAX_ACCEPTS = 64;

  private final NetAddress localAddress;

  ServerSocket(NetAddress localAddress) {
    this.localAddress = localAddress;
  }

  /**
   * Binds and listens. A Unix socket's file must not exist.
   *
   * @param poller EPOLL or NIO, as the carriers have it
   * @throws IOException with the address and the system's reason
   */
  public static ServerSocket open(
      PollerKind poller, NetAddress address, ServerSocketOptions options) throws IOException {
    return switch (poller) {
      case EPOLL -> EpollServerSocket.open(address, options);
      case NIO -> NioServerSocket.open(address, options);
      case AUTO -> throw new IllegalArgumentException("poller: AUTO (expected: EPOLL or NIO)");
    };
  }

  /** The address bound to, with the port that the system chose for port 0. */
  public final NetAddress localAddress() {
    return localAddress;
  }

  /** Begins to accept on {@code carrier}. From any thread, once. */
  public abstract void accept(Carrier carrier, Acceptor acceptor);

  /**
   * Accepts what is in the queue, then closes: connections in the queue of a socket that is closed
   * are reset. Runs on its carrier, soon; at once if it has none.
   *
   * @param closed runs on the carrier afterwards
   */
  public abstract void close(Runnable closed);

  /** As {@link #close(Runnable)}. */
  public final void close() {
    close(() -> {});
  }
}
