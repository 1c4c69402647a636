package io.weft.net;

import io.weft.sys.Os;
import java.util.ArrayList;
import java.util.List;

/**
 * An integer option of a socket, in the numbers of the system, as in Envoy's {@code
 * socket_options}. With nio only those that {@code java.net} knows can be set.
 */
public record SocketOption(int level, int name, int value) {
  /** No option. */
  public static final List<SocketOption> NONE = List.of();

  /**
   * TCP keep-alive.
   *
   * @param idleSeconds until the first probe, 0 for the system's default
   * @param intervalSeconds between probes, 0 for the system's default
   * @param probes unanswered ones until the connection is dead, 0 for the system's default
   */
  public static List<SocketOption> keepAlive(int idleSeconds, int intervalSeconds, int probes) {
    var options = new ArrayList<SocketOption>();
    options.add(new SocketOption(Os.SOL_SOCKET, Os.SO_KEEPALIVE, 1));
    if (idleSeconds > 0) {
      options.add(new SocketOption(Os.IPPROTO_TCP, Os.TCP_KEEPIDLE, idleSeconds));
    }
    if (intervalSeconds > 0) {
      options.add(new SocketOption(Os.IPPROTO_TCP, Os.TCP_KEEPINTVL, intervalSeconds));
    }
    if (probes > 0) {
      options.add(new SocketOption(Os.IPPROTO_TCP, Os.TCP_KEEPCNT, probes));
    }
    return List.copyOf(options);
  }
}
