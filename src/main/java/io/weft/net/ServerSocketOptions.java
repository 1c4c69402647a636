package io.weft.net;

import java.util.List;

/**
 * How to listen.
 *
 * @param reusePort whether other sockets of this process may listen at the same address, each with
 *     its own queue (SO_REUSEPORT; epoll only)
 * @param backlog length of the queue of connections not yet accepted
 * @param v6Only whether an IPv6 socket refuses IPv4 peers
 * @param options more options, set before bind
 */
public record ServerSocketOptions(
    boolean reusePort, int backlog, boolean v6Only, List<SocketOption> options) {
  /** SO_REUSEPORT off, a queue of 4096, IPv6 with IPv4. */
  public static final ServerSocketOptions DEFAULT =
      new ServerSocketOptions(false, 4096, false, SocketOption.NONE);

  public ServerSocketOptions {
    if (backlog < 1) {
      throw new IllegalArgumentException("backlog: " + backlog + " (expected: at least 1)");
    }
    options = List.copyOf(options);
  }

  /** The same with SO_REUSEPORT or without. */
  public ServerSocketOptions withReusePort(boolean value) {
    return new ServerSocketOptions(value, backlog, v6Only, options);
  }
}
